"""Reads of the ledger: sets, balances, and what a sale looks like in it."""

from collections.abc import Collection, Iterator, Sequence
from functools import reduce
from operator import add

from sqlalchemy import ColumnElement, Select, Subquery, and_, case, func, not_, or_, select

from app.engines.db import db
from app.engines.slices import portions
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet
from app.payments.rules import Entry, Share

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


def sale_as_booked(event: str, total: Money, commission: Money, seller_id: int) -> Booked:
    """What `booked` shows of a sale, its reversal or its cash."""
    entries = [share.entry(total, commission, seller_id) for share in rules.SALES[event]]
    return _as_booked([entry for entry in entries if entry.amount])


def otherwise_booked(event: str, sales: Subquery) -> Select[int]:
    """The ids of those sales whose set is missing, or is there though it is not due, or has other entries than it should.

    `sales` has the columns id, key, due, seller, total, commission and currency. The database compares: a row comes back
    for what is wrong alone.
    """
    of, entry = sales.c, LedgerEntry
    shares = [(share, share.sign * of[share.of]) for share in rules.SALES[event]]
    moving = [case((amount != 0, 1), else_=0) for _share, amount in shares]
    there = [func.coalesce(func.sum(case((_is_share(share, amount, sales), 1), else_=0)), 0) for share, amount in shares]
    as_it_was = and_(
        func.count(entry.id) == reduce(add, moving), *(found == wanted for found, wanted in zip(there, moving, strict=True))
    )
    return (
        select(of.id)
        .outerjoin(LedgerSet, and_(LedgerSet.unique_key == of.key, LedgerSet.event == event))
        .outerjoin(entry, entry.ledger_set_id == LedgerSet.id)
        .group_by(*of, LedgerSet.id)
        .having(or_(LedgerSet.id.is_not(None) != of.due, and_(LedgerSet.id.is_not(None), not_(as_it_was))))
    )


def _is_share(share: Share, amount: ColumnElement[int], sales: Subquery) -> ColumnElement[bool]:
    owner = LedgerEntry.owner_id
    return and_(
        LedgerEntry.account == share.account,
        owner == sales.c.seller if share.account in rules.OWNED else owner.is_(None),
        LedgerEntry.amount == amount,
        LedgerEntry.currency == sales.c.currency,
    )


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
