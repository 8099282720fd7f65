"""Lots for tests, received as a cooperative receives them."""

from datetime import timedelta

from sqlalchemy import select

from app.accounts.models import Organisation, Person
from app.engines.db import db
from app.engines.place import today
from app.engines.transactions import transaction
from catalog.models import Lot
from catalog.services.lots import receive_lot
from tests.builders.accounts import actor_of


def a_lot(shop: Organisation, chair: Person, variant: int, code: str = "A", days: int = 30, number: int = 6) -> int:
    """A lot that keeps for so many days from today; its id."""
    day = today() + timedelta(days=days)
    with transaction():
        receive_lot(actor_of(chair), shop.id, variant, code, day, number, f"{code}-{number}-{days}")
    return db.session.scalars(select(Lot.id).where(Lot.variant_id == variant, Lot.code == code)).one()
