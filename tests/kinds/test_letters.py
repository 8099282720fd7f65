"""Every kind of letter is sent at its event, once, to whom it is for, in the reader's language, with subject and link.

The writers are found by looking: a new one fails here until it has its event.
"""

import email
import html
import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from email.header import decode_header, make_header
from email.policy import default
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import func, select, update

from academy.models import Certificate
from app.accounts.models import Contact, OrganisationText, Person
from app.engines.db import db
from app.engines.envelope import in_envelope
from app.engines.jobs import Job
from app.engines.language import DIRECTIONS, LANGUAGES
from app.engines.mail import MESSAGE_JOB, MESSAGE_SOON_JOB, SEND_JOB, SEND_SOON_JOB, Letter, message_text, post
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.messages import MOST_PARTS, parts_of
from app.notices.models import Notice
from orders.models import Order, Purchase
from orders.rules.states import DECIDING, HANDLING
from tests.kinds import deeds_of_proofs, events, events_of_safety
from tests.kinds.events import BEFORE, Told
from tests.kinds.outline import drawn_lots
from tests.kinds.world import World, the_world
from tests.kinds.written import check_kept, standing_still

EVENTS = events.EVENTS | events_of_safety.EVENTS | deeds_of_proofs.EVENTS
ROOMS = (
    *("app.accounts.services.letters", "app.accounts.services.warnings"),
    *("orders.services.letters", "projectbank.services.letters", "academy.services.letters"),
    "catalog.services.letters",
)
ARABIC = re.compile("[\u0621-\u064a]")


class Undone(Exception):
    """The letters were read; the world stays as it was."""


@pytest.fixture(scope="module")
def world(_house: Flask) -> Iterator[World]:
    with _house.app_context(), standing_still():
        yield the_world(_house, "world that stands still")
        db.session.remove()


def writers() -> set[str]:
    found = set()
    for name in ROOMS:
        room = importlib.import_module(name)
        found |= {
            f"{name}.{called}"
            for called, thing in vars(room).items()
            if inspect.isfunction(thing) and thing.__module__ == name and called.startswith(("write_", "tell_", "on_"))
        }
    return found


def test_every_writer_has_its_event_and_so_has_every_step_of_an_order() -> None:
    assert {event.writer for event in EVENTS.values()} == writers()
    assert set(EVENTS) >= DECIDING | HANDLING


def opens_something(writer: str) -> bool:
    """Is a code or a secret address handed to this writer? Then its letter's words are not kept."""
    room, _dot, name = writer.rpartition(".")
    return bool({"code", "link"} & set(inspect.signature(getattr(importlib.import_module(room), name)).parameters))


def speaking(world: World, language: str) -> World:
    """The same world, its people and its purchases in one language."""
    db.session.execute(update(Person).values(language=language))
    db.session.execute(update(Purchase).values(language=language))
    actors = {name: replace(actor, language=language) for name, actor in world.actors.items()}
    return World(world.people, world.ids, actors)


def facts(language: str) -> dict[str, str]:
    """The names of what the event was about: of the order that changed last."""
    latest = db.session.scalars(select(Order).order_by(Order.version.desc(), Order.id.desc())).first()
    assert latest is not None
    number = latest.number.rpartition("-")[0]
    code = db.session.scalar(select(Certificate.code).order_by(Certificate.id.desc())) or ""
    return {"language": language, "number": number, "order": latest.number, "code": code}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", EVENTS)
def test_letters_go_at_their_event(world: World, name: str, language: str) -> None:
    event = EVENTS[name]
    with pytest.raises(Undone), transaction():
        spoken = speaking(world, language)
        mark = db.session.scalar(select(func.max(Letter.id))) or 0
        told_before = db.session.scalar(select(func.count()).select_from(Notice)) or 0
        event.happens(spoken)
        db.session.flush()
        letters = db.session.scalars(
            select(Letter).where(Letter.id > mark, Letter.recipient != BEFORE).order_by(Letter.recipient, Letter.id)
        ).all()
        wanted = sorted(event.letters, key=lambda told: told.to)
        assert [letter.recipient for letter in letters] == [told.to for told in wanted]
        assert {letter.language for letter in letters} <= {language}
        asked = [
            job.arguments["letter_id"]
            for job in db.session.scalars(
                select(Job).where(Job.name.in_([SEND_JOB, SEND_SOON_JOB, MESSAGE_JOB, MESSAGE_SOON_JOB]))
            )
        ]
        assert [asked.count(letter.id) for letter in letters] == [1] * len(letters)
        opens = opens_something(event.writer)
        for letter, told in zip(letters, wanted, strict=True):
            check(letter, told, language)
            assert letter.secret == opens
            assert parts_of(message_text(letter)) <= MOST_PARTS
        check_on_screen(event.writer, letters, told_before)
        raise Undone
    db.session.rollback()


@pytest.mark.sqlite_only  # the numbers in the keys: PostgreSQL counts on past what was undone
def test_letters_are_as_they_were_written(world: World, write_pages: bool) -> None:
    """Every word of every letter, to whom it goes when each person has two contacts, and what keeps it from going twice."""
    found = {}
    for name, event in EVENTS.items():
        with pytest.raises(Undone), transaction() as session:
            spoken = speaking(world, "en")
            more = {"kind": "phone", "verified_at": now()}
            for number, person in enumerate(world.people, 1):
                session.add(Contact(person_id=world.person(person), value=f"+2126000000{number:02}", **more))
            mark = session.scalar(select(func.max(Letter.id))) or 0
            event.happens(spoken)
            session.flush()
            letters = session.scalars(select(Letter).where(Letter.id > mark, Letter.recipient != BEFORE).order_by(Letter.id))
            found[name] = "\n".join(map(written_out, letters)) + "\n"
            raise Undone
        db.session.rollback()
    check_kept("letters", found, write_pages)


