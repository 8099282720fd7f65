"""The invariants of money, for `tiwizi check`."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import func, select

from app.engines.db import begins_with, db
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet, Payable, Payment, Refund
from app.payments.queries.ledger import _as_booked, booked
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
    going_back = set(db.session.scalars(select(Refund.payment_id).where(begins_with(Refund.unique_key, TWICE_PAID))))
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
            continue
        given_back[payment_id] = given_back.get(payment_id, 0) + amount
        if given_back[payment_id] > whole:
            yield f"payment {payment_id} is refunded beyond its amount"
    yield from _misbooked("card-returned", sent)
    yield from _misbooked("card-return-failed", returned)


def refused_refunds() -> Iterable[str]:
    """What the bank refused to give back: somebody has to pay it another way."""
    rows = db.session.execute(
        select(Refund.id, Refund.amount, Refund.currency).where(Refund.state == "failed").order_by(Refund.id)
    )
    yield from (f"refund {id_} failed: {amount} {currency} are still owed to the buyer" for id_, amount, currency in rows)


def _misbooked(event: str, due: Mapping[str, Sequence[Entry]]) -> Iterable[str]:
    """What of an event is not in the ledger, stands there otherwise than it happened, or stands there without a cause."""
    standing = booked(event)
    for key in sorted(standing.keys() | due.keys()):
        if key not in standing:
            yield f"ledger: {key} is not booked"
        elif key not in due:
            yield f"ledger: {key} is booked and never happened"
        elif standing[key] != _as_booked(due[key]):
            yield f"ledger: {key} is booked otherwise than it happened"
