"""The address of a thing: as it was wished, else numbered, else with letters by chance."""

from collections.abc import Collection, Sequence
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
    wishes = _wishes(wanted)
    taken = {*db.session.scalars(select(column).where(column.in_(wishes), *within)), *reserved}
    return next((slug for slug in wishes if slug not in taken), None) or chance_slug(wanted)


def free_slugs(column: InstrumentedAttribute[Any], wanted: Sequence[str]) -> list[str]:
    """For each a slug that no row of the column has, and none of the others. One statement: ask of some at a time."""
    wishes = [_wishes(one) for one in wanted]
    taken = {*db.session.scalars(select(column).where(column.in_({slug for one in wishes for slug in one})))}
    free: list[str] = []
    for one, those in zip(wanted, wishes, strict=True):
        free.append(next((slug for slug in those if slug not in taken), None) or chance_slug(one))
        taken.add(free[-1])
    return free


def _wishes(wanted: str) -> list[str]:
    stem = wanted[:LONGEST_STEM]
    return [wanted, *(f"{stem}-{number}" for number in range(2, NUMBERED + 1))]


def chance_slug(wanted: str) -> str:
    """The slug with letters by chance behind it, which nobody has taken in this very moment."""
    return f"{wanted[:LONGEST_STEM]}-{random_code(6).lower()}"
