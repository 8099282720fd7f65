"""Payables, and the visits to the card provider that may settle them."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.engines.db import begins_with, db
from app.engines.slices import portions
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.payments.models import Payable, Payment, Refund

# How the key of a refund begins that gives back money which came on top.
TWICE_PAID = "twice-paid:"


@dataclass(frozen=True)
class PayableFacts:
    """A payable as a page or another module sees it."""

    id: int
    key: str
    purpose: str
    reference: int
    title: str
    amount: Money
    state: str
    language: str
    done_url: str
    expires_at: datetime


def _facts(row: Payable) -> PayableFacts:
    return PayableFacts(
        row.id,
        row.key,
        row.purpose,
        row.reference,
        row.title,
        Money(row.amount, row.currency),
        row.state,
        row.language,
        row.done_url,
        row.expires_at,
    )


def payable_by_key(key: str) -> PayableFacts:
    row = db.session.scalar(select(Payable).where(Payable.key == key))
    if row is None:
        raise NotFound()
    return _facts(row)


def payable_for(purpose: str, reference: int) -> PayableFacts | None:
    row = db.session.scalar(select(Payable).where(Payable.purpose == purpose, Payable.reference == reference))
    return _facts(row) if row else None


def payable_for_update(payable_id: int) -> Payable:
    return db.session.scalars(
        select(Payable).where(Payable.id == payable_id).with_for_update().execution_options(populate_existing=True)
    ).one()


def payment_by_session(session_id: str) -> Payment | None:
    return db.session.scalar(select(Payment).where(Payment.session_id == session_id))


def open_payments(payable_id: int) -> list[Payment]:
    """Visits to the provider's page that may still bring money, newest first."""
    return list(
        db.session.scalars(
            select(Payment).where(Payment.payable_id == payable_id, Payment.state == "started").order_by(Payment.id.desc())
        )
    )


def settling_payment(payable_id: int) -> Payment | None:
    """The payment that settled a payable; one that came on top of it goes back as a whole and is not it."""
    on_top = select(Refund.id).where(Refund.payment_id == Payment.id, begins_with(Refund.unique_key, TWICE_PAID))
    return db.session.scalar(
        select(Payment).where(Payment.payable_id == payable_id, Payment.state == "paid", ~on_top.exists())
    )


def overdue_payables(now: datetime) -> list[int]:
    return list(
        db.session.scalars(select(Payable.id).where(Payable.state == "open", Payable.expires_at <= now).order_by(Payable.id))
    )


def unheard_visits() -> list[tuple[int, str]]:
    """(payment, session) of the visits whose end is not known, latest first."""
    rows = db.session.execute(
        select(Payment.id, Payment.session_id)
        .where(Payment.state == "started", Payment.session_id.is_not(None))
        .order_by(Payment.id.desc())
    )
    return [(id_, session_id) for id_, session_id in rows if session_id]


def unheard_refunds() -> list[tuple[int, str]]:
    """(refund, the provider's id) of the refunds that the provider has and of which the end is not known."""
    rows = db.session.execute(
        select(Refund.id, Refund.provider_id)
        .where(Refund.state == "asked", Refund.provider_id.is_not(None))
        .order_by(Refund.id)
    )
    return [(id_, provider_id) for id_, provider_id in rows if provider_id]


def refunded_amount(payment_id: int) -> int:
    """What is given back or on its way back, in minor units."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Refund.amount), 0)).where(
                Refund.payment_id == payment_id, Refund.state != "failed"
            )
        )
        or 0
    )


def payables_of(purpose: str, references: Collection[int]) -> dict[int, PayableFacts]:
    """{reference: payable} of these references of a purpose, for the invariants of whoever asked for the money."""
    rows = db.session.scalars(select(Payable).where(Payable.purpose == purpose, Payable.reference.in_(references)))
    return {row.reference: _facts(row) for row in rows}


def payable_references(purpose: str) -> Iterator[dict[int, int]]:
    """{reference: the payable's id} of a purpose, in portions."""
    asked = select(Payable.id, Payable.reference).where(Payable.purpose == purpose)
    for rows in portions(asked, Payable.id):
        yield {reference: id_ for id_, reference in rows}


def refunds_of(purpose: str) -> Iterator[dict[str, int]]:
    """{key: minor units} of what a purpose has asked to be given back, in portions."""
    asked = (
        select(Refund.id, Refund.unique_key, Refund.amount)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Payable, Payable.id == Payment.payable_id)
        .where(Payable.purpose == purpose, ~begins_with(Refund.unique_key, TWICE_PAID))
    )
    for rows in portions(asked, Refund.id):
        yield {key: amount for _id, key, amount in rows}


def refunded(keys: Collection[str]) -> dict[str, int]:
    """{key: minor units} of those refunds that were asked for."""
    return dict(db.session.execute(select(Refund.unique_key, Refund.amount).where(Refund.unique_key.in_(keys))).all())
