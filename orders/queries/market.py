"""What there is to buy, cooperative by cooperative, for demonstration data."""

from sqlalchemy import select

from app.accounts.models import Contact, Membership, Organisation
from app.engines.counters import well_stocked
from app.engines.db import db
from app.kernel.actor import CHAIR
from app.kernel.contacts import MAIL
from catalog.queries import STOCK, Offer, offers_of
from orders.models import Purchase

CHUNK = 500


def anything_bought() -> int:
    """The id of the last purchase, 0 when there is none."""
    return db.session.scalar(select(Purchase.id).order_by(Purchase.id.desc()).limit(1)) or 0


def stocked(at_least: int, limit: int) -> list[Offer]:
    """Offers of which there is enough, in the order of their ids."""
    ids = well_stocked(STOCK, at_least, limit)
    offers: list[Offer] = []
    for start in range(0, len(ids), CHUNK):
        offers += [offer for offer in offers_of(ids[start : start + CHUNK], "fr").values() if offer.sellable]
    return sorted(offers, key=lambda offer: offer.variant_id)


def chairs() -> dict[int, tuple[str, int]]:
    """{organisation: (slug, person)} of the verified cooperatives."""
    rows = db.session.execute(
        select(Organisation.id, Organisation.slug, Membership.person_id)
        .join(Membership, Membership.organisation_id == Organisation.id)
        .where(Membership.role == CHAIR, Organisation.state == "verified")
        .order_by(Organisation.id)
    )
    return {id_: (slug, person_id) for id_, slug, person_id in rows}


def person_of(mail: str) -> int | None:
    """The person of a mail address."""
    return db.session.scalar(select(Contact.person_id).where(Contact.kind == MAIL, Contact.value == mail))
