"""Jobs of orders: what nobody has confirmed in time is given up, and what limits were counted by is forgotten."""

from app.engines.transactions import transaction
from app.kernel.clock import now
from orders.services import confirming, trust


def lapse(purchase_id: int) -> None:
    """The day of a purchase is over."""
    with transaction():
        confirming.lapse_purchase(purchase_id)


def forget_senders() -> None:
    """The address of old purchases is nothing to keep."""
    with transaction():
        trust.forget_senders(now())
