"""Until when a cooperative's goods may be sold: what is needed before goods of a kind, and what is proved."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, true

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.slices import portions
from app.kernel.clock import now
from app.territories.loading import territory_named
from app.territories.records import Requirement, Territory
from catalog.models import Product, Proof
from catalog.queries.product import ProductView
from catalog.queries.proofs import next_end
from catalog.queries.requirements import periods_of
from catalog.rules.permits import FOR_GOOD, NEVER, needed, permitted_until
from catalog.rules.proofs import MEETS

Held = Mapping[str, datetime]


@dataclass(frozen=True)
class Permits:
    """A cooperative's: what is asked from when on, until when it holds what, and what some of its goods hold themselves."""

    territory: Territory
    sector: str
    periods: Sequence[tuple[datetime, Sequence[Requirement]]]
    held: Held
    of_goods: Mapping[int, Held] = field(default_factory=dict)

    def until(self, category: str | None, product_id: int | None = None) -> datetime:
        """Until when goods of the kind may be sold, or one of them with what is proved of itself alone."""
        periods = [
            (begins, [one.key for one in needed(asked, self.territory, self.sector, category)])
            for begins, asked in self.periods
        ]
        return permitted_until(periods, self._held_by(product_id))

    def missing(self, category: str | None, product_id: int, moment: datetime) -> list[Requirement]:
        """What is needed now and not held, as its cooperative is told."""
        held = self._held_by(product_id)
        asked = needed(self.periods[0][1], self.territory, self.sector, category)
        return [one for one in asked if held.get(one.key, NEVER) <= moment]

    def _held_by(self, product_id: int | None) -> Held:
        own = self.of_goods.get(product_id, {}) if product_id is not None else {}
        return {key: max(self.held.get(key, NEVER), own.get(key, NEVER)) for key in {*self.held, *own}}


def permits_of(organisation_id: int, moment: datetime) -> Permits:
    """Three statements, the first of them for the cooperative's place and sector."""
    return permits_of_each(Organisation.id == organisation_id, moment)[organisation_id]


def permits_of_each(which: ColumnElement[bool], moment: datetime) -> dict[int, Permits]:
    """{cooperative: its permits} of these; two statements, and one for each territory."""
    makers = db.session.execute(select(Organisation.id, Organisation.territory, Organisation.sector).where(which)).all()
    periods = {key: periods_of(key, moment) for key in {row.territory for row in makers}}
    keys = {one.key for rows in periods.values() for _begins, asked in rows for one in asked if one.needed_for}
    held: dict[tuple[int, int | None], dict[str, datetime]] = defaultdict(dict)
    for row in db.session.execute(
        select(
            Proof.organisation_id,
            Proof.product_id,
            Proof.requirement,
            func.max(func.coalesce(Proof.ends_at, FOR_GOOD)).label("until"),
        )
        .join(Organisation, Organisation.id == Proof.organisation_id)
        .where(which, Proof.requirement.in_(sorted(keys)), Proof.state.in_(MEETS))
        .group_by(Proof.organisation_id, Proof.product_id, Proof.requirement)
    ):
        held[row.organisation_id, row.product_id][row.requirement] = row.until
    of_goods: dict[int, dict[int, Held]] = defaultdict(dict)
    for (maker, product), one in held.items():
        if product is not None:
            of_goods[maker][product] = one
    return {
        row.id: Permits(
            territory_named(row.territory),
            row.sector,
            periods[row.territory],
            held.get((row.id, None), {}),
            of_goods.get(row.id, {}),
        )
        for row in makers
    }


def till_a_permit_ends(_made: object = None) -> float:
    """Until when something kept holds that tells what is on sale, in seconds."""
    ends = next_end(now())
    return ends.timestamp() if ends is not None else math.inf


def missing_permits(view: ProductView, moment: datetime) -> list[Requirement]:
    """What a product needs before it may be sold and its cooperative has not proved; nothing is asked of one that may."""
    if view.permitted:
        return []
    return permits_of(view.organisation_id, moment).missing(view.category, view.id, moment)


def broken_permits() -> list[str]:
    """For `tiwizi check`: products that sell longer, or less long, than their permits let them."""
    permits, moment = permits_of_each(true(), now()), now()
    goods = select(Product.id, Product.organisation_id, Product.category, Product.permitted_until)
    return [
        f"product {row.id} may be sold until {wanted}, and is until {row.permitted_until}"
        for rows in portions(goods, Product.id)
        for row in rows
        if not _same(row.permitted_until, wanted := permits[row.organisation_id].until(row.category, row.id), moment)
    ]


def _same(kept: datetime, wanted: datetime, moment: datetime) -> bool:
    """Of what is past it says nothing when it ended."""
    return kept == wanted or max(kept, wanted) <= moment
