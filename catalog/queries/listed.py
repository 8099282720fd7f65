"""What is listed, as a search needs it: a row for each product, in a table kept while the market stands still."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from app.engines.db import db
from app.engines.keeping import keeping, kept_while

FACTS = ("market", "cooperatives")  # what a list rests on
ENOUGH = 20  # searches since the market last changed: from then on the table has paid for itself
MANY = 5_000  # found at once: to read them by their ids takes as long as to make the table
MOST = 200_000  # rows of the table, some 150 bytes each
# Read by the driver alone: a table of all rows is made in half the time.
ROWS = """
SELECT product.id, product.category, coalesce(product.price_from, 0), product.published_at, product.organisation_id,
       organisation.slug, organisation.region, product.currency, product.listed, organisation.state
FROM product JOIN organisation ON organisation.id = product.organisation_id
"""
EVERY_ROW = f"{ROWS} WHERE product.listed AND organisation.state = 'verified' LIMIT {MOST + 1}"


class Listed(NamedTuple):
    """A listed product: the price is the lowest of its variants, in minor units; the cooperative by slug.

    `published_at` is the moment as the driver gives it: it sorts, and is nothing to show.
    """

    id: int
    category: str | None
    price: int
    published_at: Any
    organisation_id: int
    cooperative: str
    region: str
    currency: str


def listed_among(ids: Sequence[int]) -> list[Listed]:
    """Those of these products that are listed, in this order.

    From the table where there is one. It takes some tens of searches as long to make as one of them without it, and is
    made when the market has been searched so often without a change, or when so much is found.
    """
    known = _table() if _asked_often() or len(ids) > MANY else None
    if known is None:
        known = {row.id: row for row in _rows(ids)}
    return [known[one] for one in ids if one in known]


def _asked_often() -> bool:
    if not keeping().most:
        return False
    turns: Iterator[int] = kept_while("searches of the market", kinds=FACTS, make=itertools.count)
    return next(turns) >= ENOUGH


def _table() -> Mapping[int, Listed] | None:
    return kept_while("listed", kinds=FACTS, make=_every_row)


def _every_row() -> Mapping[int, Listed] | None:
    """None where there are more than fit."""
    once: dict[Any, Any] = {}  # words that many rows have are held once
    share = once.setdefault
    known = {
        id_: Listed(id_, share(kind, kind), price, day, maker, share(slug, slug), share(place, place), share(coin, coin))
        for id_, kind, price, day, maker, slug, place, coin, *_state in _read(EVERY_ROW)
    }
    return known if len(known) <= MOST else None


def _rows(ids: Sequence[int]) -> Iterator[Listed]:
    """By one statement. The ids come from our own index and are whole numbers; bound one by one they would cost more than
    the whole page. What is listed is sorted out here: asked for in the statement, SQLite would walk the index of all.
    """
    if ids:
        written = ",".join(str(int(one)) for one in ids)
        for *facts, listed, state in _read(f"{ROWS} WHERE product.id IN ({written})"):
            if listed and state == "verified":
                yield Listed(*facts)


def _read(statement: str) -> Iterable[Any]:
    return db.session.connection().exec_driver_sql(statement)
