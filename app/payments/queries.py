"""Reads of money: payables, payments, balances, and the invariants of the ledger."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.engines.db import db
from app.kernel.errors import NotFound
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet, Payable, Payment, Refund
from app.payments.rules import Entry

# How the key of a refund begins that gives back money which came on top.
TWICE_PAID = "twice-paid:"

# The entries of a set as its rows say: (account, owner or 0, amount, currency), sorted.
Booked = tuple[tuple[str, int, int, str], ...]


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
    on_top = select(Refund.id).where(Refund.payment_id == Payment.id, Refund.unique_key.startswith(TWICE_PAID))
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


def ledger_set(unique_key: str) -> tuple[Entry, ...] | None:
    """The entries of a set, or None when it was never posted."""
    rows = db.session.scalars(
        select(LedgerEntry).join(LedgerSet).where(LedgerSet.unique_key == unique_key).order_by(LedgerEntry.id)
    ).all()
    return tuple(Entry(r.account, Money(r.amount, r.currency), r.owner_id) for r in rows) or None


def booked(event: str) -> dict[str, Booked]:
    """All sets of an event by key, as their rows say, for the invariants of whoever booked them."""
    rows = db.session.execute(
        select(LedgerSet.unique_key, LedgerEntry.account, LedgerEntry.owner_id, LedgerEntry.amount, LedgerEntry.currency)
        .outerjoin(LedgerEntry, LedgerEntry.ledger_set_id == LedgerSet.id)
        .where(LedgerSet.event == event)
    )
    found: dict[str, list[tuple[str, int, int, str]]] = {}
    for key, account, owner_id, amount, currency in rows:
        found.setdefault(key, []).append((account or "", owner_id or 0, amount or 0, currency or ""))
    return {key: tuple(sorted(entries)) for key, entries in found.items()}


def sale_as_booked(total: Money, commission: Money, seller_id: int) -> dict[str, Booked]:
    """{event: what `booked` shows of it} of a sale, its reversal, and its cash."""
    sold = rules.sale(total, commission, seller_id)
    return {
        "sale": _as_booked(sold),
        "sale-reversed": _as_booked(rules.reversal(sold)),
        "cash-collected": _as_booked(rules.cash_received(total, seller_id)),
    }


def _as_booked(entries: Sequence[Entry]) -> Booked:
    return tuple(sorted((e.account, e.owner_id or 0, e.amount.amount, e.amount.currency) for e in entries))


def payables_of(purpose: str) -> dict[int, PayableFacts]:
    """{reference: payable} of a purpose, for the invariants of whoever asked for the money."""
    return {row.reference: _facts(row) for row in db.session.scalars(select(Payable).where(Payable.purpose == purpose))}


def refunds_of(purpose: str) -> dict[str, int]:
    """{key: minor units} of what a purpose has asked to be given back."""
    rows = db.session.execute(
        select(Refund.unique_key, Refund.amount)
        .join(Payment, Payment.id == Refund.payment_id)
        .join(Payable, Payable.id == Payment.payable_id)
        .where(Payable.purpose == purpose, ~Refund.unique_key.startswith(TWICE_PAID))
    )
    return dict(rows.all())


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
    due: dict[str, Sequence[Entry]] = {}
    paid: dict[int, list[int]] = {}
    rows = db.session.execute(
        select(Payment.id, Payment.state, Payment.amount, Payment.currency, Payable.id, Payable.amount, Payable.currency)
        .join(Payable, Payable.id == Payment.payable_id)
        .order_by(Payment.id)
    )
    for payment_id, state, amount, currency, payable_id, owed, owed_in in rows:
        if (amount, currency) != (owed, owed_in):
            yield f"payment {payment_id} is of {amount} {currency}, its payable of {owed} {owed_in}"
        if state == "paid":
            paid.setdefault(payable_id, []).append(payment_id)
            due[f"payment:{payment_id}"] = rules.card_received(Money(amount, currency))
    yield from _misbooked("card-received", due)
    settled = set(db.session.scalars(select(Payable.id).where(Payable.state == "settled")))
    yield from (f"payable {payable} is settled without a payment" for payable in sorted(settled - set(paid)))
    yield from (
        f"payment for payable {payable} is paid, the payable is not settled" for payable in sorted(set(paid) - settled)
    )
    going_back = set(db.session.scalars(select(Refund.payment_id).where(Refund.unique_key.startswith(TWICE_PAID))))
    yield from (
        f"payable {payable} is paid {len(payments)} times, not all but one went back"
        for payable, payments in paid.items()
        if len([one for one in payments if one not in going_back]) > 1
    )


def unmatched_refunds() -> Iterable[str]:
    """For `tiwizi check`: a refund is booked, and booked back when the bank refused it; never more than was paid."""
    sent: dict[str, Sequence[Entry]] = {}
    returned: dict[str, Sequence[Entry]] = {}
    given_back: dict[int, int] = {}
    rows = db.session.execute(
        select(Refund.id, Refund.state, Refund.amount, Refund.currency, Payment.id, Payment.amount)
        .join(Payment, Payment.id == Refund.payment_id)
        .order_by(Refund.id)
    )
    for refund_id, state, amount, currency, payment_id, whole in rows:
        sent[f"refund:{refund_id}"] = rules.card_returned(Money(amount, currency))
        if state == "failed":
            returned[f"refund:{refund_id}:failed"] = rules.card_received(Money(amount, currency))
            yield f"refund {refund_id} failed: {amount} {currency} are still owed to the buyer"
            continue
        given_back[payment_id] = given_back.get(payment_id, 0) + amount
        if given_back[payment_id] > whole:
            yield f"payment {payment_id} is refunded beyond its amount"
    yield from _misbooked("card-returned", sent)
    yield from _misbooked("card-return-failed", returned)


def _misbooked(event: str, due: Mapping[str, Sequence[Entry]]) -> Iterable[str]:
    """What of an event is not in the ledger, stands there otherwise than it happened, or stands there without a cause."""
    found = booked(event)
    for key in sorted(found.keys() | due.keys()):
        if key not in found:
            yield f"ledger: {key} is not booked"
        elif key not in due:
            yield f"ledger: {key} is booked and never happened"
        elif found[key] != _as_booked(due[key]):
            yield f"ledger: {key} is booked otherwise than it happened"
