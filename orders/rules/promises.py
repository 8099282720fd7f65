"""The days on which goods are promised."""

from datetime import date

from app.territories.records import Territory


def promise(where: Territory, start: date, days_min: int, days_max: int) -> tuple[date, date]:
    """The first and the last day on which the goods are promised, in working days of the buyer's territory."""
    return where.working_day(start, days_min), where.working_day(start, days_max)
