"""A cooperative's delivery table."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete

from app.engines.db import db
from app.engines.generations import changed
from app.engines.journal import record
from app.kernel import names
from app.kernel.actor import Actor
from app.kernel.errors import Faults, Invalid
from app.territories.loading import territory_named
from catalog.models import DeliveryZone
from catalog.rules.products import MAX_DAYS, MAX_PRICE, MAX_ZONES, PLACE_LENGTH, require_text, require_within
from catalog.rules.ways import TABLED, WAYS
from catalog.services.products import office_of


@dataclass(frozen=True)
class ZoneFacts:
    """A row of the table: fee and `free_from` in minor units, days are working days."""

    kind: str
    regions: tuple[str, ...]
    fee: int
    days_min: int
    days_max: int
    free_from: int | None = None
    place: str = ""


def write_zones(actor: Actor, organisation_id: int, zones: Sequence[ZoneFacts]) -> None:
    """The table becomes these rows; none at all means the territory's default table."""
    organisation = office_of(actor, organisation_id)
    territory = territory_named(organisation.territory)
    if len(zones) > MAX_ZONES:
        raise Invalid("catalog-too-many-zones", limit=MAX_ZONES)
    codes, faults = {region.code for region in territory.regions}, Faults()
    for number, zone in enumerate(zones, 1):
        _check(zone, codes, number, faults)
    faults.refuse()
    db.session.execute(delete(DeliveryZone).where(DeliveryZone.organisation_id == organisation_id))
    for position, zone in enumerate(zones, 1):
        db.session.add(
            DeliveryZone(
                organisation_id=organisation_id,
                position=position,
                kind=zone.kind,
                regions=WAYS[zone.kind].regions_kept(zone.regions),
                place=zone.place.strip(),
                fee=zone.fee,
                currency=territory.currency,
                free_from=zone.free_from,
                days_min=zone.days_min,
                days_max=zone.days_max,
            )
        )
    changed("cooperative", organisation_id)
    record(actor, "write-delivery-zones", "organisation", organisation_id, zones=len(zones))


def _check(zone: ZoneFacts, codes: set[str], number: int, faults: Faults) -> None:
    with faults.noted():
        _check_way(zone, codes, number)
    with faults.noted():
        require_text(names.place(zone.place, f"place_{number}"), PLACE_LENGTH, f"place_{number}")
    faults.read(require_within, zone.fee, 0, MAX_PRICE, f"fee_{number}")
    faults.read(require_within, zone.days_max, 0, MAX_DAYS, f"days_max_{number}")
    faults.read(require_within, zone.days_min, 0, min(zone.days_max, MAX_DAYS), f"days_min_{number}")
    if zone.free_from is not None:
        faults.read(require_within, zone.free_from, 1, MAX_PRICE, f"free_from_{number}")


def _check_way(zone: ZoneFacts, codes: set[str], number: int) -> None:
    way = TABLED.get(zone.kind)
    if way is None:
        raise Invalid("catalog-unknown-kind", f"kind_{number}")
    problem = way.problem(zone.regions, zone.place, codes)
    if problem is not None:
        code, field = problem
        raise Invalid(code, f"{field}_{number}")
