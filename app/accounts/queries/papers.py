"""Private papers: what stands in a file, and who may open one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.accounts.models import Paper, Person
from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import NotFound


@dataclass(frozen=True)
class PaperLine:
    """A paper as a list tells it, never with its content; `number` is empty where it bears none."""

    id: int
    kind: str
    about_id: int
    number: str
    expires_on: date | None
    given_at: datetime
    given_by: str


def papers_about(organisation_id: int, about: str) -> list[PaperLine]:
    """The papers of an organisation about things of this kind that were not taken away, newest first; one statement."""
    rows = db.session.execute(
        select(Paper.id, Paper.kind, Paper.about_id, Paper.number, Paper.expires_on, Paper.given_at, Person.name)
        .join(Person, Person.id == Paper.given_by)
        .where(Paper.organisation_id == organisation_id, Paper.about == about, Paper.removed_at.is_(None))
        .order_by(Paper.id.desc())
    )
    return [PaperLine(*row) for row in rows]


def paper_lines(paper_ids: Sequence[int]) -> dict[int, PaperLine]:
    """{paper: its line} of those that were not taken away; one statement."""
    rows = db.session.execute(
        select(Paper.id, Paper.kind, Paper.about_id, Paper.number, Paper.expires_on, Paper.given_at, Person.name)
        .join(Person, Person.id == Paper.given_by)
        .where(Paper.id.in_(paper_ids), Paper.removed_at.is_(None))
    )
    return {row.id: PaperLine(*row) for row in rows}


def file_for(actor: Actor, paper_id: int) -> str:
    """The key of a paper's file, for whoever may open it: one of its roles, the office. Raises NotFound for all others."""
    row = db.session.execute(
        select(Paper.organisation_id, Paper.roles, Paper.file).where(Paper.id == paper_id, Paper.file.is_not(None))
    ).first()
    if row is None or not (actor.operator or actor.holds(row.organisation_id, *row.roles)):
        raise NotFound()
    return str(row.file)
