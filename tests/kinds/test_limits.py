"""Every limit of the house at its edge: the last size is taken, one beyond it refused, and nothing is written then."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields as fields_of
from dataclasses import is_dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from wtforms import Form as BaseForm
from wtforms.fields.core import UnboundField

from app.accounts.models import Attempt
from app.accounts.queries.typed import ContactValue
from app.accounts.rules.limits import LIMITS
from app.accounts.rules.passwords import check_password
from app.accounts.services.codes import ask_sign_up, try_code
from app.accounts.services.limits import count_attempt
from app.accounts.services.members import accept_invitation, invite
from app.engines.db import db
from app.engines.mail import KEEP_SECRETS, Letter, forget_words
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Invalid, NotFound, Refusal, TooMany
from projectbank.models import GroupInvitation
from projectbank.services.groups import accept_invitation as join_group
from tests.kinds.deeds import last_line
from tests.kinds.edges import EDGES
from tests.kinds.refusals import REFUSED
from tests.kinds.world import World
from tests.kinds.written import check_kept


class Undone(Exception):
    """It was taken; the world stays as it was."""


@pytest.mark.parametrize("name", EDGES)
def test_the_last_size_is_taken_and_one_beyond_it_refused(world: World, name: str) -> None:
    edge = EDGES[name]
    with pytest.raises(Undone), transaction():
        edge.does(world, edge.last)
        db.session.flush()
        raise Undone
    db.session.rollback()
    before = last_line()
    with pytest.raises(Refusal) as refused, transaction():
        edge.does(world, edge.last + edge.step)
    assert refused.value.code == edge.refused
    assert last_line() == before
    db.session.rollback()


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_is_refused_in_its_word_and_leaves_no_line(world: World, name: str) -> None:
    does, word = REFUSED[name]
    before = last_line()
    db.session.rollback()
    with pytest.raises(Refusal) as refused, transaction():
        does(world)
    assert refused.value.code == word
    assert last_line() == before
    db.session.rollback()


# How often a thing may be tried, told here a second time: (how many, within how many minutes).
TRIES = {
    "sign-in-contact": (8, 15),
    "sign-in-address": (300, 15),
    "sign-in-everywhere": (30, 24 * 60),
    "sign-in-device": (12, 15),
    "sign-in-letter": (10, 24 * 60),
    "sign-in-flood": (600, 15),
    "code-contact": (5, 60),
    "code-address": (120, 60),
    "code-everywhere": (30, 24 * 60),
    "code-device": (8, 60),
    "try-address": (300, 60),
    "password-person": (8, 15),
    "factor-person": (5, 5),
    "factor-device": (5, 5),
    "card-chair": (20, 24 * 60),
    "card-office": (200, 24 * 60),
    "lost-person": (3, 24 * 60),
    "own-data-person": (6, 24 * 60),
}
NOON = datetime.fromisoformat("2026-03-02T12:00:00+00:00")


def tries(kind: str, subject: str, moment: datetime) -> str:
    try:
        count_attempt({kind: subject}, moment)
    except TooMany as refused:
        return f"in {refused.facts['retry_after']} s"
    db.session.flush()
    return "yes"


def test_every_kind_of_try_is_told_here() -> None:
    assert set(LIMITS) == set(TRIES)


@pytest.mark.parametrize("kind", TRIES)
def test_so_many_tries_and_no_more_until_the_first_is_over(world: World, kind: str) -> None:
    most, minutes = TRIES[kind]
    with pytest.raises(Undone), transaction():
        begun = max(0, most - 40)  # counted one by one, hundreds would say no more
        db.session.add_all(Attempt(kind=kind, subject="me", at=NOON + timedelta(seconds=n)) for n in range(begun))
        assert [tries(kind, "me", NOON + timedelta(seconds=n)) for n in range(begun, most)] == ["yes"] * (most - begun)
        just_before = NOON + timedelta(minutes=minutes, seconds=-1)
        assert tries(kind, "me", just_before) == "in 2 s"
        assert tries(kind, "somebody else", just_before) == "yes"
        assert db.session.scalar(select(func.count()).where(Attempt.subject == "me")) == most
        assert tries(kind, "me", NOON + timedelta(minutes=minutes)) == "yes"
        assert tries(kind, "me", NOON + timedelta(minutes=minutes)) == "in 2 s"
        raise Undone
    db.session.rollback()


@pytest.mark.parametrize(("seconds", "fits"), [(599, True), (600, False)])
def test_a_code_lives_ten_minutes(world: World, seconds: int, fits: bool) -> None:
    with pytest.raises(Undone), transaction():
        code_id = ask_sign_up(world.actor("guest"), ContactValue("mail", "n@example.org"), "Nora", "hash", NOON)
        letter = db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first() or ""
        code = re.findall(r"\b\d{6}\b", letter)[0]
        tried = try_code(code_id, "sign-up", code, NOON + timedelta(seconds=seconds))
        assert (tried.asked is not None) is fits
        raise Undone
    db.session.rollback()


@pytest.mark.parametrize(("seconds", "fits"), [(-1, True), (0, False)])
def test_an_invitation_lives_fourteen_days(world: World, seconds: int, fits: bool) -> None:
    end = NOON + timedelta(days=14, seconds=seconds)
    with pytest.raises(Undone), transaction():
        contact = ContactValue("mail", "n@example.org")
        invite(world.actor("chair"), world["ours"], contact, "packer", "a secret", "http://x", NOON)
        db.session.flush()
        if fits:
            assert accept_invitation(world.actor("newcomer"), "a secret", end) == "tifawin"
        else:
            with pytest.raises(NotFound):
                accept_invitation(world.actor("newcomer"), "a secret", end)
        raise Undone
    db.session.rollback()


def test_an_invitation_to_a_group_lives_fourteen_days_and_not_a_moment_after(world: World) -> None:
    row = db.session.scalars(select(GroupInvitation).where(GroupInvitation.used_at.is_(None))).one()
    assert row.expires_at - row.invited_at == timedelta(days=14)
    with pytest.raises(Undone), transaction():
        db.session.get_one(GroupInvitation, row.id).expires_at = now() - timedelta(microseconds=1)
        db.session.flush()
        with pytest.raises(Refusal, match="invitation-closed"):
            join_group(world.actor("newcomer"), world["secret"], lambda _language: "http://x")
        raise Undone
    db.session.rollback()


def test_what_was_said_is_kept_to_the_last_moment_and_not_a_moment_longer(world: World) -> None:
    kept, late = timedelta(days=30), timedelta(microseconds=1)
    letters = {
        "sent": (kept, {"sent_at": NOON}),
        "sent before": (kept + late, {"sent_at": NOON}),
        "secret": (KEEP_SECRETS, {"secret": True, "refused_at": NOON}),
        "secret before": (KEEP_SECRETS + late, {"secret": True, "refused_at": NOON}),
    }
    with pytest.raises(Undone), transaction() as session:
        for name, (ago, more) in letters.items():
            said = {"channel": "mail", "recipient": "n@example.org", "subject": name, "body": name, "language": "fr"}
            session.add(Letter(**said, unique_key=name, written_at=NOON - ago, **more))
        session.flush()
        forget_words(NOON, kept)
        left = select(Letter.body).where(Letter.unique_key.in_(letters), Letter.body != "").order_by(Letter.id)
        assert session.scalars(left).all() == ["sent", "secret"]
        raise Undone
    db.session.rollback()


WORDS_IN_A_ROW = "brume lavande tortue quartz "


@pytest.mark.parametrize(
    ("size", "code"), [(12, None), (11, "password-too-short"), (1000, None), (1001, "password-too-long")]
)
def test_a_password_has_twelve_to_a_thousand_characters(size: int, code: str | None) -> None:
    password = (WORDS_IN_A_ROW * 40)[:size]
    password = "xkqvjwzbmtpg"[:size] if size < 20 else password
    if code is None:
        assert check_password(password) == password
        return
    with pytest.raises(Invalid, match=code):
        check_password(password)


LIMIT = re.compile(r"(^|_)(MOST|MAX|LONGEST|SHORTEST|LENGTH|LIMIT|TRIES|LIFE|AT_MOST)(_|$)|^OPEN_INVITATIONS$|^FIRST_YEAR$")
PACKAGES = ("app", "catalog", "orders", "projectbank", "academy")


def modules() -> Iterator[Any]:
    """Every module of the product but the practice provider and what starts the house."""
    for package in PACKAGES:
        for info in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if ".practice" not in info.name and info.name not in ("app.__main__", "app.terminal", "app.wsgi"):
                yield importlib.import_module(info.name)


def fields() -> dict[str, str]:
    """{form: its fields, each with what it asks of what is typed}, without what is said of them."""
    found: dict[str, str] = {}
    for module in modules():
        for name, thing in vars(module).items():
            if inspect.isclass(thing) and issubclass(thing, BaseForm) and thing.__module__ == module.__name__:
                own = {one: made for one, made in vars(thing).items() if isinstance(made, UnboundField)}
                lines = [f"{one}: {asked_by(made)}".strip() for one, made in own.items()]
                found.update({f"{module.__name__}.{name}": "\n".join(lines) + "\n"} if lines else {})
    return found


def asked_by(made: UnboundField) -> str:
    given = made.args[1] if len(made.args) > 1 else made.kwargs.get("validators") or ()
    words = [
        " ".join([type(one).__name__, *(f"{edge}={getattr(one, edge)}" for edge in EDGE if hasattr(one, edge))])
        for one in given
    ]
    told = [
        f"{name}={value}" for name, value in made.kwargs.items() if isinstance(value, int | str) and name != "description"
    ]
    return ", ".join([*words, *told, *(f"{name}={value}" for name, value in made.kwargs.get("render_kw", {}).items())])


EDGE = ("min", "max")


def test_what_the_fields_of_forms_take_is_as_it_was_written(write_pages: bool) -> None:
    check_kept("fields", fields(), write_pages)


def limits() -> dict[str, set[Any]]:
    """{name: values} of the constants of the product that are named as limits, wherever they stand."""
    found: dict[str, set[Any]] = {}
    for module in modules():
        for name, value in vars(module).items():
            if name.isupper() and name[0] != "_" and LIMIT.search(name) and isinstance(value, int | timedelta):
                found.setdefault(name, set()).add(value)
    return found


def numbers() -> dict[str, str]:
    """{module: the numbers it gives a name, and those that its functions take unless they are told another}."""
    found = {}
    for module in modules():
        if module.__name__.startswith(ELSEWHERE):
            continue
        source = inspect.getsource(module)
        told = [
            f"{name} = {shown(thing)}" for name, thing in vars(module).items() if is_number(thing) and gives(source, name)
        ]
        told += [
            f"{name}: {' '.join(within(thing))}"
            for name, thing in vars(module).items()
            if not is_number(thing) and gives(source, name) and any(within(thing))
        ]
        functions = [one for one in vars(module).values() if inspect.isfunction(one) and one.__module__ == module.__name__]
        told += [
            f"{function.__name__}({one.name}={one.default})"
            for function in functions
            for one in inspect.signature(function).parameters.values()
            if is_number(one.default)
        ]
        found.update({module.__name__: "\n".join(told) + "\n"} if told else {})
    return dict(sorted(found.items()))


def gives(source: str, name: str) -> bool:
    """Does the module give this name to something, rather than take it from another?"""
    return bool(re.search(rf"^(?:\w+, )*{name}(?:, \w+)*(?:: [^=\n]+)? = ", source, re.MULTILINE))


def is_number(thing: object) -> bool:
    """A number, a length of time, or several of them; a yes or no is none."""
    if isinstance(thing, tuple | frozenset):
        return bool(thing) and all(map(is_number, thing))
    return isinstance(thing, int | float | Decimal | timedelta) and not isinstance(thing, bool)


def within(thing: object, depth: int = 4) -> Iterator[str]:
    """The numbers in records and lists of them, in their order."""
    if isinstance(thing, str | bool) or depth == 0:
        return
    if is_number(thing):
        yield shown(thing)
    elif is_dataclass(thing) and not isinstance(thing, type):
        for one in fields_of(thing):
            yield from within(getattr(thing, one.name), depth - 1)
    elif isinstance(thing, Mapping):
        for key, value in thing.items():
            yield from within(key, depth - 1)
            yield from within(value, depth - 1)
    elif isinstance(thing, tuple | list):
        for value in thing:
            yield from within(value, depth - 1)


def shown(thing: Any) -> str:
    return " ".join(sorted(map(str, thing))) if isinstance(thing, frozenset) else str(thing)


ELSEWHERE = ("app.practice", "app.console", "catalog.demo", "orders.demo", "projectbank.demo", "academy.demo")


def test_no_number_of_the_house_is_changed_unseen(write_pages: bool) -> None:
    """Pages, lives, bounds, sizes: each stands a second time in `pages/numbers.txt`, under the module that names it."""
    check_kept("numbers", numbers(), write_pages)


MINUTE, DAY, MEGABYTE = timedelta(minutes=1), timedelta(days=1), 1024 * 1024
# Every constant named as a limit, with its values: who changes one changes it here too, and its edge.
KNOWN: dict[str, set[Any]] = {
    "ADDRESS_LONGEST": {254, 300},
    "BODY_LONGEST": {40_000},
    "ANSWER_LONGEST": {20_000},
    "ASKED_LONGEST": {200},
    "BROWSER_LIFE": {180 * DAY},
    "CARD_LIFE": {14 * DAY},
    "CARD_TRIES": {5},
    "CARRIED_LONGEST": {270_000},
    "CODE_LENGTH": {12},
    "CODE_LIFE": {10 * MINUTE},
    "CODE_TRIES": {5},
    "CONFIRM_LIFE": {DAY},
    "DESCRIPTION_LONGEST": {1000},
    "EXPLANATION_LONGEST": {1500},
    "FIRST_YEAR": {1900},
    "GROUP_NAME_LONGEST": {80},
    "INVITATION_LIFE": {14 * DAY},
    "KEY_NAME_LONGEST": {60},
    "LIMIT": {1_000_000_000_000},
    "LINE_LONGEST": {200},
    "LONGEST": {10, 40},
    "LONGEST_TYPED": {60},
    "KEYS_MOST": {10},
    "LONGEST_CELL": {100_000},
    "LONGEST_LIFE": {100, DAY},
    "LONGEST_PHRASE": {3},
    "LONGEST_QUERY": {200},
    "LONGEST_SAMPLE": {2_000},
    "LONGEST_STEM": {70},
    "LONGEST_WAIT": {3600},
    "LONGEST_WORD": {40},
    "MAX_BYTES": {12 * MEGABYTE, 20 * MEGABYTE},
    "MAX_COLUMNS": {1_000},
    "MAX_COUNT": {999},
    "MAX_DAYS": {60},
    "MAX_FIELDS": {2000},
    "MAX_LINES": {50},
    "MAX_PAGE": {10_000},
    "MAX_PICTURES": {5},
    "MAX_PRICE": {10_000_000_000},
    "MAX_QUANTITY": {1_000_000},
    "MAX_ROWS": {100_000},
    "CODE_LONGEST": {40},
    "MOST_SHELF_DAYS": {3650},
    "RECALL_LONGEST": {500},
    "MAX_STOCK": {10_000_000},
    "MAX_TEXT": {100_000},
    "MAX_VARIANTS": {2_000},
    "MAX_WEIGHT": {1_000_000},
    "MAX_ZONES": {20},
    "MEMBERS_MOST": {1_000_000},
    "MOST": {2**62, 25_000, 200_000},
    "MOST_KINDS": {3},
    "MOST_MAKERS": {2},
    "LONGEST_HEADER": {300},
    "MOST_ADDRESSES": {10_000},
    "MOST_ASKED": {60},
    "MOST_MAPPINGS": {50},
    "MOST_BYTES": {20_000, 1_000_000, 10_000_000},
    "MOST_OF_EACH": {1000},
    "MOST_PAGES": {200},
    "MOST_SUGGESTED": {8},
    "MOST_PARTS": {2, 1_000},
    "MOST_HOSTS": {64},
    "MOST_AREAS": {50_000},
    "MOST_ENTRIES": {2_000, 50_000},
    "MOST_FILES": {50},
    "MOST_HEAD": {8192},
    "MOST_HEADS": {262_144},
    "MOST_LEARNED": {10_000},
    "MOST_COLUMNS": {1_000},
    "MOST_COOPERATIVES": {12},
    "MOST_IN_A_PARCEL": {30_000},  # grams
    "MOST_IN_A_SHEET": {10_000},
    "MOST_LESSONS": {200},
    "MOST_LETTERS": {24 * MEGABYTE},
    "MOST_LINES": {50},
    "MOST_MEMBERS": {60},
    "MOST_MERGED": {2_000_000},
    "MOST_MONEY": {10_000_000_000_000},
    "MOST_OPEN_INVITATIONS": {30},
    "MOST_CAUSES": {500},
    "MOST_IN_LINE": {4},
    "MOST_OPTIONS": {8},
    "MOST_PIXELS": {16_000_000},
    "MOST_PIXELS_REDUCED": {64_000_000},
    "MOST_PROFILE": {4_194_304},
    "MOST_PROBLEMS": {200},
    "MOST_QUESTIONS": {50},
    "MOST_ROWS": {5000},
    "MOST_SDGS": {3},
    "MOST_SEGMENTS": {6},
    "MOST_SHEETS": {100, 20_000},
    "MOST_SIZES": {30, 2000},
    "MOST_TEXTS": {1_000_000},
    "MOST_UNPACKED": {100 * MEGABYTE},
    "MOST_WORDS": {12},
    "NAME_LENGTH": {80},
    "OPTION_LENGTH": {255},
    "PLACE_LENGTH": {120},
    "REFERENCE_LENGTH": {64},
    "VARIANT_NAME_LENGTH": {771},
    "NAME_LONGEST": {120, 80},
    "NUMBER_LONGEST": {40, 60},
    "OPENING_TRIES": {20},
    "OPEN_INVITATIONS": {30},
    "OPTION_LONGEST": {300},
    "PAGE_LIFE": {31 * MINUTE},
    "PAPERS_MOST": {200},
    "PARCEL_LONGEST": {80},
    "PASSWORD_LONGEST": {1000},
    "PASSWORD_SHORTEST": {12},
    "PHONE_LONGEST": {40},
    "PITCH_LONGEST": {160, 300},
    "PROMPT_LONGEST": {600},
    "REASON_LONGEST": {2000, 500, 200},
    "REASON_SHORTEST": {5},
    "SHORTEST_CORRECTED": {4},
    "SHORTEST_HEARD": {3},
    "SHORTEST_JOINED": {3},
    "SHORTEST_LIFE": {30 * MINUTE},
    "SHORTEST_PART": {4},
    "SHORTEST_PREFIX": {2},
    "SHORTEST_TWO_ERRORS": {8},
    "SIZE_LONGEST": {45},
    "SKU_LENGTH": {64},
    "STORY_LONGEST": {5000},
    "SUMMARY_LONGEST": {1200, 600, 300},
    "TEXT_LENGTH": {5000},
    "TEXT_LONGEST": {2000},
    "TITLE_LENGTH": {255},
    "TITLE_LONGEST": {140, 80, 100},
    "TOLD_LONGEST": {160},
    "TRIES": {8},
    "UPLOAD_LIMIT": {64 * MEGABYTE},
    "WHOLE_LIMIT": {2**63 - 1},
}


def test_no_limit_is_changed_or_added_unseen() -> None:
    assert limits() == KNOWN
