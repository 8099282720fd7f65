"""Lists of ideas, groups, courses, learners and certificates: which rows, in which order, on which page."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from academy.models import Certificate, Completion, Course, CourseText, Enrolment, QuizAttempt
from academy.queries.certificates import latest_certificates
from academy.queries.learning import attempts_of
from academy.queries.teaching import learners_of
from academy.services.certificates import issue_certificate
from app.accounts.models import Person
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.mail import latest_letters, post
from app.engines.search.outbox import touch
from app.engines.transactions import transaction
from app.kernel.clock import now
from projectbank.models import FoundingGroup, GroupMember, SavedSheet, Sheet, SheetSdg, SheetText
from tests.browsing import Browser, sign_in
from tests.builders.academy import a_course, finishes, passes
from tests.builders.accounts import a_person, actor_of, an_operator
from tests.builders.projectbank import a_group, a_sheet
from tests.kinds.listing import Listed, check_list, copies, names_on, page_of, pages_of, wrong_options, wrong_tabs
from tests.schema import empty_tables

LETTERS = "ABCDEFGH"
SHEETS, COURSES, LEARNERS = 27, 26, 26
NUMBERS = range(1, SHEETS + 1)
SECTORS = ("agri_beekeeping", "argan", "tourism")
REGIONS = ("MA-04", "MA-09")
KINDS = ("idea", "model", "opportunity")
LEVELS = ("beginner", "intermediate", "advanced")


def rang(number: int) -> str:
    return f"Rang {number:02}"


def sum_of(number: int) -> int:
    """Sums in another order than the ideas, two of them the same; in minor units."""
    return 1_000_000 * (1 + number * 11 % 27) if number != 2 else sum_of(1)


def minutes_of(number: int) -> int:
    return number * 7 % 27 if number != 4 else minutes_of(3)


def members_of(number: int) -> int:
    return 2 + number * 5 % 9


class School:
    """Ideas and courses, more of each than a page holds."""

    def __init__(self, house: Flask) -> None:
        names = ("author", "friend", "teacher", "colleague", "learner")
        self.people: dict[str, Any] = {name: a_person(name.title(), instructor=name in names[2:4]) for name in names}
        self.people["office"] = an_operator("Samira")
        self.began = now() - timedelta(days=1)
        self._ideas()
        self._courses()
        self.actors = {name: actor_of(person) for name, person in self.people.items()}
        self.browsers = {name: Browser(house) for name in (*self.people, "guest")}
        for name, person in self.people.items():
            sign_in(self.browsers[name], person)
        drain_search()
        db.session.remove()

    def at(self, minutes: int) -> Any:
        return self.began + timedelta(minutes=minutes)

    def _ideas(self) -> None:
        author, friend = self.people["author"], self.people["friend"]
        first = db.session.get_one(Sheet, a_sheet(author, "Une miellerie"))
        text = db.session.scalars(select(SheetText)).one()
        told = {
            "slug": lambda n: f"rang-{n}",
            "reference": lambda n: f"P-RANG{n}",
            "form_key": lambda n: None,
            "external_key": lambda n: None,
        }
        made = copies(
            first,
            SHEETS,
            **told,
            investment=sum_of,
            members_min=members_of,
            sector=lambda n: SECTORS[n % 3],
            region=lambda n: REGIONS[n % 2],
            kind=lambda n: KINDS[n % 3 - 1],
            author_id=lambda n: friend.id,
            published_at=lambda n: self.at(minutes_of(n)),
        )
        copies(text, SHEETS, sheet_id=lambda n: made[n - 1], title=rang, pitch=lambda n: "Extraire le miel")
        with transaction() as session:
            session.add_all(SheetSdg(sheet_id=made[n - 1], number=number) for n in NUMBERS for number in (1, 2 + n % 2))
            kept = SavedSheet(person_id=author.id, sheet_id=made[4], saved_at=now())
            session.add_all([kept, SavedSheet(person_id=friend.id, sheet_id=made[5], saved_at=now())])
            touch("sheet", *made)
            session.execute(update(Sheet).where(Sheet.id == first.id).values(state="archived", submitted_at=self.at(0)))
        self.sheets = dict(zip(NUMBERS, made, strict=True))
        told["slug"], told["reference"] = (lambda n: f"own-{n}"), (lambda n: f"P-OWN{n}")
        own = copies(first, 22, **told, state=lambda n: "draft", changed_at=lambda n: self.at(n * 7 % 23))
        copies(text, 22, sheet_id=lambda n: own[n - 1], title=lambda n: rang(100 + n))
        told["slug"], told["reference"] = (lambda n: f"sent-{n}"), (lambda n: f"P-SENT{n}")
        for state, start in (("submitted", 200), ("returned", 300)):
            told["slug"] = lambda n, state=state: f"{state}-{n}"
            told["reference"] = lambda n, state=state: f"P-{state.upper()}{n}"
            sent = copies(
                first,
                32,
                **told,
                author_id=lambda n: friend.id,
                state=lambda n, state=state: state,
                submitted_at=lambda n: self.at(n * 7 % 33),
            )
            copies(text, 32, sheet_id=lambda n, sent=sent: sent[n - 1], title=lambda n, start=start: rang(start + n))

    def _courses(self) -> None:
        teacher, learner = self.people["teacher"], self.people["learner"]
        base = a_course("Rang 00", owner=teacher)
        self.course, self.slug = base.id, base.slug
        passes(self.people["author"], base)
        finishes(learner, base)
        with transaction():
            issue_certificate(actor_of(learner), base.id)
        text = db.session.scalars(select(CourseText).where(CourseText.language == "fr")).one()
        with transaction() as session:
            session.execute(update(Course).where(Course.id == base.id).values(published_at=self.at(-9), sector="argan"))
        course = db.session.get_one(Course, base.id)
        colleague = self.people["colleague"].id
        made = copies(
            course,
            COURSES,
            slug=lambda n: f"rang-{n}",
            form_key=lambda n: None,
            level=lambda n: LEVELS[n % 3],
            sector=lambda n: (None, "argan", "tourism", "argan")[n % 4],
            owner_id=lambda n: colleague,
            published_at=lambda n: self.at(minutes_of(n)),
        )
        copies(text, COURSES, course_id=lambda n: made[n - 1], title=rang, summary=lambda n: "Compter")
        with transaction():
            touch("course", *made)
        self.courses = made
        own = copies(
            course,
            25,
            slug=lambda n: f"own-{n}",
            form_key=lambda n: None,
            state=lambda n: "submitted",
            submitted_at=lambda n: self.at(n * 7 % 26),
        )
        copies(text, 25, course_id=lambda n: own[n - 1], title=lambda n: rang(100 + n))
        enrolment = db.session.scalars(select(Enrolment).where(Enrolment.person_id == learner.id)).one()
        self.enrolment = enrolment.id
        copies(enrolment, 26, course_id=lambda n: made[n - 1])
        person = db.session.get_one(Person, learner.id)
        people = copies(person, LEARNERS, name=lambda n: rang(400 + n), is_demo=lambda n: False)
        taken = copies(enrolment, LEARNERS, person_id=lambda n: people[n - 1])
        certificate = db.session.scalars(select(Certificate)).one()
        copies(
            certificate,
            LEARNERS,
            enrolment_id=lambda n: taken[n - 1],
            code=lambda n: f"ABCDEFGHJK{LETTERS[n // 6]}{LETTERS[n % 6]}",
            person_name=lambda n: rang(400 + n),
            issued_at=lambda n: self.at(minutes_of(n)),
        )
        done = db.session.scalars(select(Completion).where(Completion.enrolment_id == enrolment.id)).first()
        copies(done, 2, enrolment_id=lambda n: taken[n - 1], attempt_id=lambda n: None)
        attempt = db.session.scalars(select(QuizAttempt).where(QuizAttempt.enrolment_id == enrolment.id)).one()
        self.lesson = attempt.lesson_id
        copies(attempt, 11, number=lambda n: 1 + n)


@pytest.fixture(scope="module")
def school(_house: Flask) -> Iterator[School]:
    with _house.app_context():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        yield School(_house)
        db.session.remove()


def ordered(key: Any, down: bool = False, keep: Any = lambda n: True) -> list[str]:
    return [rang(n) for n in sorted(filter(keep, NUMBERS), key=lambda n: (key(n), n), reverse=down)]


def newest(keep: Any = lambda n: True) -> list[str]:
    return ordered(minutes_of, down=True, keep=keep)


EDGE = sum_of(13)
PROJECTS: dict[str, tuple[str, list[str]]] = {
    "newest first": ("", newest()),
    "smallest first": ("sort=small", ordered(sum_of)),
    "largest first": ("sort=large", ordered(sum_of, down=True)),
    "fewest people first": ("sort=few", ordered(members_of)),
    "a region": ("region=MA-09", newest(lambda n: n % 2 == 1)),
    "a field of work": ("sector=argan", newest(lambda n: n % 3 == 1)),
    "two fields": ("sector=argan&sector=tourism", newest(lambda n: n % 3 != 0)),
    "a kind": ("kind=model", newest(lambda n: n % 3 == 2)),
    "a goal": ("sdg=3", newest(lambda n: n % 2 == 1)),
    "several filters": ("sdg=3&kind=model&sort=small", ordered(sum_of, keep=lambda n: n % 2 == 1 and n % 3 == 2)),
    "from a sum": (f"investment_min={EDGE // 100}&sort=small", ordered(sum_of, keep=lambda n: sum_of(n) >= EDGE)),
    "above a sum": (f"investment_min={EDGE // 100 + 1}&sort=small", ordered(sum_of, keep=lambda n: sum_of(n) > EDGE)),
    "to a sum": (f"investment_max={EDGE // 100}&sort=small", ordered(sum_of, keep=lambda n: sum_of(n) <= EDGE)),
    "below a sum": (f"investment_max={EDGE // 100 - 1}&sort=small", ordered(sum_of, keep=lambda n: sum_of(n) < EDGE)),
    "found, smallest first": ("q=miel&sort=small", ordered(sum_of)),
    "found in a region": ("q=miel&sort=new&region=MA-09", newest(lambda n: n % 2 == 1)),
}


@pytest.mark.parametrize("name", PROJECTS)
def test_the_project_bank(school: School, name: str) -> None:
    """Published ideas and no others."""
    query, rows = PROJECTS[name]
    check_list(school.browsers["guest"], Listed("guest", f"/fr/projects{'?' if query else ''}{query}", rows, 24))


@pytest.mark.parametrize(
    "query", ["", "?region=MA-09", "?kind=model&sdg=3", "?sector=argan", "?q=miel", "?investment_max=90000"]
)
def test_the_numbers_beside_the_filters_of_ideas(school: School, query: str) -> None:
    assert wrong_options(school.browsers["guest"], f"/fr/projects{query}") == {}


def test_kept_ideas_are_one_s_own(school: School) -> None:
    assert pages_of(school.browsers["author"], "/fr/projects?saved=1", r"Rang \d+") == [["Rang 05"]]
    assert pages_of(school.browsers["friend"], "/fr/projects?saved=1", r"Rang \d+") == [["Rang 06"]]
    assert len(pages_of(school.browsers["guest"], "/fr/projects?saved=1", r"Rang \d+")[0]) == 24


def test_my_ideas_last_changed_first(school: School) -> None:
    """The kept idea stands below them, on every page."""
    author = school.browsers["author"]
    mine = [rang(100 + n) for n in sorted(range(1, 23), key=lambda n: n * 7 % 23, reverse=True)]
    pages = [names_on(page_of(author, f"/fr/projects/mine?page={n}"), r"Rang 1\d\d") for n in (1, 2)]
    first = names_on(page_of(author, "/fr/projects/mine?page=1"), r"Une miellerie|Rang 1\d\d")
    assert first[0] == "Une miellerie"
    assert [*pages[0], *pages[1]] == mine
    assert (len(pages[0]), len(pages[1])) == (19, 3)
    assert names_on(page_of(author, "/fr/projects/mine"), r"Rang 0\d") == ["Rang 05"]


def test_my_groups_newest_first_and_the_dissolved_last(school: School) -> None:
    """Those I am in; who has left is in it no more."""
    author, friend = (db.session.get_one(Person, school.actors[name].person_id) for name in ("author", "friend"))
    made = {n: a_group(friend, school.sheets[n], author, name=rang(500 + n)) for n in (1, 2, 3, 4)}
    with transaction() as session:
        session.execute(update(FoundingGroup).where(FoundingGroup.id == made[3]).values(state="dissolved"))
        mine = (GroupMember.group_id == made[4], GroupMember.person_id == school.actors["author"].person_id)
        session.execute(update(GroupMember).where(*mine).values(state="left"))
    names = names_on(page_of(school.browsers["author"], "/fr/projects/mine"), r"Rang 5\d\d")
    assert names == ["Rang 502", "Rang 501", "Rang 503"]
    assert names_on(page_of(school.browsers["teacher"], "/fr/projects/mine"), r"Rang 5\d\d") == []
    page = page_of(school.browsers["author"], f"/fr/projects/groups/{made[1]}")
    assert names_on(page, r"Friend|Author") == ["Friend", "Author"]


@pytest.mark.parametrize(("state", "start", "down"), [("submitted", 200, False), ("returned", 300, True)])
def test_the_desk_reads_what_waits_longest_first(school: School, state: str, start: int, down: bool) -> None:
    rows = [rang(start + n) for n in sorted(range(1, 33), key=lambda n: n * 7 % 33, reverse=down)]
    check_list(school.browsers["office"], Listed("office", f"/fr/desk/projects?state={state}", rows, 30))


def test_the_numbers_beside_the_states_at_the_desk(school: School) -> None:
    assert wrong_tabs(school.browsers["office"], "/fr/desk/projects", r"/desk/projects/\d+") == {}


def courses(keep: Any = lambda n: True) -> list[str]:
    found = [n for n in range(1, COURSES + 1) if keep(n)]
    return [rang(n) for n in sorted(found, key=lambda n: (minutes_of(n), n), reverse=True)]


ACADEMY: dict[str, tuple[str, list[str]]] = {
    "newest first": ("", [*courses(), "Rang 00"]),
    "a level": ("?level=advanced", courses(lambda n: n % 3 == 2)),
    "two levels": ("?level=advanced&level=intermediate", courses(lambda n: n % 3 != 0)),
    "a sector": ("?sector=tourism", courses(lambda n: n % 4 == 2)),
    "a level of a sector": ("?level=advanced&sector=argan", courses(lambda n: n % 3 == 2 and n % 2 == 1)),
}


@pytest.mark.parametrize("name", ACADEMY)
def test_the_academy(school: School, name: str) -> None:
    query, rows = ACADEMY[name]
    check_list(school.browsers["guest"], Listed("guest", f"/fr/academy{query}", rows, 24, r"Rang \d+"))


@pytest.mark.parametrize("query", ["", "?level=advanced", "?sector=argan", "?q=compter", "?q=compter&level=advanced"])
def test_the_numbers_beside_the_filters_of_courses(school: School, query: str) -> None:
    assert wrong_options(school.browsers["guest"], f"/fr/academy{query}") == {}


def test_a_teacher_s_own_courses_newest_first(school: School) -> None:
    mine = [*(rang(100 + n) for n in range(25, 0, -1)), "Rang 00"]
    check_list(school.browsers["teacher"], Listed("teacher", "/fr/academy/teach", mine, 24, r"Rang \d+"))
    theirs = [rang(n) for n in range(COURSES, 0, -1)]
    check_list(school.browsers["colleague"], Listed("colleague", "/fr/academy/teach", theirs, 24))


def test_the_desk_reads_courses_longest_waiting_first(school: School) -> None:
    rows = [rang(100 + n) for n in sorted(range(1, 26), key=lambda n: n * 7 % 26)]
    check_list(school.browsers["office"], Listed("office", "/fr/desk/courses", rows, 24))
    published = pages_of(school.browsers["office"], "/fr/desk/courses?state=published", r"Rang \d+")
    assert sum(map(len, published)) == COURSES + 1


def test_learners_newest_first_each_with_what_is_done(school: School) -> None:
    rows = [*(rang(400 + n) for n in range(LEARNERS, 0, -1)), "Learner", "Author"]
    page = f"/fr/academy/teach/{school.slug}/learners"
    check_list(school.browsers["teacher"], Listed("teacher", page, rows, 24, r"<bdi>(Rang \d+|Learner|Author)</bdi>"))
    told = {line.name: (line.done, line.of) for line in learners_of(school.course, 0, 50)[0]}
    assert (told["Learner"], told["Author"], told["Rang 402"], told["Rang 403"]) == ((3, 3), (1, 3), (1, 3), (0, 3))


def test_the_latest_certificates_stand_first(school: School) -> None:
    rows = [rang(400 + n) for n in sorted(range(1, LEARNERS + 1), key=lambda n: (minutes_of(n), n), reverse=True)]
    assert names_on(page_of(school.browsers["office"], "/fr/desk/certificates"), r"Rang 4\d\d|Learner") == ["Learner", *rows]
    assert [one.person_name for one in latest_certificates(3)] == ["Learner", *rows[:2]]
    one = page_of(school.browsers["office"], "/fr/desk/certificates?q=abcd-efgh-jkbb")
    assert names_on(one, r"Rang 4\d\d|Learner") == ["Rang 407"]


def test_my_learning_newest_first(school: School) -> None:
    rows = [*(rang(n) for n in range(26, 0, -1)), "Rang 00"]
    check_list(school.browsers["learner"], Listed("learner", "/fr/academy/mine", rows, 24, r"Rang \d+"))
    assert names_on(page_of(school.browsers["author"], "/fr/academy/mine"), r"Rang \d+") == ["Rang 00"]


def test_the_last_ten_attempts_latest_first(school: School) -> None:
    assert [one.number for one in attempts_of(school.enrolment, school.lesson)] == list(range(12, 2, -1))


def test_letters_latest_first(school: School) -> None:
    with transaction():
        for number in range(3):
            post("mail", "a@example.org", rang(600 + number), "Bonjour", "fr")
    assert [one.subject for one in latest_letters(2)] == ["Rang 602", "Rang 601"]
    assert names_on(page_of(school.browsers["guest"], "/fr/demo/letters"), r"Rang 6\d\d") == [
        "Rang 602",
        "Rang 601",
        "Rang 600",
    ]
