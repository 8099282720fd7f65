"""Money that came: finalised once, by the return page or by a webhook, whichever is first; a replay changes nothing."""

from datetime import datetime

from sqlalchemy import select

from app.engines.crash_points import crash_point
from app.engines.db import db, insert_once
from app.engines.jobs import enqueue
from app.engines.journal import record
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid
from app.kernel.money import Money
from app.payments import rules
from app.payments.gateway import Event, PaymentState, RefundState
from app.payments.models import Payable, Payment, ProviderEvent, Refund
from app.payments.queries import payables
from app.payments.rules import PAYABLE, PAYMENT, REFUND
from app.payments.services.ledger import Booking, post
from app.payments.signals import payment_settled

REFUND_JOB = "payments.refund"


def note_event(event: Event, received_at: datetime) -> bool:
    """Remember a notice in the transaction of its effect; False when it was seen before, or is being seen at this moment."""
    noted = insert_once(ProviderEvent, "id", id=event.id, kind=event.kind, created_at=event.created, received_at=received_at)
    return noted is not None


def finalise(state: PaymentState) -> str | None:
    """Bring our payment to where the provider says it stands. Returns the payment's state, None for a stranger's session."""
    known = payables.payment_by_session(state.session_id)
    if known is None:
        return None
    payable = payables.payable_for_update(known.payable_id)
    payment = db.session.get_one(Payment, known.id, with_for_update=True, populate_existing=True)
    move = {"paid": "pay", "expired": "expire", "failed": "fail"}.get(state.status)
    if move is not None and PAYMENT.knows(payment.state, move):
        payment.state = PAYMENT.after(payment.state, move)
        if move == "pay":
            _money_came(payable, payment, state)
    return payment.state


def _money_came(payable: Payable, payment: Payment, state: PaymentState) -> None:
    if (state.amount, state.currency) != (payment.amount, payment.currency):
        raise Invalid("amount-differs")
    payment.payment_id, payment.paid_at = state.payment_id, now()
    amount = Money(payment.amount, payment.currency)
    post(Booking(f"payment:{payment.id}", "card-received", rules.card_received(amount)))
    record(SYSTEM, "receive-payment", "payment", payment.id, payable=payable.id, amount=amount.amount)
    db.session.flush()
    crash_point("payment-received")
    if not PAYABLE.knows(payable.state, "settle"):
        ask_refund(SYSTEM, payment.id, amount, f"{payables.TWICE_PAID}{payment.id}")
        return
    payable.state, payable.settled_at = PAYABLE.after(payable.state, "settle"), now()
    db.session.flush()
    payment_settled.send("payments", payable_id=payable.id, purpose=payable.purpose, reference=payable.reference)
    crash_point("payment-settled")


def refund_purchase(actor: Actor, purpose: str, reference: int, amount: Money, unique_key: str) -> bool:
    """Give back a part of what a payable brought; False when it was not paid by card or was asked before."""
    payable = payables.payable_for(purpose, reference)
    if payable is None or payable.state != "settled":
        return False
    payables.payable_for_update(payable.id)
    payment = payables.settling_payment(payable.id)
    if payment is None:
        raise Conflict("payment-gone")
    return ask_refund(actor, payment.id, amount, unique_key)


def ask_refund(actor: Actor, payment_id: int, amount: Money, unique_key: str) -> bool:
    """Write the refund and its ledger set, then let a job tell the provider. Never more than was paid."""
    if db.session.scalar(select(Refund.id).where(Refund.unique_key == unique_key)) is not None:
        return False
    payment = db.session.get_one(Payment, payment_id)
    if payment.state != "paid" or amount.amount > payment.amount - payables.refunded_amount(payment_id):
        raise Conflict("refund-too-large")
    row = Refund(
        payment_id=payment_id,
        unique_key=unique_key,
        amount=amount.amount,
        currency=amount.currency,
        state=REFUND.first,
        provider_id=None,
        asked_at=now(),
        done_at=None,
    )
    db.session.add(row)
    db.session.flush()
    post(Booking(f"refund:{row.id}", "card-returned", rules.card_returned(amount)))
    record(actor, "ask-refund", "refund", row.id, payment=payment_id, amount=amount.amount)
    enqueue(REFUND_JOB, unique_key=f"refund:{row.id}", refund_id=row.id)
    crash_point("refund-asked")
    return True


def note_refund(refund_id: int, state: RefundState) -> None:
    """What the provider answered."""
    row = db.session.get_one(Refund, refund_id, with_for_update=True)
    move = {"succeeded": "succeed", "failed": "fail"}.get(state.status)
    if row.provider_id is None:
        row.provider_id = state.refund_id
    if move is None or not REFUND.knows(row.state, move):
        return
    row.state = REFUND.after(row.state, move)
    row.done_at = now()
    if move == "fail":
        owed = rules.card_received(Money(row.amount, row.currency))
        post(Booking(f"refund:{row.id}:failed", "card-return-failed", owed))
    record(SYSTEM, f"refund-{row.state}", "refund", row.id)
