"""The territory in force: whose locales, clocks, currency and calendar count for a page, a letter or a document.

A context variable, like the language. The web shell puts the home territory in force for a request; a page of a thing that
bears its own territory (an order, an office, a sheet) puts that one in force, and so does a letter about it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date

from flask import current_app

from app.kernel.clock import now
from app.territories.loading import territory_named
from app.territories.records import Territory

TERRITORY = "territory"  # in an address: the territory in force there instead of home
_key: ContextVar[str | None] = ContextVar("territory", default=None)


def home() -> Territory:
    """The first territory of the installation."""
    return territory_named(current_app.extensions["home_territory"])


def served() -> tuple[Territory, ...]:
    """The territories of the installation, home first."""
    return tuple(territory_named(key) for key in current_app.config["TERRITORIES"])


def here() -> Territory:
    """The territory in force: the home territory unless another was put in force."""
    key = _key.get()
    return home() if key is None else territory_named(key)


def elsewhere() -> str | None:
    """The territory in force where it is not home: what an address carries to stay in it."""
    return None if here() == home() else here().key


def where_paid_in(currency: str) -> str | None:
    """The key of the first territory served that has the currency; None when none has."""
    return next((one.key for one in served() if one.currency == currency), None)


def stand_in(key: str | None) -> None:
    """Put a territory in force until told otherwise; None is home. For doors."""
    _key.set(key)


@contextmanager
def standing_in(key: str | None) -> Iterator[None]:
    """A territory in force for a while; None is home."""
    token = _key.set(key)
    try:
        yield
    finally:
        _key.reset(token)


def today() -> date:
    """What people of the territory in force call this day."""
    return here().day_of(now())
