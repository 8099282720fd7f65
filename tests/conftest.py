"""One application and one database per session; each test begins with empty tables and real transactions."""

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text

from app.engines.db import db
from app.engines.language import speaking
from app.engines.place import standing_in
from app.factory import create_app
from app.settings import read_settings
from tests import public_facts
from tests.browsing import Browser
from tests.kinds import branches
from tests.schema import build_schema, empty_practice, empty_tables

DATABASE = "TIWIZI_TEST_DATABASE_URL"
SHARED = Path(__file__).resolve().parents[2] / "shared"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the big counts")
    parser.addoption("--write-pages", action="store_true", help="write down anew how the pages of tests/kinds are read")


def pytest_configure(config: pytest.Config) -> None:
    """Each of several workers has a database of its own in the PostgreSQL of this run."""
    worker, url = os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get(DATABASE)
    if worker and url:
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE tiwizi_{worker}"))
        server.dispose()
        os.environ[DATABASE] = f"{url.rsplit('/', 1)[0]}/tiwizi_{worker}"


@pytest.fixture(scope="module", autouse=True)
def _kept() -> None:
    """What is there before a file of tests stays to the end: the search for garbage passes it over, as in a server."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data beside the checkout; tests that read it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no shared data beside the checkout")
    return SHARED


@pytest.fixture(scope="session")
def database_url() -> str:
    """SQLite, unless the PostgreSQL run names its own database."""
    return os.environ.get(DATABASE, "")


@pytest.fixture(scope="session")
def _house(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Flask]:
    instance = tmp_path_factory.mktemp("instance")
    settings = read_settings(
        {},
        INSTANCE=instance,
        DATABASE_URL=database_url,
        DEMO=True,
        RATE_LIMITS=False,
        PAGE_CACHE_MB=0,  # builders write rows without the services that say what has changed
        KEPT_PIECES=0,
        SECRET_KEY="a secret of the tests, long enough to be one",
        PUBLIC_URL="http://localhost",
    )
    house = create_app(settings)
    house.config["TESTING"] = True
    house.test_client_class = Browser
    branches.watch(house.jinja_env)
    public_facts.watch()
    with house.app_context():
        build_schema(instance / "empty.db")
    gc.freeze()  # it stands to the end as well
    yield house
    with house.app_context():
        db.engine.dispose()


@pytest.fixture
def app(_house: Flask) -> Iterator[Flask]:
    """The application over empty tables, inside an application context."""
    instance = Path(_house.config["INSTANCE"])
    with _house.app_context(), speaking("fr"), standing_in(None):  # what a request of an earlier test spoke is forgotten
        empty_tables(instance / "empty.db")
        empty_practice(_house.extensions["practice"])
        shutil.rmtree(instance / "files", ignore_errors=True)
        _house.extensions["frames"].clear()  # heads of pages that a test made under other settings
        yield _house
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A visitor's browser without script; see tests.browsing for signing in and posting forms."""
    return app.test_client()


@pytest.fixture
def write_pages(pytestconfig: pytest.Config) -> bool:
    """Are the pages written down anew?"""
    return bool(pytestconfig.getoption("--write-pages"))


@pytest.fixture
def settings_of() -> Any:
    """Build settings by hand, away from the environment."""
    return lambda **given: read_settings({}, **given)
