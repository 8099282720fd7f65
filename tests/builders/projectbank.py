"""Sheets and groups for tests, made through the services as people make them."""

from itertools import count
from typing import Any

from app.accounts.models import Person
from app.accounts.queries.typed import ContactValue
from app.engines.transactions import transaction
from projectbank.rules import SheetFacts, TextFacts
from projectbank.services.deciding import publish_sheet
from projectbank.services.groups import accept_invitation, invite, start_group
from projectbank.services.writing import create_sheet, submit_sheet
from tests.builders.accounts import actor_of, an_operator

_numbers = count(1)


def some_facts(**facts: Any) -> SheetFacts:
    """A complete idea: honey in the Gharb for 250,000 dirhams and five members."""
    return SheetFacts(
        **{
            "region": "MA-04",
            "sector": "agri_beekeeping",
            "sdgs": (8, 15),
            "investment": 25_000_000,
            "members_min": 5,
            "jobs": 4,
            **facts,
        }
    )


def some_words(title: str | None = None, **words: str) -> TextFacts:
    """A complete idea's French words."""
    return TextFacts(
        **{
            "title": title or f"Miellerie commune n° {next(_numbers)}",
            "pitch": "Extraire et vendre le miel.",
            "need": "Le miel part en vrac.",
            **words,
        }
    )


def a_sheet(
    author: Person,
    title: str | None = None,
    *,
    state: str = "published",
    texts: dict[str, TextFacts] | None = None,
    territory: str = "morocco",
    **facts: Any,
) -> int:
    """A sheet in a state (draft, submitted or published); returns its id."""
    actor = actor_of(author)
    said = texts or {"fr": some_words(title)}
    with transaction():
        sheet_id = create_sheet(actor, some_facts(**facts), said, territory, next(iter(said)))
        if state != "draft":
            submit_sheet(actor, sheet_id)
    if state == "published":
        office = actor_of(an_operator("Office"))
        with transaction():
            publish_sheet(office, sheet_id, 1)
    return sheet_id


def a_group(founder: Person, sheet_id: int, *others: Person, name: str = "Les abeilles") -> int:
    """A group with these members, each invited and accepted; returns its id."""
    actor = actor_of(founder)
    with transaction():
        group_id = start_group(actor, sheet_id, name)
    for person in others:
        joins_group(founder, group_id, person)
    return group_id


def invited(founder: Person, group_id: int, contact: str = "amie@example.org", secret: str | None = None) -> str:
    """An open invitation; returns its secret."""
    actor, opened = actor_of(founder), secret or f"secret-{next(_numbers)}"
    with transaction():
        invite(actor, group_id, ContactValue("mail", contact), opened, lambda code: f"http://localhost/{code}/{opened}")
    return opened


def joins_group(founder: Person, group_id: int, person: Person) -> None:
    """The founder invites, the person accepts."""
    secret = invited(founder, group_id, f"invited.{person.id}@example.org")
    actor = actor_of(person)
    with transaction():
        accept_invitation(actor, secret, lambda code: f"http://localhost/{code}/")
