"""The days on which goods are promised."""

from datetime import date

from app.territories.records import Territory


def promise(territory: Territory, start: date, days_min: int, days_max: int) -> tuple[date, date]:
    """The first and the last day on which the goods are promised, in working days of the buyer's territory."""
    return territory.working_day(start, days_min), territory.working_day(start, days_max)
