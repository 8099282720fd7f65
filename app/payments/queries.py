"""Reads of money: payables, payments, balances, and the invariants of the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.engines.db import db
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.payments.models import LedgerEntry, LedgerSet, Payable, Payment, Refund
from app.payments.rules import Entry


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


def paid_payment(payable_id: int) -> Payment | None:
    return db.session.scalar(select(Payment).where(Payment.payable_id == payable_id, Payment.state == "paid"))


def overdue_payables(now: datetime, limit: int = 100) -> list[int]:
    return list(
        db.session.scalars(
            select(Payable.id).where(Payable.state == "open", Payable.expires_at <= now).order_by(Payable.id).limit(limit)
        )
    )


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


def ledger_set(unique_key: str) -> tuple[Entry, ...] | None:
    """The entries of a set, or None when it was never posted."""
    rows = db.session.scalars(
        select(LedgerEntry).join(LedgerSet).where(LedgerSet.unique_key == unique_key).order_by(LedgerEntry.id)
    ).all()
    return tuple(Entry(r.account, Money(r.amount, r.currency), r.owner_id) for r in rows) or None


def booked(event: str) -> set[str]:
    """The keys of all sets of an event, for the invariants of whoever booked them."""
    return set(db.session.scalars(select(LedgerSet.unique_key).where(LedgerSet.event == event)))


def settled_references(purpose: str) -> set[int]:
    """What of a purpose has been paid."""
    return set(db.session.scalars(select(Payable.reference).where(Payable.purpose == purpose, Payable.state == "settled")))


def balance(account: str, currency: str, owner_id: int | None = None) -> Money:
    """The sum of an account, of one owner where it has owners."""
    statement = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.account == account, LedgerEntry.currency == currency
    )
    if owner_id is not None:
        statement = statement.where(LedgerEntry.owner_id == owner_id)
    return Money(int(db.session.scalar(statement) or 0), currency)


def broken_sets() -> Iterable[str]:
    """For `tiwizi check`: sets that do not sum to zero, and sets without entries."""
    rows = db.session.execute(
        select(LedgerSet.unique_key, LedgerEntry.currency, func.sum(LedgerEntry.amount))
        .outerjoin(LedgerEntry, LedgerEntry.ledger_set_id == LedgerSet.id)
        .group_by(LedgerSet.id, LedgerSet.unique_key, LedgerEntry.currency)
        .having((func.sum(LedgerEntry.amount) != 0) | (func.count(LedgerEntry.id) == 0))
    )
    yield from (f"ledger: set {key} is out by {amount} {currency}" for key, currency, amount in rows)


def unmatched_payments() -> Iterable[str]:
    """For `tiwizi check`: a paid payment has its set, a payable is settled once, a refund stays within its payment."""
    booked = select(LedgerSet.unique_key)
    rows = db.session.execute(select(Payment.id, Payment.payable_id).where(Payment.state == "paid"))
    keys = set(db.session.scalars(booked.where(LedgerSet.unique_key.like("payment:%"))))
    seen: dict[int, int] = {}
    for payment_id, payable_id in rows:
        seen[payable_id] = seen.get(payable_id, 0) + 1
        if f"payment:{payment_id}" not in keys:
            yield f"payment {payment_id} is paid but not in the ledger"
    settled = set(db.session.scalars(select(Payable.id).where(Payable.state == "settled")))
    yield from (f"payable {payable} is settled without a payment" for payable in sorted(settled - set(seen)))
    yield from (
        f"payment for payable {payable} is paid, the payable is not settled" for payable in sorted(set(seen) - settled)
    )
    over = db.session.execute(
        select(Payment.id)
        .join(Refund)
        .where(Refund.state != "failed")
        .group_by(Payment.id, Payment.amount)
        .having(func.sum(Refund.amount) > Payment.amount)
    ).scalars()
    yield from (f"payment {payment_id} is refunded beyond its amount" for payment_id in over)
