"""Two lots of the demonstration's argan oil: what expires first is sold first."""

from datetime import timedelta

from sqlalchemy import select

from app.engines.db import db
from app.engines.place import today
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from catalog.models import Product, Variant
from catalog.queries.lots import in_lots
from catalog.services.lots import receive_lot, set_shelf_days

OIL = "huile-argane-alimentaire-tifawin"
KEEPS = 30
LOTS = (("ARG-09", 75, 12), ("ARG-11", 240, 24))  # code, days from today, pieces


def load_lots() -> None:
    """The oil comes in lots, unless it does so already."""
    with transaction():
        found = db.session.execute(
            select(Variant.id, Variant.organisation_id, Variant.product_id)
            .join(Product, Product.id == Variant.product_id)
            .where(Product.slug == OIL)
            .order_by(Variant.position)
        ).first()
        if found is None or in_lots([found.id]):
            return
        set_shelf_days(SYSTEM, found.organisation_id, found.product_id, KEEPS)
        for code, days, number in LOTS:
            day = today() + timedelta(days=days)
            receive_lot(SYSTEM, found.organisation_id, found.id, code, day, number, f"demo-{code}")
