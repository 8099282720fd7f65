"""Private papers are given, opened and taken away; each of it is written down."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from app.accounts.models import Paper
from app.accounts.permissions import require_roles
from app.accounts.queries.papers import file_for
from app.accounts.rules.papers import FILE_KINDS, FILE_ROLES, NUMBER_LONGEST, ORGANISATION, PAPERS_MOST
from app.accounts.services.organisations import locked_organisation
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import one_line
from app.territories.loading import territory_named


@dataclass(frozen=True)
class PaperFacts:
    """What is said of a paper: the thing it is about by kind and id, and the roles that open it besides the office."""

    kind: str
    about: str
    about_id: int
    roles: tuple[str, ...]
    number: str = ""
    expires_on: date | None = None


def add_file_paper(
    actor: Actor,
    organisation_id: int,
    kind: str,
    number: str,
    expires_on: date | None,
    stored: tuple[str, bytes],
    moment: datetime,
) -> int:
    """A paper of the organisation's own file, which the office reads. Raises Refusal; returns the paper's id."""
    if kind not in FILE_KINDS:
        raise Invalid("choose-one", "kind")
    facts = PaperFacts(kind, ORGANISATION, organisation_id, FILE_ROLES, number, expires_on)
    return add_paper(actor, organisation_id, facts, stored, moment)


def add_paper(actor: Actor, organisation_id: int, facts: PaperFacts, stored: tuple[str, bytes], moment: datetime) -> int:
    """A paper whose file was stored before the transaction (`store_paper`); the same one sent twice is one.

    Given by whoever may open it. Raises Invalid, Conflict("too-many-papers"), NotFound, NotAllowed; returns the paper's id.
    """
    require_roles(actor, organisation_id, *facts.roles)
    number = one_line(facts.number)
    if len(number) > NUMBER_LONGEST:
        raise Invalid("text-too-long", "number", limit=NUMBER_LONGEST)
    organisation = locked_organisation(organisation_id)
    today = territory_named(organisation.territory).day_of(moment)
    if facts.expires_on is not None and facts.expires_on < today:
        raise Invalid("paper-has-ended", "expires_on")
    file, content = stored
    digest = hashlib.sha256(content).hexdigest()
    standing = select(Paper).where(Paper.organisation_id == organisation_id, Paper.removed_at.is_(None))
    same = standing.where(
        Paper.about == facts.about, Paper.about_id == facts.about_id, Paper.kind == facts.kind, Paper.digest == digest,
        Paper.expires_on == facts.expires_on if facts.expires_on else Paper.expires_on.is_(None),
    )  # fmt: skip
    known = db.session.scalars(same).first()
    if known is not None:
        return known.id
    if (db.session.scalar(select(func.count()).select_from(standing.subquery())) or 0) >= PAPERS_MOST:
        raise Conflict("too-many-papers", most=PAPERS_MOST)
    paper = Paper(
        organisation_id=organisation_id,
        kind=facts.kind,
        about=facts.about,
        about_id=facts.about_id,
        roles=list(facts.roles),
        number=number,
        expires_on=facts.expires_on,
        digest=digest,
        file=file,
        given_by=actor.person_id,
        given_at=moment,
        removed_at=None,
    )
    db.session.add(paper)
    db.session.flush()
    record(actor, "add-paper", "organisation", organisation_id, paper=paper.id, kind=facts.kind)
    return paper.id


def open_paper(actor: Actor, paper_id: int) -> None:
    """Somebody is about to see a paper: the office, or one of its roles. Raises NotFound for all others."""
    file_for(actor, paper_id)
    organisation_id = db.session.scalar(select(Paper.organisation_id).where(Paper.id == paper_id))
    record(actor, "open-paper", "organisation", organisation_id, paper=paper_id)


def remove_paper(actor: Actor, organisation_id: int, paper_id: int, moment: datetime) -> None:
    """Nobody opens it any more; its file goes when no row names it. Taking away twice is once. Raises NotFound."""
    paper = db.session.scalar(
        select(Paper).where(Paper.id == paper_id, Paper.organisation_id == organisation_id).with_for_update()
    )
    if paper is None or not actor.holds(organisation_id, *paper.roles):
        raise NotFound()
    if paper.removed_at is not None:
        return
    paper.file, paper.removed_at = None, moment
    record(actor, "remove-paper", "organisation", organisation_id, paper=paper_id)
