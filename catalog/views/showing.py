"""What several pages say in the same words: pictures, prices per measure, labels, places, sectors, delivery."""

from collections.abc import Sequence
from functools import lru_cache

from flask import url_for
from markupsafe import Markup

from app.engines.files.pictures import key_of
from app.engines.generations import subject
from app.engines.keeping import kept_while
from app.engines.language import comma, day, language, money, translate, unit_name
from app.engines.place import here
from app.territories.loading import name_in, territory_named
from app.web.icons import drawing
from app.web.regions import region_name
from catalog.queries.delivery import Promise, promises
from catalog.queries.proofs import ProvedLabel
from catalog.rules import categories
from catalog.rules.carriages import Carriage
from catalog.rules.ways import WAYS


def picture_address(stem: str | None, size: str = "small") -> str | None:
    """The address of a stored picture in one size: small, medium or large."""
    return f"/{key_of(stem, size)}" if stem else None


@lru_cache(64)
def drawn(kind: str) -> Markup:
    """The drawing of a kind of goods; the same on every page, so it is made once."""
    return drawing(kind)


def per_words(per: tuple[int, str] | None, currency: str) -> str | None:
    """A price per kg, litre or metre in words, or None."""
    return translate("%(price)s per %(unit)s", price=money(per[0], currency), unit=unit_name(per[1])) if per else None


def kinds_of_goods() -> list[tuple[str, str, str]]:
    """The roots of the category tree: address in the market, name, drawing."""
    return [
        (url_for("catalog.market", category=category.key), category.name(language()), category.drawing)
        for category in categories.children()[None]
    ]


def category_name(key: str) -> str:
    return categories.tree()[key].name(language())


def kinds_words(keys: Sequence[str]) -> str:
    return comma().join(category_name(key) for key in keys)


def label_words(labels: Sequence[ProvedLabel]) -> list[tuple[str, str]]:
    """Labels that are proved, in the reader's language, each with the day it was verified and its last one in words."""
    rows = []
    for label in labels:
        since = day(here().day_of(label.since))
        told = (
            translate("Verified on %(since)s, valid until %(day)s", since=since, day=day(label.last_day))
            if label.last_day is not None
            else translate("Verified on %(since)s", since=since)
        )
        rows.append((name_in(label.names, language()), told))
    return rows


def days_words(least: int, most: int) -> str:
    if least == most:
        return translate("%(days)s working days", days=most)
    return translate("%(least)s to %(most)s working days", least=least, most=most)


def promised(organisation_id: int, territory: str, carriage: Carriage | None = None) -> list[tuple[str, str, str]]:
    """How a cooperative delivers, or what travels so, as long as nothing of it changes."""

    def told() -> list[tuple[str, str, str]]:
        return promise_rows(promises(organisation_id, territory, carriage), territory)

    rests = subject("cooperative", organisation_id)
    return kept_while("promises", organisation_id, carriage, language(), here().key, kinds=(rests,), make=told)


def promise_rows(ways: Sequence[Promise], territory: str) -> list[tuple[str, str, str]]:
    """The delivery table in words: where to, how much, how long."""
    total = len(territory_named(territory).regions)
    rows = []
    for promise in ways:
        way = WAYS[promise.kind]
        everywhere = len(promise.regions) == total
        where = translate("Everywhere") if everywhere else comma().join(region_name(code) for code in promise.regions)
        if way.at_place:
            where = translate(way.at_place, place=promise.place)
        elif way.listed:
            where = translate(way.listed, where=where)
        fee = translate("free") if promise.fee.amount == 0 else money(promise.fee.amount, promise.fee.currency)
        if promise.free_from is not None and promise.fee.amount:
            fee = translate("%(fee)s, free from %(sum)s", fee=fee, sum=money(promise.free_from, promise.fee.currency))
        rows.append((where, fee, days_words(promise.days_min, promise.days_max)))
    return rows
