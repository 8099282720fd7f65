"""Who may do what with a course."""

from academy.rules.courses import OPEN_TO_LEARNERS, WRITABLE
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, NotFound


def owns(actor: Actor, owner_id: int | None) -> bool:
    """Instructors have their own courses only; the system writes demo data."""
    return actor.is_system or (actor.instructor and actor.person_id is not None and actor.person_id == owner_id)


def may_see(actor: Actor, owner_id: int | None, state: str, enrolled: bool = False) -> bool:
    """Everybody sees what is published, its owner and the office see it before, its learners also afterwards.

    A learner's course and certificate stay in sight while it is rewritten; see may_read for its lessons.
    """
    return state == "published" or enrolled or actor.operator or owns(actor, owner_id)


def may_read(actor: Actor, owner_id: int | None, state: str, enrolled: bool = False) -> bool:
    """Lessons nobody of the office has read yet are their writer's and the office's alone."""
    return state == "published" or (enrolled and state in OPEN_TO_LEARNERS) or actor.operator or owns(actor, owner_id)


def require_owner(actor: Actor, owner_id: int | None) -> None:
    """A stranger's course answers as if it were not there."""
    if not owns(actor, owner_id):
        raise NotFound()


def require_writable(actor: Actor, owner_id: int | None, state: str) -> None:
    """Its owner writes it, while it is a draft or withdrawn."""
    require_owner(actor, owner_id)
    if state not in WRITABLE:
        raise Conflict("course-not-writable")


def require_office(actor: Actor) -> None:
    if not (actor.operator or actor.is_system):
        raise NotFound()
