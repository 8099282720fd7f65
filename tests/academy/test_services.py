"""What learners, instructors and the office do, with a real database."""

import threading

import pytest
from sqlalchemy import func, select

from academy.models import Answer, Certificate, Completion, Course, CourseText, Enrolment, Lesson, QuizAttempt
from academy.queries.learning import has_trained, standing
from academy.queries.quizzes import live_questions, questions_shown
from academy.services import contents, courses, questions
from academy.services.certificates import issue_certificate, revoke_certificate
from academy.services.contents import LessonFacts, LessonWordsGiven
from academy.services.courses import CourseFacts, CourseWords
from academy.services.learning import complete_lesson, enrol
from academy.services.quizzes import begin_attempt, hand_in, save_answer
from academy.signals import certificate_issued, course_published
from app.engines.db import db
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM, guest
from app.kernel.errors import Conflict, Invalid, NotFound
from tests.builders.academy import JAR, OIL, a_course, answer_right, finishes, passes, reads, the_lesson
from tests.builders.accounts import a_person, actor_of, an_operator


def count(model):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


def at_once(app, works):
    """Run the works in threads that start together; returns what each gave or raised."""
    start, answers = threading.Barrier(len(works)), [None] * len(works)

    def run(place):
        with app.app_context():
            start.wait()
            try:
                with transaction():
                    answers[place] = works[place]()
            except Exception as trouble:
                answers[place] = trouble
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.fixture
def said():
    """{signal name: what it said} during the test."""
    found, stops = {}, []
    for name, signal in (
        ("certificate", certificate_issued),
        ("published", course_published),
    ):
        found[name] = []

        def listener(_sender, _into=found[name], **facts):
            _into.append(facts)

        signal.connect(listener, weak=False)
        stops.append((signal, listener))
    yield found
    for signal, listener in stops:
        signal.disconnect(listener)


def test_somebody_begins_a_course_once(app):
    person, course = a_person(), a_course()
    for _ in range(2):
        with transaction():
            enrol(actor_of(person), course.id)
    assert count(Enrolment) == 1
    assert db.session.execute(select(Enrolment.course_id, Enrolment.person_id)).all() == [(course.id, person.id)]


def test_two_first_clicks_at_once_are_one_enrolment(app):
    person, course = a_person(), a_course()
    actor, course_id = actor_of(person), course.id
    answers = at_once(app, [lambda: enrol(actor, course_id).id] * 4)
    assert len(set(answers)) == 1
    assert count(Enrolment) == 1


@pytest.mark.parametrize("state", ["draft", "submitted"])
def test_a_course_that_is_not_published_is_not_there(app, state):
    person, course = a_person(), a_course(state=state)
    with pytest.raises(NotFound), transaction():
        enrol(actor_of(person), course.id)
    with pytest.raises(NotFound), transaction():
        enrol(guest(), course.id)
    assert count(Enrolment) == 0


def test_a_withdrawn_course_can_be_finished_but_not_begun(app):
    learner, late, office, course = a_person("Amina"), a_person("Brahim"), an_operator(), a_course()
    reads(learner, course, "lecon-1")
    with transaction():
        courses.withdraw_course(actor_of(office), course.id)
    finishes(learner, course)
    with transaction():
        assert issue_certificate(actor_of(learner), course.id)
    with pytest.raises(NotFound), transaction():
        enrol(actor_of(late), course.id)
    assert count(Enrolment) == 1


def test_nobody_learns_or_is_certified_by_what_the_office_has_not_read(app):
    teacher, learner, office = a_person("Khadija", instructor=True), a_person("Amina"), an_operator()
    course = a_course(owner=teacher)
    reads(learner, course, "lecon-1")
    with transaction():
        courses.withdraw_course(actor_of(teacher), course.id)
        for key in ("lecon-2", "quiz-1"):
            contents.remove_lesson(actor_of(teacher), course.id, the_lesson(course, key).id)
    assert db.session.get_one(Course, course.id).state == "draft"
    for act in (
        lambda: issue_certificate(actor_of(learner), course.id),
        lambda: complete_lesson(actor_of(learner), the_lesson(course, "lecon-1").id),
    ):
        with pytest.raises(Conflict, match="course-not-open"), transaction():
            act()
    assert count(Certificate) == 0
    with transaction():
        courses.submit_course(actor_of(teacher), course.id)
        courses.publish_course(actor_of(office), course.id)
    with transaction():
        assert issue_certificate(actor_of(learner), course.id)


