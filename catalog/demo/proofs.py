"""The demo's proofs: some labels are proved, one waits, one was refused, one ends soon, and the others are only said.

One cooperative's sanitary approval has ended: its honey is not for sale, its bowls are. Another one's is being read, and it
sells its walnuts meanwhile because the office does not ask for it yet.
"""

from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select

from app.accounts.models import Organisation
from app.accounts.queries import operator_ids, people_with_role
from app.engines.db import db
from app.engines.files.papers import store_paper
from app.engines.transactions import transaction
from app.kernel.actor import CHAIR, SYSTEM, Actor
from app.kernel.clock import now
from app.territories.loading import territory_named
from catalog.models import Product, Proof
from catalog.services.proofs import ProofFacts, end_proof, refuse_proof, send_proof, verify_proof, waive

SPECIMEN = Path(__file__).with_name("specimen.webp")
YEAR, MONTHS, SOON = timedelta(days=400), timedelta(days=60), timedelta(days=6)
SANITARY = "onssa"
# What is proved besides the sanitary approval: (cooperative, product, label); without a product it is the cooperative's own.
PROVED = (
    ("tifawin", None, "igp"),
    ("tifawin", "argan-oil", "igp"),
    ("tifawin", "argan-oil", "ab"),
    ("ourgh-siroua", "saffron", "aop"),
    ("tin-wa-nar", None, "label-artisanat"),
    ("tin-wa-nar", "pottery", "label-artisanat"),
    ("talassemtane", "cheese", "igp"),
    ("zaytoun-ouergha", "olive-oil", "terroir-du-maroc"),
)
WAITS = (("tifawin", None, "ab"), ("assif-bougmez", None, SANITARY), ("khayt-azemmour", None, "label-artisanat"))
REFUSED = (("nakhil-zenaga", "dates", "igp", "La photo est floue : le numéro du certificat est illisible."),)
ENDS_SOON = "aknari-baamrane"  # its sanitary approval
ENDED = "igrane-ihahan"
MEANWHILE = "Votre document est chez nous ; vous vendez en attendant que nous l’ayons lu."


def load_proofs() -> None:
    """Documents of the demo's cooperatives, read by its office; nothing where some are there already."""
    rows = db.session.execute(select(Organisation.slug, Organisation.id, Organisation.territory, Organisation.labels)).all()
    places = {row.slug: row for row in rows}
    offices = operator_ids()
    if not offices or "tifawin" not in places or db.session.scalar(select(Proof.id).limit(1)) is not None:
        return
    office = Actor("person", offices[0], operator=True)
    stored = store_paper(SPECIMEN.read_bytes())
    today = territory_named(places["tifawin"].territory).day_of(now())
    waiting = {(slug, label) for slug, product, label in WAITS if product is None}
    with transaction():
        for slug, place in places.items():
            if SANITARY in place.labels and (slug, SANITARY) not in waiting and people_with_role(place.id, (CHAIR,)):
                ends = today + (SOON if slug == ENDS_SOON else YEAR)
                if slug == ENDED:
                    _end(office, place.id, stored, today)
                else:
                    verify_proof(office, _send(place.id, None, SANITARY, ends, stored), ends, now())
        for slug, category, label in PROVED:
            ends = today + YEAR
            verify_proof(office, _send(places[slug].id, category, label, ends, stored), ends, now())
        for slug, category, label in WAITS:
            _send(places[slug].id, category, label, today + YEAR, stored)
            if label == SANITARY:
                waive(office, places[slug].id, ProofFacts(label), today + MONTHS, MEANWHILE, now())
        for slug, category, label, reason in REFUSED:
            refuse_proof(office, _send(places[slug].id, category, label, None, stored), reason, now())


def _end(office: Actor, organisation_id: int, stored: tuple[str, bytes], today: date) -> None:
    """An approval that was read a year ago and ended the day before yesterday."""
    then, last = now() - YEAR, today - timedelta(days=2)
    proof_id = _send(organisation_id, None, SANITARY, last, stored, then)
    verify_proof(office, proof_id, last, then)
    end_proof(SYSTEM, proof_id, now())


def _send(
    organisation_id: int,
    category: str | None,
    label: str,
    ends: date | None,
    stored: tuple[str, bytes],
    moment: datetime | None = None,
) -> int:
    """By the chair; of the first product of this kind, or of the cooperative itself."""
    chair = people_with_role(organisation_id, (CHAIR,))[0]
    actor = Actor("person", chair, roles={organisation_id: frozenset({CHAIR})})
    product_id = None
    if category is not None:
        of_kind = select(Product.id).where(Product.organisation_id == organisation_id, Product.category == category)
        product_id = db.session.scalars(of_kind.order_by(Product.id)).first()
    number = f"{label.upper()}-2026-{organisation_id:03}"
    return send_proof(actor, organisation_id, ProofFacts(label, product_id), number, ends, stored, moment or now())
