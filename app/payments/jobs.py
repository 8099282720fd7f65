"""Jobs of payments: refunds told to the provider, payables that nobody paid.

A loop over many goes on when the provider or a rule refuses one of them: its row stays as it is, named in the log, and
is asked about again. A provider that does not answer at all ends the loop; the job is tried again.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Refusal, Unavailable
from app.kernel.money import Money
from app.payments.gateway import CardGateway, ProviderUnavailable
from app.payments.gateway.current import card_gateway
from app.payments.models import Payment, Refund
from app.payments.queries.payables import open_payments, overdue_payables, unheard_refunds, unheard_visits
from app.payments.services import alarms, payables, settlement

log = logging.getLogger("tiwizi.payments")


@contextmanager
def _alone(kind: str, row_id: int) -> Iterator[None]:
    """What is refused about this row is no trouble of the next one."""
    try:
        yield
    except ProviderUnavailable:
        raise
    except Refusal as refusal:
        log.error("payment refused", extra={"row": f"{kind}:{row_id}", "code": refusal.code, "facts": dict(refusal.facts)})


@contextmanager
def _asking(gateway: CardGateway | None) -> Iterator[None]:
    """Whatever comes of it, what the provider said of our key is known afterwards."""
    try:
        yield
    finally:
        db.session.rollback()
        if gateway is not None:
            with transaction():
                alarms.note_key(SYSTEM, gateway.line.key_refused)


def send_refund(refund_id: int) -> None:
    """Tell the provider, with payment and refund as key: asked twice, it gives back once."""
    refund = db.session.get_one(Refund, refund_id)
    payment = db.session.get_one(Payment, refund.payment_id)
    if refund.state != "asked" or payment.payment_id is None:
        return
    gateway = card_gateway()
    if gateway is None:
        raise Unavailable("card-provider-unavailable")
    with _asking(gateway):
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
    """Payables past their time: ask the provider about each open visit first, so that late money is never lost.

    Those without a visit come first: for them no provider has to answer.
    """
    gateway = card_gateway()
    with _asking(gateway):
        for payable_id in sorted(overdue_payables(now()), key=lambda payable_id: bool(open_payments(payable_id))):
            _end_visits(gateway, payable_id)
            with transaction():
                payables.close_payable(SYSTEM, payable_id)


def end_visits(payable_id: int) -> None:
    """A payable was closed while its card page stood open: the page ends too, or its money is counted."""
    gateway = card_gateway()
    with _asking(gateway):
        _end_visits(gateway, payable_id)


def _end_visits(gateway: CardGateway | None, payable_id: int) -> None:
    for payment in open_payments(payable_id):
        if gateway is not None and payment.session_id is not None:
            with _alone("payment", payment.id):
                state = gateway.expire_checkout(payment.session_id)
                with transaction():
                    settlement.finalise(state)


def reconcile() -> None:
    """Visits that began and refunds that were sent, and of which nothing was heard: read them again at the provider."""
    gateway = card_gateway()
    if gateway is None:
        return
    with _asking(gateway):
        for payment_id, session_id in unheard_visits():
            with _alone("payment", payment_id):
                state = gateway.payment_state(session_id)
                if state.status != "open":
                    with transaction():
                        settlement.finalise(state)
        for refund_id, provider_id in unheard_refunds():
            with _alone("refund", refund_id):
                answer = gateway.refund_state(provider_id)
                if answer.status != "pending":
                    with transaction():
                        settlement.note_refund(refund_id, answer)