def test_a_decision_about_what_was_handed_in_again_meanwhile_is_refused(app):
    teacher, office = a_person("Khadija", instructor=True), an_operator()
    course = a_course(owner=teacher, state="submitted")
    read = db.session.get_one(Course, course.id).submitted_at
    with transaction():
        courses.return_course(actor_of(office), course.id, "Ajoutez une image.", read)
    with transaction():
        courses.change_course(actor_of(teacher), course.id, CourseFacts("beginner"), {"fr": CourseWords("Tout autre chose")})
        courses.submit_course(actor_of(teacher), course.id)
    for act in (
        lambda: courses.publish_course(actor_of(office), course.id, read),
        lambda: courses.return_course(actor_of(office), course.id, "Encore", read),
    ):
        with pytest.raises(Conflict, match="course-handed-in-again"), transaction():
            act()
    assert db.session.get_one(Course, course.id, populate_existing=True).state == "submitted"


def test_the_instructor_hears_what_the_office_decides(app):
    teacher, office = a_person("Khadija", contact="khadija@example.org", instructor=True), an_operator()
    course = a_course(owner=teacher, state="submitted")
    with transaction():
        courses.return_course(actor_of(office), course.id, "Ajoutez une image.")
    with transaction():
        courses.submit_course(actor_of(teacher), course.id)
        courses.publish_course(actor_of(office), course.id)
        courses.withdraw_course(actor_of(office), course.id)
    letters = db.session.execute(select(Letter.recipient, Letter.subject, Letter.body).order_by(Letter.id)).all()
    assert [row[:2] for row in letters] == [
        ("khadija@example.org", "Votre cours est à revoir : Prix et marges"),
        ("khadija@example.org", "Votre cours est publié : Prix et marges"),
        ("khadija@example.org", "Votre cours a quitté le catalogue : Prix et marges"),
    ]
    assert "Ajoutez une image." in letters[0].body
    assert f"/fr/academy/teach/{course.slug}" in letters[0].body
    assert "Ajoutez une image." not in letters[1].body


def test_a_course_called_new_has_an_address_of_its_own(app):
    assert a_course("New", texts=1, quizzes=0).slug == "new-2"


def test_a_lesson_is_completed_once_and_a_quiz_is_not_ticked(app):
    person, course = a_person(), a_course()
    reads(person, course, "lecon-1", "lecon-1")
    with pytest.raises(Invalid) as refused, transaction():
        complete_lesson(actor_of(person), the_lesson(course, "quiz-1").id)
    assert refused.value.code == "quiz-is-not-ticked"
    assert count(Completion) == 1


def test_each_answer_is_stored_at_once_and_may_change_until_it_is_handed_in(app):
    person, course = a_person(), a_course(questions=[OIL, JAR])
    actor, quiz = actor_of(person), the_lesson(course, "quiz-1")
    first, second = live_questions(quiz.id)
    with transaction():
        attempt = begin_attempt(actor, quiz.id)
    for given in (["b"], ["a"]):
        with transaction():
            save_answer(actor, attempt, first, given)
    assert [(a.question_id, a.given, a.right) for a in db.session.scalars(select(Answer))] == [
        (first, {"options": ["a"]}, None)
    ]
    with pytest.raises(Invalid) as refused, transaction():
        save_answer(actor, attempt, second, ["douze"])
    assert refused.value.code == "not-a-number"
    assert count(Answer) == 1
    with transaction():
        result = hand_in(actor, attempt)
    assert (result.right, result.of, result.percent, result.passed) == (1, 2, 50, False)
    assert count(Completion) == 0
    with pytest.raises(Conflict) as refused, transaction():
        save_answer(actor, attempt, second, ["12,5"])
    assert refused.value.code == "attempt-handed-in"
    assert count(Answer) == 1


