"""The house with its small world, and the walk that finds its forms, once for each file that asks for them."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.engines.db import db
from tests.house.roles.world import World, build
from tests.house.walked_forms import Tour, walk
from tests.schema import empty_tables


@pytest.fixture(scope="module")
def house(_house: Flask) -> Flask:
    """The application of the tests."""
    return _house


@pytest.fixture(scope="module")
def world(house: Flask) -> Iterator[World]:
    with house.app_context():
        empty_tables(house.config["INSTANCE"] / "empty.db")
        yield build(house)
        db.session.remove()


@pytest.fixture(scope="module")
def tour(house: Flask, world: World) -> Tour:
    return walk(house, world)
