"""Proofs: which labels are shown (one truth for every page, list, search and feed), what is proved, what waits."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from app.accounts.models import Organisation, OrganisationText
from app.accounts.queries import PaperLine, paper_lines
from app.engines.db import db, execute
from app.engines.keeping import kept_while
from app.engines.settings import next_change
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.territories.loading import territory_named
from catalog.models import Product, ProductText, Proof
from catalog.queries.requirements import KIND, requirements_at
from catalog.rules.proofs import PROOF, SHOWS, last_day

PAGE_SIZE = 30


def not_ended(moment: ColumnElement[datetime] | Any) -> ColumnElement[bool]:
    """Proofs that hold for good, or longer than the moment."""
    return or_(Proof.ends_at.is_(None), Proof.ends_at > moment)


@dataclass(frozen=True)
class ProvedLabel:
    """A label as it may be shown: its name in every language, since when it is proved, its last day (None: for good)."""

    key: str
    names: Mapping[str, str]
    since: datetime
    last_day: date | None


_SHOWN = (Proof.requirement, Proof.decided_at, Proof.ends_at, Proof.organisation_id, Proof.product_id)
_SHOWING = and_(Proof.state == SHOWS, not_ended(bindparam("now")))
OF_PRODUCTS = (
    select(*_SHOWN, Organisation.territory)
    .join(Organisation, Organisation.id == Proof.organisation_id)
    .where(_SHOWING, Proof.product_id.in_(bindparam("ids", expanding=True)))
    .order_by(Proof.id)
)
OF_COOPERATIVES = (
    select(*_SHOWN, Organisation.territory)
    .join(Organisation, Organisation.id == Proof.organisation_id)
    .where(_SHOWING, Proof.product_id.is_(None), Proof.organisation_id.in_(bindparam("ids", expanding=True)))
    .order_by(Proof.id)
)
NEXT_END = select(func.min(Proof.ends_at)).where(Proof.state.in_((SHOWS, "waived")), Proof.ends_at > bindparam("now"))


def labels_of_products(product_ids: Iterable[int], moment: datetime) -> dict[int, list[ProvedLabel]]:
    """{product: the labels it may bear}: each proved by a document that the office has read and that has not ended."""
    return _labels(execute(OF_PRODUCTS, {"ids": list(product_ids), "now": moment}), "product_id", moment)


def labels_of_cooperatives(organisation_ids: Iterable[int], moment: datetime) -> dict[int, list[ProvedLabel]]:
    """{cooperative: the labels it may bear itself}."""
    return _labels(execute(OF_COOPERATIVES, {"ids": list(organisation_ids), "now": moment}), "organisation_id", moment)


def _labels(rows: Iterable[Any], bearer: str, moment: datetime) -> dict[int, list[ProvedLabel]]:
    """The latest proof of each label that is one in the territory at the moment."""
    known: dict[str, Mapping[str, Any]] = {}
    shown: dict[int, dict[str, ProvedLabel]] = defaultdict(dict)
    for row in rows:
        if row.territory not in known:
            known[row.territory] = requirements_at(row.territory, moment)
        label = known[row.territory].get(row.requirement)
        if label is not None and label.badge and label.asked:
            ends = last_day(territory_named(row.territory), row.ends_at) if row.ends_at is not None else None
            shown[getattr(row, bearer)][label.key] = ProvedLabel(label.key, label.names, row.decided_at, ends)
    return {bearer_id: list(labels.values()) for bearer_id, labels in shown.items()}


def label_names_of_products(product_ids: Sequence[int]) -> dict[int, list[str]]:
    """{product: the names, in every language, of the labels it bears now}, for the search."""
    return _names(labels_of_products(product_ids, now()))


def label_names_of_cooperatives(organisation_ids: Sequence[int]) -> dict[int, list[str]]:
    """{cooperative: the names, in every language, of the labels it bears now}, for the search."""
    return _names(labels_of_cooperatives(organisation_ids, now()))


def _names(labels: Mapping[int, Sequence[ProvedLabel]]) -> dict[int, list[str]]:
    """By the key too, which people know ("AOP")."""
    return {
        bearer: [name for label in shown for name in (label.key, *label.names.values())] for bearer, shown in labels.items()
    }


def next_end(moment: datetime) -> datetime | None:
    """When the next proof ends, or something else is asked: what a page says of labels is then another thing."""
    ends = db.session.connection().execute(NEXT_END, {"now": moment}).scalar()
    return min((one for one in (ends, _next_change(moment)) if one is not None), default=None)


def _next_change(moment: datetime) -> datetime | None:
    """Kept until somebody sets something, or it comes."""

    def until(planned: datetime | None) -> float:
        return math.inf if planned is None else planned.timestamp()

    return kept_while("next change", KIND, kinds=("settings",), make=lambda: next_change(KIND, moment), until=until)


@dataclass(frozen=True)
class ProofLine:
    """A proof as its cooperative and the desk read it. `product` is its title, None for the cooperative's own."""

    id: int
    organisation_id: int
    product_id: int | None
    product: str | None
    requirement: str
    state: str
    paper_id: int | None
    ends_at: datetime | None
    sent_at: datetime
    decided_at: datetime | None
    reason: str | None
    ended: bool


