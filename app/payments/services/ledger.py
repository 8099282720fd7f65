"""The one road into the ledger: a balanced set with a unique key, posted once, corrected by reversal."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select

from app.engines.db import db
from app.kernel.clock import now
from app.kernel.money import Money
from app.payments import rules
from app.payments.models import LedgerEntry, LedgerSet
from app.payments.queries import ledger
from app.payments.rules import Entry


def post_set(unique_key: str, event: str, entries: Sequence[Entry]) -> bool:
    """Post a set; False when a set of this key stands already (the first one counts)."""
    moving = rules.balanced(entries)
    if db.session.scalar(select(LedgerSet.id).where(LedgerSet.unique_key == unique_key)) is not None:
        return False
    line = LedgerSet(unique_key=unique_key, event=event, at=now())
    db.session.add(line)
    db.session.flush()
    db.session.add_all(
        LedgerEntry(
            ledger_set_id=line.id, account=e.account, owner_id=e.owner_id, amount=e.amount.amount, currency=e.amount.currency
        )
        for e in moving
    )
    db.session.flush()
    return True


def _post_many(sets: Sequence[tuple[str, str, datetime, Sequence[Entry]]]) -> None:
    """Post many new sets at once (key, event, when, entries), for histories; each is balanced, none is known yet."""
    checked = [(key, event, at, rules.balanced(entries)) for key, event, at, entries in sets]
    db.session.execute(insert(LedgerSet), [{"unique_key": key, "event": event, "at": at} for key, event, at, _ in checked])
    keys = [key for key, *_ in checked]
    by_key: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        rows = db.session.execute(
            select(LedgerSet.unique_key, LedgerSet.id).where(LedgerSet.unique_key.in_(keys[start : start + 500]))
        )
        by_key.update((key, id_) for key, id_ in rows)
    db.session.execute(
        insert(LedgerEntry),
        [
            {
                "ledger_set_id": by_key[key],
                "account": e.account,
                "owner_id": e.owner_id,
                "amount": e.amount.amount,
                "currency": e.amount.currency,
            }
            for key, _event, _at, entries in checked
            for e in entries
        ],
    )


def reverse_set(unique_key: str, event: str) -> bool:
    """Post the opposite of a set under `<key>:reversed`; False when there is none or it was reversed before."""
    entries = ledger.ledger_set(unique_key)
    return entries is not None and post_set(f"{unique_key}:reversed", event, rules.reversal(entries))


def book_sale(key: str, total: Money, commission: Money, seller_id: int) -> bool:
    """A cooperative's order stands: the buyer owes, the cooperative is owed, the commission is ours."""
    return post_set(f"{key}:sale", "sale", rules.sale(total, commission, seller_id))


def reverse_sale(key: str) -> bool:
    """The order was cancelled: sale and commission are undone."""
    return reverse_set(f"{key}:sale", "sale-reversed")


def book_cash(key: str, amount: Money, seller_id: int) -> bool:
    """The cooperative has taken cash from the buyer."""
    return post_set(f"{key}:cash", "cash-collected", rules.cash_received(amount, seller_id))


@dataclass(frozen=True)
class PastSale:
    """A sale of the past: when it was booked, when its cash was taken or it was reversed, if it was."""

    key: str
    total: Money
    commission: Money
    seller_id: int
    at: datetime
    cash_at: datetime | None
    reversed_at: datetime | None


def book_past(sales: Sequence[PastSale]) -> None:
    """The sets of many new sales at once, as book_sale, book_cash and reverse_sale would have posted them."""
    sets: list[tuple[str, str, datetime, Sequence[Entry]]] = []
    for one in sales:
        entries = rules.sale(one.total, one.commission, one.seller_id)
        sets.append((f"{one.key}:sale", "sale", one.at, entries))
        if one.cash_at is not None:
            sets.append((f"{one.key}:cash", "cash-collected", one.cash_at, rules.cash_received(one.total, one.seller_id)))
        if one.reversed_at is not None:
            sets.append((f"{one.key}:sale:reversed", "sale-reversed", one.reversed_at, rules.reversal(entries)))
    _post_many(sets)
