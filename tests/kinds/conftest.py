"""What the sweeps share: a list that asks for no order gets another than the one its rows were made in."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.engines.db import db
from tests.kinds.world import World, the_world


@pytest.fixture(scope="module", autouse=True)
def _no_order_unless_asked(_house: Flask) -> Iterator[None]:
    """The database gives rows as it likes: who forgets to ask for an order sees them reversed, as one day on a server."""
    with _house.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        yield
        return
    event.listen(engine, "connect", _reversed)
    engine.dispose()
    yield
    event.remove(engine, "connect", _reversed)
    engine.dispose()


@pytest.fixture(scope="module")
def world(_house: Flask) -> Iterator[World]:
    """The small world in which every service has something to do."""
    with _house.app_context():
        yield the_world(_house, "world")
        db.session.remove()


def _reversed(connection: Any, _record: object) -> None:
    connection.execute("PRAGMA reverse_unordered_selects=ON")