def test_there_is_one_open_attempt_and_as_many_attempts_as_one_likes(app):
    person, course = a_person(), a_course()
    actor, quiz_id = actor_of(person), the_lesson(course, "quiz-1").id
    assert len(set(at_once(app, [lambda: begin_attempt(actor, quiz_id)] * 3))) == 1
    for _ in range(5):
        passes(person, course)
    assert [row.number for row in db.session.scalars(select(QuizAttempt).order_by(QuizAttempt.id))] == [1, 2, 3, 4, 5]
    assert count(Completion) == 1


def test_handed_in_twice_at_once_the_marks_are_made_once(app):
    person, course = a_person(), a_course()
    actor, quiz_id = actor_of(person), the_lesson(course, "quiz-1").id
    with transaction():
        attempt = begin_attempt(actor, quiz_id)
    answer_right(actor, attempt, quiz_id)
    answers = at_once(app, [lambda: hand_in(actor, attempt)] * 3)
    assert [(one.right, one.of, one.passed) for one in answers] == [(4, 4, True)] * 3
    assert count(Completion) == 1
    row = db.session.scalars(select(QuizAttempt)).one()
    assert (row.state, row.right_count, row.passed, row.pass_percent, row.rule_version) == (
        "handed_in",
        4,
        True,
        70,
        "2026-1",
    )


def test_an_answer_and_a_hand_in_at_once_leave_marked_answers_only(app):
    person, course = a_person(), a_course(questions=[OIL])
    actor, quiz_id = actor_of(person), the_lesson(course, "quiz-1").id
    question = live_questions(quiz_id)[0]
    with transaction():
        attempt = begin_attempt(actor, quiz_id)
    at_once(app, [lambda: save_answer(actor, attempt, question, ["a"]), lambda: hand_in(actor, attempt)])
    db.session.rollback()
    row, answers = db.session.scalars(select(QuizAttempt)).one(), db.session.scalars(select(Answer)).all()
    assert row.right_count == len(answers)
    assert all(answer.right for answer in answers)


def test_a_stranger_has_no_attempt_of_mine(app):
    me, stranger, course = a_person("Amina"), a_person("Brahim"), a_course(questions=[OIL])
    quiz = the_lesson(course, "quiz-1")
    with transaction():
        attempt = begin_attempt(actor_of(me), quiz.id)
    question = live_questions(quiz.id)[0]
    for act in (
        lambda: save_answer(actor_of(stranger), attempt, question, ["a"]),
        lambda: hand_in(actor_of(stranger), attempt),
    ):
        with pytest.raises(NotFound), transaction():
            act()
    assert count(Answer) == 0
    assert db.session.scalars(select(QuizAttempt.state)).all() == ["open"]


def test_marks_keep_the_key_they_were_made_with(app):
    teacher, person = a_person("Khadija", instructor=True), a_person("Amina")
    course = a_course(owner=teacher, questions=[OIL])
    passes(person, course)
    question = live_questions(the_lesson(course, "quiz-1").id)[0]
    changed = questions.QuestionGiven(
        "choice",
        {"fr": "Laquelle ?"},
        {},
        [questions.OptionGiven("a", {"fr": "A"}, False), questions.OptionGiven("b", {"fr": "B"}, True)],
    )
    with transaction():
        courses.withdraw_course(actor_of(teacher), course.id)
        questions.change_question(actor_of(teacher), the_lesson(course, "quiz-1").id, question, changed)
    answer = db.session.scalars(select(Answer)).one()
    assert (answer.right, answer.marked_by) == (True, {"kind": "choice", "right": ["a"]})


