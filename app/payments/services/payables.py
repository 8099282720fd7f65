"""Asking for money: payables, and the visits to the provider's page that may bring it."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.jobs import enqueue
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from app.kernel.money import Money
from app.payments.models import Payable, Payment
from app.payments.queries import payables
from app.payments.rules import PAYABLE, PAYMENT
from app.payments.signals import payment_abandoned

# The provider keeps a page open for half an hour at the least; the payable outlives it by this much.
PAGE_LIFE = timedelta(minutes=31)
END_VISITS_JOB = "payments.end-visits"


@dataclass(frozen=True)
class Visit:
    """A visit to the provider's page: its address if it stands open, else what the door asks the provider for, outside
    the transaction.
    """

    payment_id: int
    reference: str
    amount: Money
    title: str
    expires_at: datetime
    idempotency_key: str
    url: str | None = None


def ask_for_payment(
    actor: Actor, purpose: str, reference: int, amount: Money, title: str, done_url: str, expires_at: datetime
) -> payables.PayableFacts:
    """Make the payable of a purchase (or whatever else is paid); asking twice gives the first one."""
    known = payables.payable_for(purpose, reference)
    if known is not None:
        return known
    row = Payable(
        key=secrets.token_urlsafe(24),
        purpose=purpose,
        reference=reference,
        title=title,
        amount=amount.amount,
        currency=amount.currency,
        payer_id=actor.person_id,
        language=actor.language,
        done_url=done_url,
        state=PAYABLE.first,
        created_at=now(),
        expires_at=expires_at,
        settled_at=None,
    )
    db.session.add(row)
    db.session.flush()
    record(actor, "ask-payment", "payable", row.id, amount=amount.amount, currency=amount.currency)
    found = payables.payable_for(purpose, reference)
    if found is None:
        raise Conflict("payable-gone")
    return found


def begin_visit(actor: Actor, payable_id: int) -> Visit:
    """The open visit of a payable if its page still stands, else a new one to be opened at the provider."""
    payable = payables.payable_for_update(payable_id)
    if payable.state != "open" or payable.expires_at <= now():
        raise Conflict("payable-not-open")
    for payment in payables.open_payments(payable_id):
        if payment.url and payment.expires_at > now() + timedelta(minutes=2):
            return _visit(payable, payment)
    expires_at = now() + PAGE_LIFE
    payment = Payment(
        payable_id=payable_id,
        provider="stripe",
        session_id=None,
        url=None,
        payment_id=None,
        amount=payable.amount,
        currency=payable.currency,
        state=PAYMENT.first,
        created_at=now(),
        expires_at=expires_at,
        paid_at=None,
    )
    db.session.add(payment)
    db.session.flush()
    record(actor, "begin-payment", "payment", payment.id, payable=payable_id)
    return _visit(payable, payment)


def _visit(payable: Payable, payment: Payment) -> Visit:
    return Visit(
        payment.id,
        f"payable-{payable.id}",
        Money(payable.amount, payable.currency),
        payable.title,
        payment.expires_at,
        f"{payable.key}-{payment.id}",
        payment.url,
    )


def note_page(payment_id: int, session_id: str, url: str) -> bool:
    """The provider has opened its page for the visit. False when the payable was closed meanwhile: the page ends too."""
    payable = payables.payable_for_update(db.session.get_one(Payment, payment_id).payable_id)
    payment = db.session.get_one(Payment, payment_id, with_for_update=True, populate_existing=True)
    if payment.session_id is None:
        payment.session_id, payment.url = session_id, url
    crash_point("payment-page-noted")
    if payable.state == "closed":
        _end_visits_later(payable.id)
    return payable.state != "closed"


def _end_visits_later(payable_id: int) -> None:
    """The provider's pages of a closed payable are ended by a job: nobody should pay there any more."""
    open_pages = [visit.id for visit in payables.open_payments(payable_id) if visit.session_id is not None]
    if open_pages:
        enqueue(END_VISITS_JOB, unique_key=f"end-visits:{open_pages[0]}", payable_id=payable_id)


def close_payable(actor: Actor, payable_id: int) -> bool:
    """Nobody will pay this any more; the asker hears payment_abandoned. False when it was settled or closed before."""
    payable = payables.payable_for_update(payable_id)
    if not PAYABLE.knows(payable.state, "close"):
        return False
    payable.state = PAYABLE.after(payable.state, "close")
    record(actor, "close-payable", "payable", payable_id)
    db.session.flush()
    _end_visits_later(payable_id)
    payment_abandoned.send("payments", payable_id=payable_id, purpose=payable.purpose, reference=payable.reference)
    return True
