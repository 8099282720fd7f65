"""The plate on a module's door: what a module may tell the house."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import click
from blinker import Signal
from flask import Blueprint
from sqlalchemy import Select

from app.engines.acts import Act
from app.engines.lanes import Work
from app.engines.letter_samples import WriteSamples
from app.engines.long_work import LongWork
from app.engines.notice_kinds import NoticeKind
from app.engines.own_data import OwnData, Ties
from app.engines.search.interface import SearchDocument
from app.kernel.actor import Actor

__all__ = [
    "Card",
    "Entry",
    "LongWork",
    "MachineDoor",
    "Module",
    "NoticeKind",
    "OwnData",
    "Progress",
    "PublicPage",
    "Schedule",
    "SearchKind",
    "Step",
    "Work",
]

# How far a long piece of work has come: steps done, steps in all.
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Card:
    """A piece of a page that combines modules.

    `spot` names the page ("home", "path", "cooperative", "office", "lot", "desk", "file"); `template` is rendered with what
    `facts(actor, subject_id)` returns; facts of None hide the card. `subject_id` is the id of the organisation on a
    cooperative's pages, of the lot on a lot's, else None. A card that says the same to everybody who is not signed in names
    the kinds of public facts it rests `on` (`app.engines.generations`): it is kept for them while these stand still.
    """

    spot: str
    order: int
    template: str
    facts: Callable[[Actor, int | None], Mapping[str, Any] | None]
    on: Sequence[str] = ()


@dataclass(frozen=True)
class Step:
    """A step of "my path", ticked by what really happened: `done(actor)` tells, `endpoint` is where to do it."""

    key: str
    order: int
    label: str
    endpoint: str
    icon: str
    done: Callable[[Actor], bool]


@dataclass(frozen=True)
class Entry:
    """A line of a menu: `spot` is "main" (site), "office" (a cooperative's), "desk" (operator's) or "account"."""

    spot: str
    order: int
    label: str
    endpoint: str
    icon: str
    roles: frozenset[str] = frozenset()

    @property
    def whole_address(self) -> bool:
        """Is it the page the visitor is on only by its whole address? An office's front page lies above all its others."""
        return self.spot == "office"


@dataclass(frozen=True)
class SearchKind:
    """A kind of thing that is searched: `documents(ids)` gives the documents of the ids (all when None)."""

    kind: str
    documents: Callable[[Sequence[int] | None], Iterable[SearchDocument]]


@dataclass(frozen=True)
class PublicPage:
    """Pages that search engines are told of: `endpoint` takes a slug, `slugs` asks for those everybody may read, each with
    the moment its page was last changed (None where nobody keeps one), in a steady order.
    """

    endpoint: str
    slugs: Select[str, datetime | None]


@dataclass(frozen=True)
class MachineDoor:
    """What every page that is the same for everybody names in its head: `rel` and `type` say what lies at the endpoint."""

    rel: str
    type: str
    label: str
    endpoint: str


@dataclass(frozen=True)
class Schedule:
    """A job that comes back: every so many seconds."""

    job: str
    seconds: int


@dataclass(frozen=True)
class Module:
    """Everything a module declares. The house reads it at start-up and at no other time."""

    name: str
    blueprints: Sequence[Blueprint] = ()
    commands: Sequence[click.Command] = ()
    # Each name of a job with what does it and its lane: docs/subsystems/jobs.md.
    jobs: Mapping[str, Work] | None = None
    schedule: Sequence[Schedule] = ()
    # Work of an organisation that a page starts and that may take over two seconds: docs/subsystems/long-work.md.
    long_work: Sequence[LongWork] = ()
    # What it tells people: docs/subsystems/notices.md.
    notice_kinds: Sequence[NoticeKind] = ()
    subscriptions: Sequence[tuple[Signal, Callable[..., None]]] = ()
    search_kinds: Sequence[SearchKind] = ()
    public_pages: Sequence[PublicPage] = ()
    machine_doors: Sequence[MachineDoor] = ()
    cards: Sequence[Card] = ()
    steps: Sequence[Step] = ()
    menu: Sequence[Entry] = ()
    refusals: Mapping[str, str] | None = None
    # Acts that need a second person, by accounts' one rule for all of them.
    acts: Sequence[Act] = ()
    # What it keeps of people, and what must be settled before one of them goes: docs/subsystems/own-data.md.
    own_data: Sequence[OwnData] = ()
    ties: Ties | None = None
    # Invariants of `tiwizi check`: each yields a sentence per broken thing.
    checks: Mapping[str, Callable[[], Iterable[str]]] | None = None
    # What no rule forbids and a person must settle, for `tiwizi check` too: each yields a sentence per thing.
    attention: Mapping[str, Callable[[], Iterable[str]]] | None = None
    # One of each of its letters, for the demonstration's page of letters: docs/subsystems/notices.md.
    letter_samples: WriteSamples | None = None
    # Demo data, loaded in the order of MODULES: demo(size, progress), size small or large; does nothing twice.
    demo: Callable[[str, Progress], None] | None = None
    # Context every page needs from this module, e.g. the basket's count.
    page_context: Callable[[Actor], Mapping[str, Any]] | None = None
    # Where the day's work of a person (by id) who has just signed in lies: an address, or None for who has none here.
    landing: Callable[[int], str | None] | None = None
    # Wires what a module needs from the application (the loader of the current person, the card provider).
    start: Callable[[Any], None] | None = None