def test_what_was_asked_stays_as_it_was_when_a_question_is_changed(app):
    teacher, person, office = a_person("Khadija", instructor=True), a_person("Amina"), an_operator()
    course = a_course(owner=teacher, questions=[OIL, JAR])
    quiz = the_lesson(course, "quiz-1").id
    oil, jar = live_questions(quiz)
    passes(person, course)
    with transaction():
        attempt = begin_attempt(actor_of(person), quiz)
    with transaction():
        save_answer(actor_of(person), attempt, oil, ["a"])
    changed = questions.QuestionGiven(
        "choice",
        {"fr": "Laquelle ?"},
        {},
        [questions.OptionGiven("a", {"fr": "Palme"}, False), questions.OptionGiven("b", {"fr": "Argane"}, True)],
    )
    with transaction():
        courses.withdraw_course(actor_of(teacher), course.id)
        questions.change_question(actor_of(teacher), quiz, oil, changed)
        courses.submit_course(actor_of(teacher), course.id)
        courses.publish_course(actor_of(office), course.id)
    old = questions_shown([oil], "fr")[0]
    assert (old.prompt, [(one.text, one.right) for one in old.options]) == (
        "Quelle huile ?",
        [("Argane", True), ("Palme", False)],
    )
    with transaction():
        assert hand_in(actor_of(person), attempt).right == 1
    now_asked = live_questions(quiz)
    assert (len(now_asked), now_asked[1], oil in now_asked) == (2, jar, False)
    assert questions_shown(now_asked, "fr")[0].prompt == "Laquelle ?"


def test_the_certificate_is_issued_once_with_its_evidence(app, said):
    person, course = a_person("Fatima-Zahra", language="ar"), a_course()
    actor = actor_of(person)
    reads(person, course, "lecon-1", "lecon-2")
    with pytest.raises(Conflict) as refused, transaction():
        issue_certificate(actor, course.id)
    assert (refused.value.code, count(Certificate)) == ("lessons-missing", 0)
    attempt = passes(person, course)
    course_id = course.id
    codes = at_once(app, [lambda: issue_certificate(actor, course_id)] * 4)
    assert len(set(codes)) == 1
    row = db.session.scalars(select(Certificate)).one()
    quiz = the_lesson(course, "quiz-1").id
    assert (row.code, len(row.code), row.person_name, row.language, row.minutes) == (codes[0], 12, "Fatima-Zahra", "ar", 13)
    assert row.course_titles == {"fr": "Prix et marges", "ar": "الأثمان", "en": "Prix et marges in English"}
    assert row.evidence == {
        "rules": "2026-1",
        "lessons": [the_lesson(course, "lecon-1").id, the_lesson(course, "lecon-2").id, quiz],
        "attempts": [{"lesson": quiz, "attempt": attempt, "right": 4, "of": 4}],
    }
    assert len(said["certificate"]) == 1
    assert has_trained(person.id)
    assert standing(person.id, course.id).certificate == row.code


def test_training_is_what_was_certified_until_that_is_taken_back(app):
    """A course that grows takes nothing from who has finished it; a certificate taken back counts no more."""
    person, course = a_person("Amina"), a_course()
    finishes(person, course)
    words, part = {"fr": LessonWordsGiven("Leçon 3", "Du nouveau.")}, the_lesson(course, "lecon-1").module_id
    with transaction():
        issue_certificate(actor_of(person), course.id)
        courses.withdraw_course(SYSTEM, course.id)
        contents.add_lesson(SYSTEM, course.id, part, LessonFacts("text", 5), words, "lecon-3")
    assert has_trained(person.id)
    office = actor_of(an_operator())
    with transaction():
        revoke_certificate(office, db.session.scalars(select(Certificate.id)).one(), "Fraude")
    assert not has_trained(person.id)
    assert not has_trained(a_person("Karim").id)


def test_name_and_title_of_a_certificate_stay_as_they_were(app):
    teacher, person = a_person("Khadija", instructor=True), a_person("Amina")
    course = a_course(owner=teacher)
    finishes(person, course)
    with transaction():
        issue_certificate(actor_of(person), course.id)
    with transaction() as session:
        session.merge(person).name = "Autre"
        courses.withdraw_course(actor_of(teacher), course.id)
        courses.change_course(actor_of(teacher), course.id, CourseFacts("advanced"), {"fr": CourseWords("Autre titre")})
    row = db.session.scalars(select(Certificate)).one()
    assert (row.person_name, row.course_titles["fr"]) == ("Amina", "Prix et marges")


