"""A cooperative and who leads it, for tests of orders that need no other."""

import pytest
from flask import Flask

from app.accounts.models import Organisation, Person
from tests.builders.accounts import a_cooperative, a_person


@pytest.fixture
def chair(app: Flask) -> Person:
    return a_person("Aïcha")


@pytest.fixture
def shop(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair, slug="tifawin")
