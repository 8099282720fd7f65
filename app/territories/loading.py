"""Reads the territories' data files into frozen values, once per process.

    morocco = territory_named("morocco")
    name_in(morocco.region("MA-09").names, "ar")

A territory is a folder beside this file: `territory.json` says its currency, languages and settings; `regions.json`,
`provinces.json`, `sectors.json`, `creation_steps.json`, `taxes.json`, `holidays.json` and `programmes.json` hold its records
(all but regions, sectors and taxes may be absent); `legal/<key>.<language>.md` its pages of rules (`app.territories.legal`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.territories.records import (
    CreationStep,
    Delay,
    DeliveryZone,
    Holiday,
    IdentifierKind,
    Names,
    Programme,
    Province,
    Region,
    Requirement,
    Sdg,
    Sector,
    SmallSellerRelief,
    Tax,
    Taxation,
    TaxClass,
    Territory,
    UnknownCode,
    UnknownTerritory,
    name_in,
)

__all__ = [
    "CreationStep",
    "Delay",
    "DeliveryZone",
    "Holiday",
    "IdentifierKind",
    "Names",
    "Programme",
    "Province",
    "Region",
    "Requirement",
    "Sdg",
    "Sector",
    "SmallSellerRelief",
    "Tax",
    "TaxClass",
    "Taxation",
    "Territory",
    "TerritoryDataError",
    "UnknownCode",
    "UnknownTerritory",
    "name_in",
    "requirement_of",
    "territories",
    "territory_named",
    "territory_of_region",
]

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FOLDER = Path(__file__).parent

Row = Mapping[str, Any]
Record = TypeVar("Record")


class TerritoryDataError(ValueError):
    """A data file lacks something or holds something unreadable; the message names file and row."""


@cache
def territory_named(key: str) -> Territory:
    """The territory with this key, read once. UnknownTerritory when there is none."""
    folder = FOLDER / key
    if not key.isidentifier() or not (folder / "territory.json").is_file():
        raise UnknownTerritory(key)
    return build_record(folder / "territory.json", _territory, {"key": key, **_read(folder / "territory.json")})


@cache
def territories() -> tuple[Territory, ...]:
    """Every territory whose folder is here, by key."""
    return tuple(territory_named(path.parent.name) for path in sorted(FOLDER.glob("*/territory.json")))


@cache
def territory_of_region(code: str) -> Territory:
    """The territory that has a region of this code: no two have the same. UnknownCode when none has."""
    for territory in territories():
        if any(region.code == code for region in territory.regions):
            return territory
    raise UnknownCode(f"no territory has a region {code!r}")


def _territory(row: Row) -> Territory:
    folder = FOLDER / row["key"]
    return Territory(
        key=row["key"],
        names=_names(row["names"]),
        country=row["country"],
        currency=row["currency"],
        languages=tuple(row["languages"]),
        default_language=row["default_language"],
        locales=_names(row["locales"]),
        phone_code=row["phone_code"],
        timezone=_zone(row["timezone"]),
        weekend=tuple(WEEKDAYS.index(name) + 1 for name in row["weekend"]),
        holidays=_records(folder / "holidays.json", _holiday),
        withdrawal_days=int(row["withdrawal_days"]),
        refund_days=int(row["refund_days"]),
        payment_methods=tuple(row["payment_methods"]),
        unconfirmed_cash=int(row["unconfirmed_cash"]["most"]),
        regions=_records(folder / "regions.json", _region),
        provinces=_records(folder / "provinces.json", _province),
        sectors=_records(folder / "sectors.json", _sector),
        creation_steps=_records(folder / "creation_steps.json", _creation_step),
        taxation=build_record(folder / "taxes.json", _taxation, _read(folder / "taxes.json")),
        programmes=_records(folder / "programmes.json", _programme),
        sdgs=_records(FOLDER / "sdgs.json", _sdg),
        identifiers=tuple(_identifier(item) for item in row["identifiers"]),
        delivery_zones=tuple(_delivery_zone(item) for item in row["delivery_zones"]),
        requirements=tuple(requirement_of(item) for item in row["requirements"]),
        demo_operator=_names(row["demo_operator"]),
        demo_data=row["demo_data"],
    )


def requirement_of(row: Row) -> Requirement:
    """A requirement, as the data file or a setting keeps it; asked unless it says otherwise."""
    return Requirement(
        row["key"],
        _names(row["names"]),
        row["badge"],
        tuple(row["bearers"]),
        tuple(row["sectors"]),
        row["proof"],
        tuple(row["needed_for"]),
        row.get("asked", True),
    )


def _zone(name: str) -> str:
    """The name of a zone that this machine knows."""
    ZoneInfo(name)
    return name


def _holiday(row: Row) -> Holiday:
    every = row["every_year"]
    month, day = (int(part) for part in every.split("-")) if every else (0, 0)
    return Holiday(
        row["key"],
        _names(row["names"]),
        (month, day) if every else None,
        tuple(date.fromisoformat(one) for one in row["days"]),
        date.fromisoformat(row["since"]) if row["since"] else None,
    )


def _region(row: Row) -> Region:
    return Region(
        row["code"], _names(row["names"]), _names(row["short_names"]), row["row"], row["column"], _names(row["seat"])
    )


def _province(row: Row) -> Province:
    return Province(row["code"], row["region"], row["kind"], _names(row["names"]))


def _sector(row: Row) -> Sector:
    return Sector(row["key"], row["parent"], _names(row["names"]), tuple(row["aliases"]), row["isic"])


def _creation_step(row: Row) -> CreationStep:
    return CreationStep(
        order=row["order"],
        key=row["key"],
        titles=_names(row["titles"]),
        details=_names(row["details"]),
        actors=_names(row["actors"]),
        places=_maybe_names(row["places"]),
        papers=tuple(_names(paper) for paper in row["papers"]),
        legal_basis=_maybe_names(row["legal_basis"]),
        delays=tuple(
            Delay(delay["value"], delay["unit"], _names(delay["notes"]), delay["source"]) for delay in row["delays"]
        ),
        minimum_capital=row.get("minimum_capital"),
        minimum_share=row.get("minimum_share"),
        open_question=_maybe_names(row["open_question"]),
        sources=tuple(row["sources"]),
    )


def _taxation(row: Row) -> Taxation:
    relief = row["relief"]
    return Taxation(
        rounding=row["rounding"],
        prices_include_tax=row["prices_include_tax"],
        taxes=tuple(_tax(item) for item in row["taxes"]),
        classes=tuple(TaxClass(item["key"], _names(item["names"]), tuple(item["taxes"])) for item in row["classes"]),
        default_class=row["default_class"],
        relief=relief
        and SmallSellerRelief(
            relief["turnover_below"],
            date.fromisoformat(relief["since"]),
            relief["deduction"],
            _names(relief["notes"]),
            relief["source"],
        ),
    )


def _tax(row: Row) -> Tax:
    until = row["until"]
    return Tax(
        key=row["key"],
        names=_names(row["names"]),
        millionths=row["millionths"],
        since=date.fromisoformat(row["since"]),
        until=date.fromisoformat(until) if until else None,
        confirmed=row["confirmed"],
    )


def _programme(row: Row) -> Programme:
    return Programme(
        key=row["key"],
        names=_names(row["names"]),
        issuers=_names(row["issuers"]),
        audience=_names(row["audience"]),
        terms=_names(row["terms"]),
        notes=_maybe_names(row["notes"]),
        ceiling=row["ceiling"],
        maximum_rate=row["maximum_rate"],
        own_rate=row["own_rate"],
        in_kind_rate=row["in_kind_rate"],
        legal_forms=tuple(row["legal_forms"]),
        maximum_age_months=row["maximum_age_months"],
        women_only=row["women_only"],
        recurring_calls=row["recurring_calls"],
        sources=tuple(row["sources"]),
        checked=date.fromisoformat(row["checked"]),
    )


def _sdg(row: Row) -> Sdg:
    return Sdg(row["number"], _names(row["names"]), row["colour"])


def _identifier(row: Row) -> IdentifierKind:
    return IdentifierKind(
        key=row["key"],
        names=_names(row["names"]),
        hints=_names(row["hints"]),
        pattern=row["pattern"],
        check=row["check"],
        private=row["private"],
        sole=row["sole"],
        required=row["required"],
    )


def _delivery_zone(row: Row) -> DeliveryZone:
    return DeliveryZone(
        row["key"], _names(row["names"]), tuple(row["regions"]), row["price"], row["days_from"], row["days_to"]
    )


def _names(texts: Mapping[str, str]) -> Names:
    return MappingProxyType(dict(texts))


def _maybe_names(texts: Mapping[str, str] | None) -> Names | None:
    return None if texts is None else _names(texts)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TerritoryDataError(f"{path}: {error}") from error


def _records(path: Path, build: Callable[[Row], Record]) -> tuple[Record, ...]:
    """The rows of a file, in file order; none when the territory has no such file."""
    if not path.is_file():
        return ()
    return tuple(build_record(path, build, row) for row in _read(path))


def build_record(path: Path, build: Callable[[Row], Record], row: Row) -> Record:
    try:
        return build(row)
    except TerritoryDataError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        name = row.get("code") or row.get("key") or "the file"
        raise TerritoryDataError(f"{path}: {name} lacks or misstates {error}") from error