def test_one_letter_tells_the_learner_in_their_language(app):
    person, course = a_person("Fatima", "fatima@example.org", language="ar"), a_course()
    finishes(person, course)
    for _ in range(2):
        with transaction():
            code = issue_certificate(actor_of(person), course.id)
    letter = db.session.scalars(select(Letter)).one()
    assert (letter.recipient, letter.language, letter.subject) == ("fatima@example.org", "ar", "شهادتكم: الأثمان")
    assert f"http://localhost/verify/{code}" in letter.body


def test_who_wants_no_letters_about_courses_gets_none(app):
    person, course = a_person(), a_course()
    with transaction() as session:
        session.merge(person).preferences = {"mail": ["courses"]}
    finishes(person, course)
    with transaction():
        issue_certificate(actor_of(person), course.id)
    assert (count(Certificate), count(Letter)) == (1, 0)


def test_the_office_alone_revokes_a_certificate_with_a_reason(app):
    person, office, course = a_person(), an_operator(), a_course()
    finishes(person, course)
    with transaction():
        issue_certificate(actor_of(person), course.id)
    certificate = db.session.scalars(select(Certificate)).one()
    for actor, reason, kind in ((actor_of(person), "Non", NotFound), (actor_of(office), "  ", Invalid)):
        with pytest.raises(kind), transaction():
            revoke_certificate(actor, certificate.id, reason)
    assert db.session.scalars(select(Certificate.revoked_at)).one() is None
    with transaction():
        revoke_certificate(actor_of(office), certificate.id, "Une autre personne a répondu.")
    with pytest.raises(Conflict), transaction():
        revoke_certificate(actor_of(office), certificate.id, "Encore")
    assert db.session.scalars(select(Certificate.revoked_reason)).one() == "Une autre personne a répondu."


def test_an_instructor_writes_submits_and_the_office_publishes(app, said):
    teacher, office = a_person("Khadija", instructor=True), an_operator()
    actor = actor_of(teacher)
    with transaction():
        course = courses.create_course(
            actor, "morocco", CourseFacts("beginner", "argan"), {"fr": CourseWords("Savons")}, form_key="k"
        )
    with transaction():
        again = courses.create_course(
            actor, "morocco", CourseFacts("beginner", "argan"), {"fr": CourseWords("Savons")}, form_key="k"
        )
    assert (again.id, course.slug, count(Course)) == (course.id, "savons", 1)
    with pytest.raises(Conflict) as refused, transaction():
        courses.submit_course(actor, course.id)
    assert refused.value.code == "course-needs-lesson"
    with transaction():
        part = contents.add_part(actor, course.id, {"fr": "Un"})
        contents.add_lesson(actor, course.id, part, LessonFacts("text", 4), {"fr": LessonWordsGiven("Mélanger")})
        courses.submit_course(actor, course.id)
    with pytest.raises(Conflict), transaction():
        contents.add_part(actor, course.id, {"fr": "Deux"})
    with pytest.raises(NotFound), transaction():
        courses.publish_course(actor, course.id)
    with pytest.raises(Invalid), transaction():
        courses.return_course(actor_of(office), course.id, " ")
    with transaction():
        courses.return_course(actor_of(office), course.id, "Ajoutez une image.")
    with transaction():
        courses.submit_course(actor, course.id)
        courses.publish_course(actor_of(office), course.id)
    row = db.session.get_one(Course, course.id, populate_existing=True)
    assert (row.state, row.minutes, row.lessons, row.reason) == ("published", 4, 1, None)
    assert said["published"] == [{"course_id": course.id, "owner_id": teacher.id, "actor_id": office.id}]


