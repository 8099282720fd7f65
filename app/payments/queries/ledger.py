"""Reads of the ledger: sets, balances, and what a sale looks like in it."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from sqlalchemy import func, select

from app.engines.db import db
from app.engines.slices import portions
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet
from app.payments.rules import Entry

# The entries of a set as its rows say: (account, owner or 0, amount, currency), sorted.
Booked = tuple[tuple[str, int, int, str], ...]


def ledger_set(unique_key: str) -> tuple[Entry, ...] | None:
    """The entries of a set, or None when it was never posted."""
    rows = db.session.scalars(
        select(LedgerEntry).join(LedgerSet).where(LedgerSet.unique_key == unique_key).order_by(LedgerEntry.id)
    ).all()
    return tuple(Entry(r.account, Money(r.amount, r.currency), r.owner_id) for r in rows) or None


def booked(event: str, keys: Collection[str]) -> dict[str, Booked]:
    """Those sets of an event by key, as their rows say, for the invariants of whoever booked them."""
    rows = db.session.execute(
        select(LedgerSet.unique_key, LedgerEntry.account, LedgerEntry.owner_id, LedgerEntry.amount, LedgerEntry.currency)
        .outerjoin(LedgerEntry, LedgerEntry.ledger_set_id == LedgerSet.id)
        .where(LedgerSet.event == event, LedgerSet.unique_key.in_(keys))
    )
    sets: dict[str, list[tuple[str, int, int, str]]] = {}
    for key, account, owner_id, amount, currency in rows:
        sets.setdefault(key, []).append((account or "", owner_id or 0, amount or 0, currency or ""))
    return {key: tuple(sorted(entries)) for key, entries in sets.items()}


def booked_keys(event: str) -> Iterator[list[str]]:
    """The keys of all sets of an event, in portions."""
    for rows in portions(select(LedgerSet.id, LedgerSet.unique_key).where(LedgerSet.event == event), LedgerSet.id):
        yield [key for _id, key in rows]


SALES: Mapping[str, Callable[[Money, Money, int], Sequence[Entry]]] = {
    "sale": rules.sale,
    "sale-reversed": lambda total, commission, seller_id: rules.reversal(rules.sale(total, commission, seller_id)),
    "cash-collected": lambda total, _commission, seller_id: rules.cash_received(total, seller_id),
}


def sale_as_booked(event: str, total: Money, commission: Money, seller_id: int) -> Booked:
    """What `booked` shows of a sale, its reversal or its cash."""
    return _as_booked(SALES[event](total, commission, seller_id))


def _as_booked(entries: Sequence[Entry]) -> Booked:
    return tuple(sorted((e.account, e.owner_id or 0, e.amount.amount, e.amount.currency) for e in entries))


def balance(account: str, currency: str, owner_id: int | None = None) -> Money:
    """The sum of an account, of one owner where it has owners."""
    statement = select(func.coalesce(func.sum(LedgerEntry.amount), 0)).where(
        LedgerEntry.account == account, LedgerEntry.currency == currency
    )
    if owner_id is not None:
        statement = statement.where(LedgerEntry.owner_id == owner_id)
    return Money(int(db.session.scalar(statement) or 0), currency)
