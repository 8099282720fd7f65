"""How a cooperative's goods reach a region: its own table, else the territory's default one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.accounts.models import Organisation
from app.engines.db import db, execute
from app.engines.language import comma, language
from app.kernel.money import Money
from app.territories.loading import name_in, territory_named
from app.territories.records import UnknownCode
from catalog.models import DeliveryZone, Product
from catalog.rules.carriages import CARRIAGES, ON_THE_SPOT, PARCEL, Carriage
from catalog.rules.ways import DELIVERY, PICKUP, TABLED, VISIT, WAYS, Way

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
    select(
        Organisation.id.label("organisation"),
        Organisation.territory,
        Organisation.region,
        Organisation.address,
        Organisation.commune,
        DeliveryZone.id,
        *_ZONE,
    )
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


def delivery_choices(carriages: Mapping[int, str], region: str) -> dict[int, list[DeliveryChoice]]:
    """The ways to a region by organisation, for what its goods need (rules.carriages): {organisation: carriage}.

    An empty list where the cooperative does not deliver there. What is no parcel can be had where the cooperative is, unless
    its table says how else.
    """
    choices: dict[int, list[DeliveryChoice]] = {organisation_id: [] for organisation_id in carriages}
    homes: dict[int, DeliveryChoice] = {}
    for row in execute(ZONES_OF, {"ids": list(carriages)}):
        carriage = CARRIAGES[carriages[row.organisation]]
        if row.id is not None:
            choices[row.organisation] += _own(row, region) if row.kind in carriage.ways else []
        elif carriage is PARCEL:
            choices[row.organisation] += _default(row.territory, region)
        if carriage is not PARCEL:
            homes[row.organisation] = _at_home(row, carriage)
    return {id_: some or ([homes[id_]] if id_ in homes else []) for id_, some in choices.items()}


def _at_home(row: Row[Any], carriage: Carriage) -> DeliveryChoice:
    """Where the cooperative is, for nothing, as soon as it sends parcels within its own region."""
    territory = territory_named(row.territory)
    zone = territory.zone_for(row.region)
    region = name_in(territory.region(row.region).names, language())
    commune = "" if (row.commune or "") in (row.address or "") else row.commune  # many write it in their address as well
    place = comma().join(filter(None, (row.address, commune, region)))
    kind = VISIT.name if carriage is ON_THE_SPOT else PICKUP.name
    return DeliveryChoice(None, kind, Money(0, territory.currency), None, zone.days_from, zone.days_to, place)


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
    """For `tiwizi check`: rows of a delivery table whose way nobody knows, and products that travel in none."""
    rows = db.session.execute(
        select(DeliveryZone.id, DeliveryZone.kind).where(DeliveryZone.kind.not_in(TABLED)).order_by(DeliveryZone.id)
    )
    zones = [f"delivery zone {id_} is of the way {kind}, which nobody knows" for id_, kind in rows]
    lost = select(Product.slug, Product.carriage).where(Product.carriage.not_in(CARRIAGES)).order_by(Product.id)
    return zones + [
        f"product {slug} reaches buyers as {name}, which nobody knows" for slug, name in db.session.execute(lost)
    ]


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


def promises(organisation_id: int, territory_key: str, carriage: Carriage | None = None) -> list[Promise]:
    """A cooperative's delivery table, or the rows by which such goods travel; without one the territory's. One statement."""
    table = execute(ZONES, {"organisation": organisation_id}).all()
    own = [zone for zone in table if carriage is None or zone.kind in carriage.ways]
    if table or carriage not in (None, PARCEL):
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
