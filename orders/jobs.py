"""Jobs of orders: what nobody has confirmed in time is given up, what limits were counted by is forgotten, and buyers of
what is recalled are written to.
"""

from app.engines.jobs import keep_working
from app.engines.language import language
from app.engines.transactions import make_way, transaction
from app.kernel.clock import now
from catalog.queries import lot_of
from orders.queries.lots import taken_from_lot
from orders.services import confirming, recalls, trust


def lapse(purchase_id: int) -> None:
    """The day of a purchase is over."""
    with transaction():
        confirming.lapse_purchase(purchase_id)


def forget_senders() -> None:
    """The address of old purchases is nothing to keep."""
    with transaction():
        trust.forget_senders(now())


def tell_of_recall(organisation_id: int, lot_id: int) -> None:
    """Some at a time; begun anew after a stop, nobody is told twice."""
    lot = lot_of(organisation_id, lot_id, language(), now())
    for portion in taken_from_lot(organisation_id, lot_id, lot.variant_id):
        with transaction():
            for taken in portion:
                recalls.tell_of_recall(lot, taken)
        keep_working()
        make_way()
