"""A card typed by hand: read, with a word for each field that is wrong. Numbers of real cards are refused and forgotten."""

import re
from collections.abc import Mapping

from app.kernel.typed import compact
from app.practice.cards import BY_NUMBER, Card, digits_add_up


def read_typed_card(form: Mapping[str, str], year: int, month: int) -> tuple[Card | None, dict[str, str]]:
    """The practice card, or None and the code of what is wrong with each field; ``year`` and ``month`` are today's."""
    problems: dict[str, str] = {}
    number = compact(form.get("number", ""))
    if not re.fullmatch(r"[0-9]{12,19}", number) or not digits_add_up(number):
        problems["number"] = "bad_number"
    elif number not in BY_NUMBER:
        problems["number"] = "real_number"
    until_month = compact(form.get("month", ""))
    until_year = compact(form.get("year", ""))
    if not re.fullmatch(r"0?[1-9]|1[0-2]", until_month):
        problems["month"] = "bad_month"
    if not re.fullmatch(r"20[0-9]{2}", until_year):
        problems["year"] = "bad_year"
    if "month" not in problems and "year" not in problems and (int(until_year), int(until_month)) < (year, month):
        problems["year"] = "past_date"
    if not re.fullmatch(r"[0-9]{3}", compact(form.get("cvc", ""))):
        problems["cvc"] = "bad_cvc"
    return (None if problems else BY_NUMBER[number]), problems
