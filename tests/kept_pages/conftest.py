"""The house with its cache switched on, and another process of the same house."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.engines.db import db
from app.engines.keeping import keeping
from app.factory import create_app
from app.settings import read_settings
from app.web.page_cache import PageCache, cache_of
from tests.browsing import Browser


@pytest.fixture
def kept(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[PageCache]:
    """The application's cache, switched on and empty; nothing of it is left to the next test."""
    cache = cache_of(app)
    monkeypatch.setattr(cache, "limit", 64_000_000)
    monkeypatch.setattr(keeping(), "most", 1000)
    cache.forget()
    cache.hits = cache.misses = 0
    yield cache
    cache.forget()
    keeping().forget()


@pytest.fixture(scope="session")
def _other_house(_house: Flask) -> Iterator[Flask]:
    settings = read_settings(
        {},
        INSTANCE=_house.config["INSTANCE"],
        DATABASE_URL=_house.config["DATABASE_URL"],
        DEMO=True,
        RATE_LIMITS=False,
        SECRET_KEY=_house.config["SECRET_KEY"],
        PUBLIC_URL="http://localhost",
    )
    other = create_app(settings)
    other.config["TESTING"] = True
    other.test_client_class = Browser
    yield other
    with other.app_context():
        db.engine.dispose()


@pytest.fixture
def elsewhere(kept: PageCache, _other_house: Flask) -> Iterator[FlaskClient]:
    """A visitor of another process: another application on the same database, with a cache of its own."""
    with _other_house.app_context():
        db.engine.dispose()  # the tables of an earlier test
        keeping().forget()
    cache_of(_other_house).forget()
    yield _other_house.test_client()
    cache_of(_other_house).forget()
