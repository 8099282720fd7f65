"""The invariants of money, for `tiwizi check`."""

import re
from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Select, case, func, select

from app.engines.db import begins_with, db
from app.engines.slices import portions
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet, Payable, Payment, Refund
from app.payments.queries.ledger import _as_booked, booked, booked_keys
from app.payments.queries.payables import TWICE_PAID
from app.payments.rules import Entry


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
    asked = select(Payment.id, Payment.state, Payment.amount, Payment.currency, Payable.amount, Payable.currency).join(
        Payable, Payable.id == Payment.payable_id
    )
    for rows in portions(asked, Payment.id):
        due: dict[str, Sequence[Entry]] = {}
        for payment_id, state, amount, currency, owed, owed_in in rows:
            if (amount, currency) != (owed, owed_in):
                yield f"payment {payment_id} is of {amount} {currency}, its payable of {owed} {owed_in}"
            if state == "paid":
                due[f"payment:{payment_id}"] = rules.card_received(Money(amount, currency))
        yield from _misbooked("card-received", due)
    yield from _never_happened("card-received", "payment:", "", PAID)
    paid = select(Payment.id).where(Payment.payable_id == Payable.id, Payment.state == "paid").exists()
    unpaid = select(Payable.id).where(Payable.state == "settled", ~paid).order_by(Payable.id)
    yield from (f"payable {payable} is settled without a payment" for payable in db.session.scalars(unpaid))
    open_ = select(Payable.id).where(Payable.state != "settled", paid).order_by(Payable.id)
    yield from (
        f"payment for payable {payable} is paid, the payable is not settled" for payable in db.session.scalars(open_)
    )
    going_back = (
        select(Refund.id).where(Refund.payment_id == Payment.id, begins_with(Refund.unique_key, TWICE_PAID)).exists()
    )
    twice = (
        select(Payment.payable_id, func.count())
        .where(Payment.state == "paid")
        .group_by(Payment.payable_id)
        .having(func.sum(case((going_back, 0), else_=1)) > 1)
        .order_by(Payment.payable_id)
    )
    yield from (
        f"payable {payable} is paid {payments} times, not all but one went back"
        for payable, payments in db.session.execute(twice)
    )


def unmatched_refunds() -> Iterable[str]:
    """For `tiwizi check`: a refund is booked, and booked back when the bank refused it; never more than was paid."""
    beyond = (
        select(Refund.payment_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.state != "failed")
        .group_by(Refund.payment_id, Payment.amount)
        .having(func.sum(Refund.amount) > Payment.amount)
        .order_by(Refund.payment_id)
    )
    yield from (f"payment {payment} is refunded beyond its amount" for payment in db.session.scalars(beyond))
    for rows in portions(select(Refund.id, Refund.state, Refund.amount, Refund.currency), Refund.id):
        sent: dict[str, Sequence[Entry]] = {}
        returned: dict[str, Sequence[Entry]] = {}
        for refund_id, state, amount, currency in rows:
            sent[f"refund:{refund_id}"] = rules.card_returned(Money(amount, currency))
            if state == "failed":
                returned[f"refund:{refund_id}:failed"] = rules.card_received(Money(amount, currency))
        yield from _misbooked("card-returned", sent)
        yield from _misbooked("card-return-failed", returned)
    yield from _never_happened("card-returned", "refund:", "", ASKED_BACK)
    yield from _never_happened("card-return-failed", "refund:", ":failed", CAME_BACK)


def refused_refunds() -> Iterable[str]:
    """What the bank refused to give back: somebody has to pay it another way."""
    rows = db.session.execute(
        select(Refund.id, Refund.amount, Refund.currency).where(Refund.state == "failed").order_by(Refund.id)
    )
    yield from (f"refund {id_} failed: {amount} {currency} are still owed to the buyer" for id_, amount, currency in rows)


def _misbooked(event: str, due: Mapping[str, Sequence[Entry]]) -> Iterable[str]:
    """What of an event is not in the ledger, or stands there otherwise than it happened."""
    standing = booked(event, list(due))
    for key, entries in due.items():
        if key not in standing:
            yield f"ledger: {key} is not booked"
        elif standing[key] != _as_booked(entries):
            yield f"ledger: {key} is booked otherwise than it happened"


# What an event of the ledger comes from.
PAID = select(Payment.id).where(Payment.state == "paid")
ASKED_BACK = select(Refund.id)
CAME_BACK = select(Refund.id).where(Refund.state == "failed")


def _never_happened(event: str, start: str, end: str, causes: Select[int]) -> Iterable[str]:
    """The sets of an event, their keys START, a number, END, that have no cause of this number."""
    column = causes.selected_columns[0]
    for keys in booked_keys(event):
        named = {key: int(found[1]) if (found := re.fullmatch(rf"{start}(\d{{1,18}}){end}", key)) else 0 for key in keys}
        known = set(db.session.scalars(causes.where(column.in_(set(named.values())))))
        yield from (f"ledger: {key} is booked and never happened" for key, id_ in named.items() if id_ not in known)