def to_a_phone(_channel: str, _recipient: str, *words: Any, **more: Any) -> bool:
    """As `post`, whoever is written to has a phone alone."""
    return post("phone", "+212600000099", *words, **more)


@pytest.mark.long
@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_every_message_to_a_phone_is_short_and_has_its_link_and_its_code(
    world: World, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However long people and cooperatives are called."""
    for room in [room for room in sys.modules.values() if vars(room).get("post") is post and room.__name__ != __name__]:
        if room.__name__ != post.__module__:
            monkeypatch.setattr(room, "post", to_a_phone)
    sent, secrets = 0, 0
    for event in EVENTS.values():
        with pytest.raises(Undone), transaction() as session:
            spoken = speaking(world, language)
            session.execute(update(Person).values(name="ⵜⵉⵣⵉⵔⵉ بنت " * 9))
            session.execute(update(OrganisationText).values(name="Coopérative agricole êtres " * 4))
            mark = session.scalar(select(func.max(Letter.id))) or 0
            event.happens(spoken)
            session.flush()
            letters = session.scalars(select(Letter).where(Letter.id > mark, Letter.channel == "phone")).all()
            assert letters or not event.letters
            for letter in letters:
                message = message_text(letter)
                assert parts_of(message) <= MOST_PARTS, message
                words, _, link = message.rpartition("\n")
                assert words
                assert link == "http://localhost" or (link.startswith("http://localhost/") and link in letter.body)
                if letter.secret:
                    code = re.search(r"\b\d{6}\b", letter.body)
                    assert (code.group() in words) if code else link != "http://localhost", message
                    secrets += 1
                sent += 1
            raise Undone
        db.session.rollback()
    assert sent > 20
    assert secrets > 3


def written_out(letter: Letter) -> str:
    key = re.sub(r"\d{9,}", "…", letter.unique_key or "none")
    body = re.sub(r"\b\d{6}\b", "…", letter.body)
    lines = [f"to {letter.channel} {letter.recipient}, key {key}", re.sub(r"\d{6}$", "…", letter.subject), body]
    return "\n".join(drawn_lots("\n".join(lines)).split("\n\n")) + "\n"


def check(letter: Letter, told: Told, language: str) -> None:
    known = facts(language)
    check_travels_whole(letter)
    if told.link:
        assert filled(told.link, known) in letter.body
    if language == "ar":
        assert ARABIC.search(letter.subject)
        assert ARABIC.search(letter.body)
    if language != "en":
        return
    assert re.fullmatch(filled(told.subject, known), letter.subject), letter.subject
    plain = letter.body.replace("\xa0", " ").replace("MAD ", "")
    assert [words for words in told.says if filled(words, known) not in plain] == []
    assert [words for words in told.never if words in plain] == []


def check_on_screen(writer: str, letters: Sequence[Letter], before: int) -> None:
    """Whoever has an account reads on the screen what the letter is about, and no name of a person; codes stay off it."""
    rows = db.session.scalars(select(Notice).order_by(Notice.id).offset(before)).all()
    if writer.startswith("app.accounts.") or any(letter.secret for letter in letters):
        assert rows == []
        return
    assert {row.subject for row in rows} >= {letter.subject for letter in letters if letter.bound is None}  # no guest's
    names = [re.compile(rf"\b{re.escape(name)}\b") for name in db.session.scalars(select(Person.name))]
    assert [row.subject for row in rows if any(name.search(row.subject) for name in names)] == []
    assert [row.path for row in rows if not row.path.startswith("/") or "key=" in row.path] == []


def check_travels_whole(letter: Letter) -> None:
    """What a receiver reads out of the bytes is what was written, by two readers: the library's newer one and its older."""
    own = current_app.config["PUBLIC_URL"]
    travelling = in_envelope(
        sender="Coopératives d’ici <office@example.org>",
        recipient="somebody@example.org",
        subject=letter.subject,
        body=letter.body,
        language=letter.language,
        written_at=letter.written_at,
        message_id="<letter-1@example.org>",
        own=own,
    ).as_bytes()
    assert max(map(len, travelling.splitlines())) <= 998
    received = email.message_from_bytes(travelling, policy=default)
    assert received["Subject"] == letter.subject
    assert str(make_header(decode_header(email.message_from_bytes(travelling)["Subject"]))) == letter.subject
    plain, page = received.iter_parts()
    assert plain.get_content().rstrip("\n") == letter.body.rstrip("\n")
    markup = page.get_content()
    assert f'<html lang="{letter.language}" dir="{DIRECTIONS[letter.language]}">' in markup
    words = html.unescape(re.sub(r"<[^>]*>", "", markup.partition("<body>")[2]))
    assert words.split() == letter.body.split()
    links = re.findall(rf"{re.escape(own)}/[^\s]*[^\s.,:;!?)،]", letter.body)
    assert [html.unescape(link) for link in re.findall(r'href="([^"]*)"', markup)] == links
    assert re.findall(r"<(?:img|link|script|iframe|object|form|style|base)\b|\ssrc=|url\(", markup) == []


def filled(text: str, known: dict[str, str]) -> str:
    for name, value in known.items():
        text = text.replace("{" + name + "}", value)
    return text
