"""Jobs of payments: refunds told to the provider, payables that nobody paid."""

from sqlalchemy import select

from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Unavailable
from app.kernel.money import Money
from app.payments import queries
from app.payments.gateway.current import card_gateway, practice_application
from app.payments.models import Payment, Refund
from app.payments.practice.server import the_practice
from app.payments.services import payables, settlement


def send_refund(refund_id: int) -> None:
    """Tell the provider, with payment and refund as key: asked twice, it gives back once."""
    refund = db.session.get_one(Refund, refund_id)
    payment = db.session.get_one(Payment, refund.payment_id)
    if refund.state != "asked" or payment.payment_id is None:
        return
    gateway = card_gateway()
    if gateway is None:
        raise Unavailable("card-provider-unavailable")
    state = gateway.refund(
        payment.payment_id,
        Money(refund.amount, refund.currency),
        f"{payment.payment_id}-{refund_id}",
        "requested_by_customer",
    )
    crash_point("refund-sent")
    with transaction():
        settlement.note_refund(refund_id, state)


def close_overdue() -> None:
    """Payables past their time: ask the provider about each open visit first, so that late money is never lost."""
    gateway = card_gateway()
    for payable_id in queries.overdue_payables(now()):
        for payment in queries.open_payments(payable_id):
            if gateway is not None and payment.session_id is not None:
                state = gateway.expire_checkout(payment.session_id)
                with transaction():
                    settlement.finalise(state)
        with transaction():
            payables.close_payable(SYSTEM, payable_id)


def reconcile() -> None:
    """Visits that began and of which nothing was heard: read them again at the provider."""
    gateway = card_gateway()
    rows = (
        db.session.execute(
            select(Payment.session_id).where(Payment.state == "started", Payment.session_id.is_not(None)).limit(200)
        )
        .scalars()
        .all()
    )
    for session_id in rows if gateway is not None else ():
        state = gateway.payment_state(session_id)
        if state.status != "open":
            with transaction():
                settlement.finalise(state)


def run_practice() -> None:
    """The practice provider's own time: notices tried again, pages that expire."""
    practice = practice_application()
    if practice is not None:
        the_practice(practice).deliver()
