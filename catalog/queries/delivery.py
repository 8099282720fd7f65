"""How a cooperative's goods reach a region: its own table, else the territory's default one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.accounts.models import Organisation
from app.engines.db import db, execute
from app.kernel.money import Money
from app.territories.loading import territory_named
from app.territories.records import UnknownCode
from catalog.models import DeliveryZone
from catalog.rules.ways import DELIVERY, WAYS, Way

_ZONE = (
    DeliveryZone.kind,
    DeliveryZone.regions,
    DeliveryZone.fee,
    DeliveryZone.currency,
    DeliveryZone.free_from,
    DeliveryZone.days_min,
    DeliveryZone.days_max,
    DeliveryZone.place,
)
ZONES = (
    select(*_ZONE)
    .where(DeliveryZone.organisation_id == bindparam("organisation"))
    .order_by(DeliveryZone.position, DeliveryZone.id)
)
ZONES_OF = (
    select(Organisation.id.label("organisation"), Organisation.territory, DeliveryZone.id, *_ZONE)
    .outerjoin(DeliveryZone, DeliveryZone.organisation_id == Organisation.id)
    .where(Organisation.id.in_(bindparam("ids", expanding=True)))
    .order_by(Organisation.id, DeliveryZone.position, DeliveryZone.id)
)


@dataclass(frozen=True)
class DeliveryChoice:
    """A way to receive the goods: `kind` is one of WAYS, days are working days, `free_from` is in minor units.

    `zone_id` is None for the territory's default table; `place` says where to collect.
    """

    zone_id: int | None
    kind: str
    fee: Money
    free_from: int | None
    days_min: int
    days_max: int
    place: str = ""

    @property
    def way(self) -> Way:
        return WAYS[self.kind]

    def fee_for(self, goods: Money) -> Money:
        """The fee when goods of this worth are ordered."""
        free = self.free_from is not None and goods.amount >= self.free_from
        return Money(0, self.fee.currency) if free else self.fee


def delivery_choices(organisation_ids: Sequence[int], region: str) -> dict[int, list[DeliveryChoice]]:
    """The ways to a region by organisation; an empty list where the cooperative does not deliver there."""
    choices: dict[int, list[DeliveryChoice]] = {organisation_id: [] for organisation_id in organisation_ids}
    for row in execute(ZONES_OF, {"ids": list(organisation_ids)}):
        choices[row.organisation] += _default(row.territory, region) if row.id is None else _own(row, region)
    return choices


def _own(zone: Row[Any], region: str) -> list[DeliveryChoice]:
    if not WAYS[zone.kind].serves(zone.regions, region):
        return []
    fee = Money(zone.fee, zone.currency)
    return [DeliveryChoice(zone.id, zone.kind, fee, zone.free_from, zone.days_min, zone.days_max, zone.place)]


def _default(territory_key: str, region: str) -> list[DeliveryChoice]:
    territory = territory_named(territory_key)
    try:
        zone = territory.zone_for(region)
    except UnknownCode:
        return []
    return [DeliveryChoice(None, DELIVERY.name, Money(zone.price, territory.currency), None, zone.days_from, zone.days_to)]


def zones_of(organisation_id: int) -> list[DeliveryZone]:
    """The cooperative's own table, in its order."""
    return list(
        db.session.scalars(
            select(DeliveryZone)
            .where(DeliveryZone.organisation_id == organisation_id)
            .order_by(DeliveryZone.position, DeliveryZone.id)
        )
    )


def unknown_ways() -> list[str]:
    """For `tiwizi check`: rows of a delivery table whose way nobody knows."""
    rows = db.session.execute(
        select(DeliveryZone.id, DeliveryZone.kind).where(DeliveryZone.kind.not_in(WAYS)).order_by(DeliveryZone.id)
    )
    return [f"delivery zone {id_} is of the way {kind}, which nobody knows" for id_, kind in rows]


@dataclass(frozen=True)
class Promise:
    """A row of the delivery table as the product page shows it; an empty `regions` means everywhere."""

    kind: str
    regions: tuple[str, ...]
    fee: Money
    free_from: int | None
    days_min: int
    days_max: int
    place: str


def promises(organisation_id: int, territory_key: str) -> list[Promise]:
    """The whole delivery table of a cooperative, its own or the territory's. One statement."""
    own = execute(ZONES, {"organisation": organisation_id}).all()
    if own:
        return [
            Promise(
                zone.kind,
                tuple(zone.regions),
                Money(zone.fee, zone.currency),
                zone.free_from,
                zone.days_min,
                zone.days_max,
                zone.place,
            )
            for zone in own
        ]
    territory = territory_named(territory_key)
    return [
        Promise(DELIVERY.name, zone.regions, Money(zone.price, territory.currency), None, zone.days_from, zone.days_to, "")
        for zone in territory.delivery_zones
    ]
