"""The deeds of the project bank and the academy."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select

from academy.models import Certificate, Enrolment, QuizAttempt
from academy.services import certificates, contents, courses, learning, questions, quizzes
from academy.services.contents import LessonFacts, LessonWordsGiven, StoredFile
from academy.services.courses import CourseFacts, CourseWords
from app.accounts.queries.typed import ContactValue
from app.engines.db import db
from projectbank.models import FoundingGroup, GroupInvitation, Sheet, SheetDecision
from projectbank.rules import TextFacts
from projectbank.services import bulk, deciding, groups, importing, saving, writing
from tests.builders.academy import OIL
from tests.builders.projectbank import some_facts, some_words
from tests.kinds.deeds import Deed, Line, Prepare, deed, latest, line
from tests.kinds.world import World

Call = Callable[..., Any]
RIGHT = (["a"], ["a", "c"], ["false"], ["12,50"])  # the answers to the four questions of a_course()
IDEA = some_words("Un four solaire")
WORDS = {"fr": CourseWords("Tenir la caisse")}
LESSON = {"fr": LessonWordsGiven("Une leçon")}


@dataclass(frozen=True)
class Of:
    """Something of the world, by its name."""

    name: str


of = Of


class Late:
    """A fact that is known when the call is over."""

    def __init__(self, table: Any) -> None:
        self.table = table

    def __call__(self) -> int:
        return latest(self.table)()


def as_(who: str, verb: str, kind: str, name: str | None, service: Call, *given: Any, **facts: Any) -> Prepare:
    """The service by this person on the thing of this name in the world; without a name its answer is the subject."""

    def prepare(world: World) -> Deed:
        actor = world.actor(who)
        values = [world[one.name] if isinstance(one, Of) else one for one in given]
        told = {key: world[value.name] if isinstance(value, Of) else value for key, value in facts.items()}
        subject = None if name is None else world[name]
        return deed(actor, partial(service, actor, *values), verb, kind, subject, **told)

    return prepare


# project bank


def address(language: str) -> str:
    return f"http://localhost/{language}"


def decides(service: Call, verb: str, name: str, *reason: str) -> Prepare:
    facts = {"decision": Late(SheetDecision), "version": 1}
    return as_("office", verb, "sheet", name, service, of(name), 1, *reason, address, **facts)


def proposes(world: World) -> Deed:
    buyer = world.actor("buyer")
    call = partial(writing.propose, buyer, some_facts(), IDEA, "fr", "morocco", "a form of the tests", send=True)

    def lines(made: int) -> list[Line]:
        return [line(buyer, "create", "sheet", made), line(buyer, "submit", "sheet", made, version=1)]

    return Deed(call, lines)


def unsaves(world: World) -> Deed:
    buyer = world.actor("buyer")
    saving.save_sheet(buyer, world["sheet"])
    db.session.flush()
    return deed(buyer, partial(saving.unsave_sheet, buyer, world["sheet"]), "unsave", "sheet", world["sheet"])


def starts_group(world: World) -> Deed:
    buyer = world.actor("buyer")
    call = partial(groups.start_group, buyer, world["sheet"], "Abeilles")
    return deed(buyer, call, "start", "group", latest(FoundingGroup), sheet=world["sheet"])


def revokes(world: World) -> Deed:
    founder, open_one = world.actor("founder"), latest(GroupInvitation)()
    call = partial(groups.revoke_invitation, founder, world["group"], open_one)
    return deed(founder, call, "revoke-invitation", "group", world["group"], invitation=open_one)


def makes_room(world: World, service: Call, who: str, verb: str, *given: int) -> Deed:
    """A ready group that falls below its minimum is forming again, and says so."""
    groups.make_ready(world.actor("founder"), world["group"])
    db.session.flush()
    actor, group = world.actor(who), world["group"]

    def lines(_: object) -> list[Line]:
        return [line(actor, verb, "group", group, person=world["member"]), line(actor, "reopen", "group", group)]

    return Deed(partial(service, actor, group, *given), lines)


def imports_sheet(again: bool) -> Prepare:
    def prepare(world: World) -> Deed:
        office, given = world.actor("office"), (world["office"], "four-solaire")
        said = (some_facts(), {"fr": IDEA}, "fr", "morocco")
        if again:
            importing.import_sheet(office, *given, "first", *said)
            db.session.flush()
        call = partial(importing.import_sheet, office, *given, "second", *said)
        facts = {"version": 2} if again else {}
        return deed(office, call, "import" if again else "create", "sheet", latest(Sheet), **facts)

    return prepare


def adds_published(world: World) -> Deed:
    ready = [bulk.Ready(f"four-{number}", some_facts(), {"fr": some_words()}) for number in (1, 2)]
    office = world.actor("office")
    call = partial(bulk.add_published, office, world["founder"], ready, "fr", "morocco")
    return Deed(call, lambda ids: [line(office, "published", "sheet", one, version=1) for one in ids])


# academy


def removes_part(world: World) -> Deed:
    teacher = world.actor("instructor")
    part = contents.add_part(teacher, world["writing"], {"fr": "Vide"})
    return deed(teacher, partial(contents.remove_part, teacher, world["writing"], part), "remove", "course-module", part)


def sets_file(world: World) -> Deed:
    teacher = world.actor("instructor")
    lesson = contents.add_lesson(teacher, world["writing"], world["part"], LessonFacts("audio", 3), LESSON)
    stored = StoredFile("", "files/x", "audio/ogg", "ogg", 9)
    call = partial(contents.set_file, teacher, world["writing"], lesson.id, stored)
    return deed(teacher, call, "set-file", "lesson", lesson.id)


def rewrites(world: World) -> Deed:
    """The first change of a withdrawn course makes it a draft again: two lines."""
    teacher, course = world.actor("instructor"), world["course"]
    courses.withdraw_course(teacher, course)
    db.session.flush()
    call = partial(courses.change_course, teacher, course, CourseFacts("beginner"), WORDS)
    return Deed(call, lambda _: [line(teacher, "rewrite", "course", course), line(teacher, "change", "course", course)])


def enrols(service: Call, name: str) -> Prepare:
    def prepare(world: World) -> Deed:
        founder = world.actor("founder")
        call = partial(service, founder, world[name])
        return deed(founder, call, "enrol", "enrolment", latest(Enrolment), course_id=world["course"])

    return prepare


def completes(world: World) -> Deed:
    learner, lesson = world.actor("learner"), world["open_lesson"]
    enrolment = db.session.scalar(
        select(Enrolment.id).where(Enrolment.person_id == world["learner"], Enrolment.course_id == world["course"])
    )
    call = partial(learning.complete_lesson, learner, lesson)
    return deed(learner, call, "complete", "lesson", lesson, enrolment_id=enrolment, attempt_id=None)


def hands_in(right: bool) -> Prepare:
    def prepare(world: World) -> Deed:
        learner, attempt = world.actor("learner"), world["attempt"]
        row = db.session.get_one(QuizAttempt, attempt)
        for question, values in zip(row.question_ids, RIGHT if right else (), strict=right):
            quizzes.save_answer(learner, attempt, question, values)
        db.session.flush()

        def lines(_: object) -> list[Line]:
            found = [line(learner, "hand-in", "quiz-attempt", attempt, right=4 if right else 0, of=4)]
            facts = {"enrolment_id": row.enrolment_id, "attempt_id": attempt}
            return [*found, line(learner, "complete", "lesson", row.lesson_id, **facts)] if right else found

        return Deed(partial(quizzes.hand_in, learner, attempt), lines)

    return prepare


def begins(world: World) -> Deed:
    buyer = world.actor("buyer")
    call = partial(quizzes.begin_attempt, buyer, world["open_quiz"])
    return deed(buyer, call, "begin", "quiz-attempt", lesson_id=world["open_quiz"])


def teaches(verb: str, kind: str, name: str | None, service: Call, *given: Any, **facts: Any) -> Prepare:
    return as_("instructor", verb, kind, name, service, *given, **facts)


COURSE, PART = of("writing"), of("part")
BANK, GROUP = "projectbank.services.", "projectbank.services.groups."
ACADEMY, CONTENTS, QUIZ = "academy.services.", "academy.services.contents.", "academy.services.questions."
DEEDS: dict[str, Prepare] = {
    f"{BANK}deciding.publish_sheet": decides(deciding.publish_sheet, "published", "sent"),
    f"{BANK}deciding.return_sheet": decides(deciding.return_sheet, "returned", "sent", "Plus de chiffres"),
    f"{BANK}deciding.withdraw_sheet": decides(deciding.withdraw_sheet, "withdrawn", "sheet", "Fermé"),
    f"{GROUP}start_group": starts_group,
    f"{GROUP}invite": as_(
        "founder",
        "invite",
        "group",
        "group",
        groups.invite,
        of("group"),
        ContactValue("mail", "a@example.org"),
        "s",
        address,
        invitation=Late(GroupInvitation),
    ),
    f"{GROUP}revoke_invitation": revokes,
    f"{GROUP}accept_invitation": as_(
        "newcomer", "join", "group", "group", groups.accept_invitation, of("secret"), address, person=of("newcomer")
    ),
    f"{GROUP}leave_group": lambda world: makes_room(world, groups.leave_group, "member", "left"),
    f"{GROUP}remove_member": lambda world: makes_room(world, groups.remove_member, "founder", "removed", world["member"]),
    f"{GROUP}make_ready": as_("founder", "make-ready", "group", "group", groups.make_ready, of("group")),
    f"{GROUP}dissolve_group": as_("founder", "dissolve", "group", "group", groups.dissolve_group, of("group")),
    f"{BANK}importing.import_sheet": imports_sheet(again=False),
    f"{BANK}importing.import_sheet (changed)": imports_sheet(again=True),
    f"{BANK}saving.save_sheet": as_("buyer", "save", "sheet", "sheet", saving.save_sheet, of("sheet")),
    f"{BANK}saving.unsave_sheet": unsaves,
    f"{BANK}writing.create_sheet": as_(
        "founder", "create", "sheet", None, writing.create_sheet, some_facts(), {"fr": IDEA}, "morocco", "fr"
    ),
    f"{BANK}writing.propose": proposes,
    f"{BANK}writing.edit_sheet": as_(
        "founder",
        "edit",
        "sheet",
        "idea",
        writing.edit_sheet,
        of("idea"),
        1,
        some_facts(),
        TextFacts("Un moulin"),
        version=2,
    ),
    f"{BANK}writing.submit_sheet": as_("founder", "submit", "sheet", "idea", writing.submit_sheet, of("idea"), version=1),
    f"{BANK}bulk.add_published": adds_published,
    f"{ACADEMY}certificates.issue_certificate": lambda world: deed(
        world.actor("learner"),
        partial(certificates.issue_certificate, world.actor("learner"), world["learnt"]),
        "issue",
        "certificate",
        latest(Certificate),
        course_id=world["learnt"],
    ),
    f"{ACADEMY}certificates.revoke_certificate": as_(
        "office", "revoke", "certificate", "certificate", certificates.revoke_certificate, of("certificate"), "Erreur"
    ),
    f"{CONTENTS}add_part": teaches(
        "add", "course-module", None, contents.add_part, COURSE, {"fr": "Partie"}, course_id=COURSE
    ),
    f"{CONTENTS}rename_part": teaches(
        "change", "course-module", "part", contents.rename_part, COURSE, PART, {"fr": "Autre"}
    ),
    f"{CONTENTS}remove_part": removes_part,
    f"{CONTENTS}add_lesson": teaches(
        "add", "lesson", None, contents.add_lesson, COURSE, PART, LessonFacts("text", 3), LESSON, course_id=COURSE
    ),
    f"{CONTENTS}change_lesson": teaches(
        "change", "lesson", "lesson", contents.change_lesson, COURSE, of("lesson"), LessonFacts("text", 3), LESSON
    ),
    f"{CONTENTS}remove_lesson": teaches("remove", "lesson", "lesson", contents.remove_lesson, COURSE, of("lesson")),
    f"{CONTENTS}set_file": sets_file,
    f"{CONTENTS}move_part": teaches("move", "course-module", "part", contents.move_part, COURSE, PART, 1, step=1),
    f"{CONTENTS}move_lesson": teaches(
        "move", "lesson", "second_lesson", contents.move_lesson, COURSE, of("second_lesson"), -1, step=-1
    ),
    f"{ACADEMY}courses.create_course": teaches(
        "create", "course", None, courses.create_course, "morocco", CourseFacts("beginner"), WORDS
    ),
    f"{ACADEMY}courses.change_course": teaches(
        "change", "course", "writing", courses.change_course, COURSE, CourseFacts("beginner"), WORDS
    ),
    f"{ACADEMY}courses.change_course (withdrawn)": rewrites,
    f"{ACADEMY}courses.submit_course": teaches("submit", "course", "writing", courses.submit_course, COURSE),
    f"{ACADEMY}courses.publish_course": as_(
        "office", "publish", "course", "handed_in", courses.publish_course, of("handed_in")
    ),
    f"{ACADEMY}courses.return_course": as_(
        "office", "return", "course", "handed_in", courses.return_course, of("handed_in"), "Trop court"
    ),
    f"{ACADEMY}courses.withdraw_course": as_(
        "office", "withdraw", "course", "course", courses.withdraw_course, of("course")
    ),
    f"{ACADEMY}learning.enrol": enrols(learning.enrol, "course"),
    f"{ACADEMY}learning.open_lesson": enrols(learning.open_lesson, "open_lesson"),
    f"{ACADEMY}learning.complete_lesson": completes,
    f"{QUIZ}add_question": teaches("add", "question", None, questions.add_question, of("quiz"), OIL, lesson_id=of("quiz")),
    f"{QUIZ}change_question": teaches(
        "change",
        "question",
        "question",
        questions.change_question,
        of("quiz"),
        of("question"),
        OIL,
        now_asked=of("question"),
    ),
    f"{QUIZ}remove_question": teaches(
        "remove", "question", "question", questions.remove_question, of("quiz"), of("question")
    ),
    f"{ACADEMY}quizzes.begin_attempt": begins,
    f"{ACADEMY}quizzes.save_answer": as_(
        "learner",
        "answer",
        "quiz-attempt",
        "attempt",
        quizzes.save_answer,
        of("attempt"),
        of("asked"),
        ["a"],
        question_id=of("asked"),
    ),
    f"{ACADEMY}quizzes.hand_in": hands_in(right=False),
    f"{ACADEMY}quizzes.hand_in (passed)": hands_in(right=True),
}
