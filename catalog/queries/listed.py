"""What is listed, as a search needs it: a row for each product, in a table kept while the market stands still."""

import gc
import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf
from typing import Any, NamedTuple

from sqlalchemy import CursorResult, bindparam, select

from app.engines.counters import next_expiry, some_free_of
from app.engines.db import db, execute
from app.engines.keeping import keeping, kept_while
from catalog.models import Variant
from catalog.queries.offers import STOCK
from catalog.queries.permits import till_a_permit_ends

FACTS = ("market", "cooperatives")  # what a list rests on
ENOUGH = 20  # searches since the market last changed: from then on the table has paid for itself
MANY = 5_000  # found at once: to read them by their ids takes as long as to make the table
MOST = 200_000  # rows of a table that is kept, some 250 bytes each
# Read by the driver alone: a table of all rows is made in half the time. Both databases read the moment as it stands.
ON_SALE_AT = "(product.listed AND product.permitted_until > '{:%Y-%m-%d %H:%M:%S.%f}+00')"
ROWS = """
SELECT product.id, product.category, product.published_at, product.organisation_id,
       organisation.slug, organisation.region, product.currency, organisation.state, {on_sale}
FROM product JOIN organisation ON organisation.id = product.organisation_id
WHERE {which}
"""
EVERYTHING = "{on_sale} AND organisation.state = 'verified'"
# What each variant on sale costs, and whether one of it is free to buy.
PRICES = select(Variant.product_id, Variant.price, some_free_of(STOCK, Variant.id, bindparam("now"))).where(
    Variant.active, Variant.price.is_not(None)
)
PRICES_OF = PRICES.where(Variant.product_id.in_(bindparam("ids", expanding=True, literal_execute=True)))

Prices = Mapping[int, tuple[tuple[int, ...], bool]]  # by product: what it can be bought for, and whether it can be
NO_PRICES: tuple[tuple[int, ...], bool] = ((), False)


class Listed(NamedTuple):
    """A listed product; the cooperative by slug. `prices` are those of the variants that can be bought, lowest first, in
    minor units; of all of them when everything is sold out, which `free` denies.

    `published_at` is the moment as the driver gives it: it sorts, and is nothing to show.
    """

    id: int
    category: str | None
    published_at: Any
    organisation_id: int
    cooperative: str
    region: str
    currency: str
    prices: tuple[int, ...]
    free: bool

    @property
    def price(self) -> int:
        """The lowest."""
        return self.prices[0] if self.prices else 0


def few_listed(ids: Sequence[int], now: datetime) -> list[Listed]:
    """Those of these products that are listed, in this order, read one by one."""
    known = {row.id: row for row in _rows(ids, now)}
    return among(ids, known)


def among(ids: Sequence[int], known: Mapping[int, Listed]) -> list[Listed]:
    """What is known of them, in this order."""
    return list(filter(None, map(known.get, ids)))


def worth_the_table(ids: Sequence[int]) -> bool:
    """Is it to be asked what these are? It takes some tens of searches as long to make as one of them without it: it is made
    when the market has been searched so often without a change, or when so much is found.
    """
    return _asked_often() or len(ids) > MANY


def _asked_often() -> bool:
    if not keeping().most:
        return False
    turns: Iterator[int] = kept_while("searches of the market", kinds=FACTS, make=itertools.count)
    return next(turns) >= ENOUGH


def listed_table(now: datetime) -> Mapping[int, Listed]:
    """Everything that is on sale: one table until something listed changes, is bought or held, or the next hold of what is
    sold out ends, or a permit.
    """

    def until(made: Mapping[int, Listed]) -> float:
        if len(made) > MOST:
            return 0.0
        moment = next_expiry(STOCK, 0, now)
        return min(moment.timestamp() if moment is not None else inf, till_a_permit_ends())

    return kept_while("listed", kinds=FACTS, make=lambda: _every_row(now), until=until)


@contextmanager
def _nothing_looked_through() -> Iterator[None]:
    """Half a million objects are made, and none is garbage: looked through again and again meanwhile, they take thrice as
    long.
    """
    looks = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if looks:
            gc.enable()


@_nothing_looked_through()
def _every_row(now: datetime) -> Mapping[int, Listed]:
    once: dict[Any, Any] = {}  # words and prices that many rows have are held once
    share = once.setdefault
    prices = _prices(execute(PRICES, {"now": now}))
    return {
        id_: Listed(
            id_, share(kind, kind), day, maker, share(slug, slug), share(place, place), share(coin, coin),
            *prices.get(id_, NO_PRICES),
        )
        for id_, kind, day, maker, slug, place, coin, *_state in _read(EVERYTHING, now)
    }  # fmt: skip


def _rows(ids: Sequence[int], now: datetime) -> Iterator[Listed]:
    """By two statements. The ids come from our own index and are whole numbers; bound one by one they would cost more
    than the whole page. What is listed is sorted out here: asked for in the statement, SQLite would walk the index of all.
    """
    if ids:
        prices = _prices(execute(PRICES_OF, {"ids": list(ids), "now": now}))
        written = ",".join(str(int(one)) for one in ids)
        for *facts, state, on_sale in _read(f"product.id IN ({written})", now):
            if on_sale and state == "verified":
                yield Listed(*[*facts, *prices.get(facts[0], NO_PRICES)])


def _prices(rows: Iterable[Any]) -> Prices:
    free: dict[int, list[int]] = defaultdict(list)
    all_: dict[int, list[int]] = defaultdict(list)
    for product, price, some in rows:
        (free if some else all_)[product].append(price)
    bought = {product: (tuple(sorted(prices)), True) for product, prices in free.items()}
    return {**{product: (tuple(sorted(prices)), False) for product, prices in all_.items()}, **bought}


def _read(which: str, now: datetime) -> CursorResult[*tuple[Any, ...]]:
    on_sale = ON_SALE_AT.format(now.astimezone(UTC))
    statement = ROWS.format(on_sale=on_sale, which=which.format(on_sale=on_sale))
    return db.session.connection().exec_driver_sql(statement)