def test_another_instructor_finds_nothing_to_write(app):
    owner, other = a_person("Khadija", instructor=True), a_person("Omar", instructor=True)
    course = a_course(owner=owner, state="draft")
    lesson = the_lesson(course, "lecon-1")
    actor = actor_of(other)
    facts, words = LessonFacts("text", 1), {"fr": LessonWordsGiven("Volé")}
    acts = [
        lambda: courses.change_course(actor, course.id, CourseFacts("advanced"), {"fr": CourseWords("Volé")}),
        lambda: courses.submit_course(actor, course.id),
        lambda: courses.withdraw_course(actor, course.id),
        lambda: contents.add_part(actor, course.id, {"fr": "Volé"}),
        lambda: contents.change_lesson(actor, course.id, lesson.id, facts, words),
        lambda: contents.remove_lesson(actor, course.id, lesson.id),
        lambda: contents.move_lesson(actor, course.id, lesson.id, 1),
        lambda: questions.add_question(actor, the_lesson(course, "quiz-1").id, OIL),
    ]
    for act in acts:
        with pytest.raises(NotFound), transaction():
            act()
    assert db.session.scalars(select(CourseText.title).where(CourseText.language == "fr")).all() == ["Prix et marges"]
    assert db.session.scalars(select(Lesson.removed).distinct()).all() == [False]


def test_what_is_too_long_or_unknown_is_refused_at_its_field(app):
    teacher = a_person("Khadija", instructor=True)
    actor = actor_of(teacher)
    for facts, words, field in [
        (CourseFacts("beginner"), {"fr": CourseWords("x" * 141)}, "title_fr"),
        (CourseFacts("beginner"), {"ar": CourseWords("عنوان", "x" * 601)}, "summary_ar"),
        (CourseFacts("beginner"), {}, "title_fr"),
        (CourseFacts("expert"), {"fr": CourseWords("Un")}, "level"),
        (CourseFacts("beginner", "espace"), {"fr": CourseWords("Un")}, "sector"),
        (CourseFacts("beginner", None, "chat"), {"fr": CourseWords("Un")}, "drawing"),
    ]:
        with pytest.raises(Invalid) as refused, transaction():
            courses.create_course(actor, "morocco", facts, words)
        assert refused.value.field == field
    assert count(Course) == 0


def test_lessons_and_parts_move_one_place_and_keep_their_addresses(app):
    teacher = a_person("Khadija", instructor=True)
    course = a_course(owner=teacher, texts=3, quizzes=0, state="draft")
    actor = actor_of(teacher)

    def order():
        db.session.rollback()
        rows = select(Lesson.key).where(Lesson.removed.is_(False)).order_by(Lesson.position)
        return db.session.scalars(rows).all()

    for step, expected in (
        (-1, ["lecon-2", "lecon-1", "lecon-3"]),
        (-1, ["lecon-2", "lecon-1", "lecon-3"]),
        (1, ["lecon-1", "lecon-2", "lecon-3"]),
    ):
        with transaction():
            contents.move_lesson(actor, course.id, the_lesson(course, "lecon-2").id, step)
        assert order() == expected
    with transaction():
        contents.remove_lesson(actor, course.id, the_lesson(course, "lecon-2").id)
    assert order() == ["lecon-1", "lecon-3"]
    assert db.session.get_one(Course, course.id, populate_existing=True).lessons == 2


def test_a_removed_lesson_no_longer_counts(app):
    teacher, person, office = a_person("Khadija", instructor=True), a_person("Amina"), an_operator()
    course = a_course(owner=teacher, quizzes=0)
    reads(person, course, "lecon-1")
    with transaction():
        courses.withdraw_course(actor_of(teacher), course.id)
        contents.remove_lesson(actor_of(teacher), course.id, the_lesson(course, "lecon-2").id)
        courses.submit_course(actor_of(teacher), course.id)
        courses.publish_course(actor_of(office), course.id)
    with transaction():
        issue_certificate(actor_of(person), course.id)
    assert db.session.scalars(select(Certificate)).one().evidence["lessons"] == [the_lesson(course, "lecon-1").id]