_title = (
    select(ProductText.title)
    .where(ProductText.product_id == Proof.product_id, ProductText.source)
    .correlate(Proof)
    .scalar_subquery()
)
_LINE = (
    Proof.id,
    Proof.organisation_id,
    Proof.product_id,
    _title.label("product"),
    Proof.requirement,
    Proof.state,
    Proof.paper_id,
    Proof.ends_at,
    Proof.sent_at,
    Proof.decided_at,
    Proof.reason,
)


def _lines(rows: Iterable[Any], moment: datetime) -> list[ProofLine]:
    return [_line(row, moment) for row in rows]


def _line(row: Any, moment: datetime) -> ProofLine:
    values = (*row[: len(_LINE)], row.ends_at is not None and row.ends_at <= moment)
    return ProofLine(*values)


def proofs_of(organisation_id: int, moment: datetime) -> list[ProofLine]:
    """Every proof of a cooperative and its goods, newest first."""
    rows = db.session.execute(select(*_LINE).where(Proof.organisation_id == organisation_id).order_by(Proof.id.desc()))
    return _lines(rows, moment)


@dataclass(frozen=True)
class DeskLine:
    """A proof on the desk's list, with its cooperative."""

    proof: ProofLine
    cooperative: str
    territory: str


def desk_proofs(state: str, language: str, number: int) -> tuple[list[DeskLine], dict[str, int]]:
    """A page of the proofs in a state, those that wait longest first; and how many stand in each state. Two statements."""
    counts = dict(db.session.execute(select(Proof.state, func.count()).group_by(Proof.state)).all())
    order = Proof.id if state == "sent" else Proof.id.desc()
    return _desk(Proof.state == state, language, order, number), counts


def desk_proof(proof_id: int, language: str) -> tuple[DeskLine, PaperLine | None]:
    """One proof with its paper, whatever its state. Raises NotFound."""
    found = _desk(Proof.id == proof_id, language, Proof.id, 1)
    if not found:
        raise NotFound()
    paper_id = found[0].proof.paper_id
    return found[0], paper_lines([paper_id]).get(paper_id) if paper_id is not None else None


def _desk(which: ColumnElement[bool], language: str, order: Any, number: int) -> list[DeskLine]:
    words, source = aliased(OrganisationText), aliased(OrganisationText)
    rows = db.session.execute(
        select(*_LINE, func.coalesce(words.name, source.name, Organisation.slug).label("name"), Organisation.territory)
        .join(Organisation, Organisation.id == Proof.organisation_id)
        .outerjoin(words, and_(words.organisation_id == Organisation.id, words.language == language))
        .outerjoin(source, and_(source.organisation_id == Organisation.id, source.source))
        .where(which)
        .order_by(order)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    ).all()
    moment = now()
    return [DeskLine(_line(row, moment), row.name, row.territory) for row in rows]


def proofs_waiting() -> int:
    """How many documents the office has still to read."""
    return db.session.scalar(select(func.count()).where(Proof.state == "sent")) or 0


def claims_of(organisation_id: int) -> tuple[list[str], list[tuple[int, str, list[str]]]]:
    """The labels a cooperative says it has, and each of its goods with the labels it says they have: (id, title, keys)."""
    own = db.session.scalar(select(Organisation.labels).where(Organisation.id == organisation_id)) or []
    rows = db.session.execute(
        select(Product.id, ProductText.title, Product.labels)
        .join(ProductText, and_(ProductText.product_id == Product.id, ProductText.source))
        .where(Product.organisation_id == organisation_id, Product.state != "discarded")
        .order_by(ProductText.title, Product.id)
    )
    return list(own), [(row.id, row.title, list(row.labels)) for row in rows]


def broken_proofs() -> list[str]:
    """For `tiwizi check`: proofs in no sound state, decided by nobody, or without the document they rest on.

    The house itself has waived what is waived in bulk, and what was on sale before permits were asked.
    """
    sound = list(PROOF.table)
    decided = ("verified", "refused", "revoked", "waived")
    wrong = or_(
        Proof.state.not_in(sound[1:]),
        and_(Proof.state.in_(decided), Proof.decided_at.is_(None)),
        and_(Proof.state.in_(("verified", "refused", "revoked")), Proof.decided_by.is_(None)),
        and_(Proof.state.in_(("refused", "revoked", "waived")), Proof.reason.is_(None)),
        and_(Proof.state.in_(("sent", "verified")), Proof.paper_id.is_(None)),
    )
    return [f"proof {proof_id} is in no sound state" for proof_id in db.session.scalars(select(Proof.id).where(wrong))]


def proofs_to_end(moment: datetime) -> Sequence[int]:
    """Those that hold in their state and have ended by now, oldest end first."""
    return db.session.scalars(
        select(Proof.id).where(Proof.state.in_((SHOWS, "waived")), Proof.ends_at <= moment).order_by(Proof.ends_at, Proof.id)
    ).all()


def proofs_ending(moment: datetime, within: timedelta) -> Sequence[int]:
    """Those that hold and end soon, soonest first."""
    return db.session.scalars(
        select(Proof.id)
        .where(Proof.state.in_((SHOWS, "waived")), Proof.ends_at > moment, Proof.ends_at <= moment + within)
        .order_by(Proof.ends_at, Proof.id)
    ).all()
