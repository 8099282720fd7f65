"""The address of a thing: as it was wished, else numbered, else with letters by chance."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from app.engines.db import db
from app.kernel.text import random_code

NUMBERED = 9  # after so many of one name, chance is quicker than counting
LONGEST_STEM = 70


def free_slug(
    column: InstrumentedAttribute[Any], wanted: str, *within: ColumnElement[bool], reserved: Collection[str] = ()
) -> str:
    """A slug that no row of the column has, among those `within`, and no page of its own."""
    stem = wanted[:LONGEST_STEM]
    wishes = [wanted, *(f"{stem}-{number}" for number in range(2, NUMBERED + 1))]
    taken = {*db.session.scalars(select(column).where(column.in_(wishes), *within)), *reserved}
    return next((slug for slug in wishes if slug not in taken), None) or chance_slug(wanted)


def chance_slug(wanted: str) -> str:
    """The slug with letters by chance behind it, which nobody has taken in this very moment."""
    return f"{wanted[:LONGEST_STEM]}-{random_code(6).lower()}"
