"""What academy announces: past facts with ids, sent inside the transaction in which they happened."""

from blinker import Namespace

_signals = Namespace()

# A certificate was issued, once per person and course: `certificate_id`, `course_id`, `person_id`.
certificate_issued = _signals.signal("certificate-issued")
# The office published a course: `course_id`, `owner_id`, `actor_id`.
course_published = _signals.signal("course-published")
# The office gave a course back, or took it out of the catalogue: `course_id`, `owner_id`, `actor_id`.
course_returned = _signals.signal("course-returned")
course_taken_out = _signals.signal("course-taken-out")
