"""The one road into the ledger: balanced sets with unique keys, posted once, corrected by reversal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from app.engines.db import execute
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet
from app.payments.queries import ledger
from app.payments.rules import Entry

# Keys asked about in one statement.
AT_ONCE = 500
STANDING = select(LedgerSet.unique_key).where(LedgerSet.unique_key.in_(bindparam("keys", expanding=True)))
SETS = insert(LedgerSet).returning(LedgerSet.unique_key, LedgerSet.id)
ENTRIES = insert(LedgerEntry)


@dataclass(frozen=True)
class Booking:
    """A set to be posted: its unique key, what happened, its entries, and when (only history says another time than now)."""

    key: str
    event: str
    entries: Sequence[Entry]
    at: datetime | None = None


def sale_booking(key: str, total: Money, commission: Money, seller_id: int, at: datetime | None = None) -> Booking:
    """A cooperative's order stands: the buyer owes, the cooperative is owed, the commission is ours."""
    return Booking(f"{key}:sale", "sale", rules.sale(total, commission, seller_id), at)


def cash_booking(key: str, amount: Money, seller_id: int, at: datetime | None = None) -> Booking:
    """The cooperative has taken cash from the buyer."""
    return Booking(f"{key}:cash", "cash-collected", rules.cash_received(amount, seller_id), at)


def reversal_booking(booking: Booking, at: datetime | None = None) -> Booking:
    """The opposite of a set, under `<key>:reversed`."""
    return Booking(f"{booking.key}:reversed", f"{booking.event}-reversed", rules.reversal(booking.entries), at)


def post(*bookings: Booking) -> int:
    """Post the sets whose keys do not stand already (the first of a key counts), each balanced. Returns how many."""
    wanted: dict[str, tuple[Booking, tuple[Entry, ...]]] = {}
    for booking in bookings:
        wanted.setdefault(booking.key, (booking, rules.balanced(booking.entries)))
    for key in _standing(list(wanted)):
        del wanted[key]
    if not wanted:
        return 0
    moment = now()
    sets = [{"unique_key": one.key, "event": one.event, "at": one.at or moment} for one, _ in wanted.values()]
    ids = dict(execute(SETS, sets).all())
    execute(ENTRIES, [_row(ids[key], entry) for key, (_, moving) in wanted.items() for entry in moving])
    return len(wanted)


def _row(set_id: int, entry: Entry) -> dict[str, str | int | None]:
    return {
        "ledger_set_id": set_id,
        "account": entry.account,
        "owner_id": entry.owner_id,
        "amount": entry.amount.amount,
        "currency": entry.amount.currency,
    }


def _standing(keys: Sequence[str]) -> set[str]:
    """Those of the keys that were posted before."""
    standing: set[str] = set()
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        standing.update(execute(STANDING, {"keys": some}).scalars())
    return standing


def reverse_sale(key: str) -> bool:
    """The order was cancelled: sale and commission are undone. False when there was no sale, or it was reversed before."""
    entries = ledger.ledger_set(f"{key}:sale")
    return entries is not None and post(reversal_booking(Booking(f"{key}:sale", "sale", entries))) == 1
