"""What the tests of accounts share: a person with a password, and a clock that stands still."""

from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from flask import Flask

from app.accounts.gateway import hash_password
from app.accounts.models import Person
from tests.builders.accounts import a_person

PASSWORD = "la pluie sur les figuiers"
NOON = datetime.fromisoformat("2026-12-01T12:00:00+00:00")


@pytest.fixture(scope="session")
def hashed(_house: Flask) -> str:
    """The password as it is stored: hashed once, since that is slow by design."""
    with _house.app_context():
        return hash_password(PASSWORD)


@pytest.fixture
def nadia(app: Flask, hashed: str) -> Person:
    return a_person("Nadia", "nadia@example.org", password_hash=hashed)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """Noon, and the same half minute until somebody turns the clock."""
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller
