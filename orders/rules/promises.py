"""The days on which goods are promised."""

from datetime import date, timedelta


def working_day(start: date, days: int) -> date:
    """The day `days` working days (Monday to Friday) after a day."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        days -= day.weekday() < 5
    return day


def promise(start: date, days_min: int, days_max: int) -> tuple[date, date]:
    """The first and the last day on which the goods are promised."""
    return working_day(start, days_min), working_day(start, days_max)
