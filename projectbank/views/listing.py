"""The list of published sheets with its search, filters, map and sort."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, render_template, request, url_for
from markupsafe import Markup

from app.engines.keeping import kept_from
from app.engines.language import currency_sign, language, translate
from app.engines.place import elsewhere, here
from app.engines.search.words import did_you_mean
from app.kernel.money import minor_digits
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.web import reading
from app.web.access import access, public
from app.web.addresses import PAGE
from app.web.filters import filters
from app.web.page_cache import kept
from app.web.paging import Page, address_with, page_number, toggled
from app.web.regions import region_maps, region_name, regions_served, sector_name, sectors_served, several_currencies
from app.web.visitor import visitor
from projectbank.queries.sheet_lists import SORTS, Counts, Wanted, count_by, find_sheets, saved_among
from projectbank.rules import KINDS, MOST_MONEY
from projectbank.views.blueprint import projectbank
from projectbank.views.showing import (
    KIND_WORDS,
    goals,
    sheets_in_a_grid,
)

PAGE_SIZE = 24
QUERY = ("sector", "sdg", "region", "kind", "investment_min", "investment_max", "sort", "page")
SORT_WORDS = {
    "fit": msg("Best match"),
    "new": msg("Newest"),
    "small": msg("Smallest investment"),
    "large": msg("Largest investment"),
    "few": msg("Fewest members"),
}


def _family(key: str) -> list[str]:
    """A field of work with its branches."""
    return [one.key for one in sectors_served() if key in (one.key, one.parent)]


def _money(name: str) -> int | None:
    return reading.amount(name, here().currency, MOST_MONEY)


def _wanted(ids: Sequence[int] | None, person_id: int | None) -> Wanted:
    low, high = _money("investment_min"), _money("investment_max")
    if low is not None and high is not None and low > high:
        low, high = high, low
    sectors = [sector for key in reading.choices("sector") for sector in _family(key)]
    sdgs = [number for number in map(own_whole, reading.choices("sdg")) if number is not None and 1 <= number <= 17]
    return Wanted(
        None if ids is None else tuple(ids),
        tuple(reading.choices("region")),
        tuple(dict.fromkeys(sectors)),
        tuple(sdgs),
        tuple(kind for kind in reading.choices("kind") if kind in KINDS),
        low,
        high,
        person_id if reading.yes("saved") else None,
        here().currency if several_currencies() else None,
    )


def _sector_options(counts: Mapping[str, int]) -> list[dict[str, Any]]:
    """Fields of work with what lies in their branches, and the branches of what is chosen."""
    chosen = reading.choices("sector")
    options = []
    for root in (one for one in sectors_served() if one.parent is None):
        branches = [key for key in _family(root.key) if key != root.key]
        count = sum(counts.get(key, 0) for key in [root.key, *branches])
        if count or root.key in chosen or set(branches) & set(chosen):
            options.append(
                {"value": root.key, "label": sector_name(root.key), "count": count, "checked": root.key in chosen}
            )
            options += [
                {"value": key, "label": f"– {sector_name(key)}", "count": counts.get(key, 0), "checked": True}
                for key in branches
                if key in chosen
            ]
    return sorted(options, key=lambda option: -option["count"]) if not chosen else options


def _groups(wanted: Wanted, counts: Counts, signed_in: bool) -> list[dict[str, Any]]:
    shown: list[dict[str, Any]] = [
        {
            "name": "region",
            "label": translate("Region"),
            "kind": "check",
            "options": [
                {
                    "value": region.code,
                    "label": region_name(region.code),
                    "count": counts.by["regions"].get(region.code, 0),
                    "checked": region.code in wanted.regions,
                }
                for region in regions_served()
                if counts.by["regions"].get(region.code) or region.code in wanted.regions
            ],
        },
        {
            "name": "sector",
            "label": translate("Field of work"),
            "kind": "check",
            "options": _sector_options(counts.by["sectors"]),
        },
        {
            "name": "investment",
            "label": translate("Investment"),
            "kind": "range",
            "unit": currency_sign(here().currency),
            "low": _shown(wanted.low),
            "high": _shown(wanted.high),
        },
        {
            "name": "kind",
            "label": translate("Kind"),
            "kind": "check",
            "options": [
                {
                    "value": kind,
                    "label": translate(KIND_WORDS[kind]),
                    "count": counts.by["kinds"].get(kind, 0),
                    "checked": kind in wanted.kinds,
                }
                for kind in KINDS
                if counts.by["kinds"].get(kind) or kind in wanted.kinds
            ],
        },
        {
            "name": "sdg",
            "label": translate("Development goal"),
            "kind": "check",
            "options": [
                {
                    "value": str(number),
                    "label": f"{number}. {name}",
                    "count": counts.by["sdgs"].get(str(number), 0),
                    "checked": number in wanted.sdgs,
                }
                for number, name in goals(range(1, 18))
                if counts.by["sdgs"].get(str(number)) or number in wanted.sdgs
            ],
        },
    ]
    if signed_in:
        shown.insert(
            0,
            {
                "name": "saved",
                "label": translate("Saved projects"),
                "kind": "check",
                "options": [
                    {
                        "value": "1",
                        "label": translate("Only what I saved"),
                        "count": None,
                        "checked": wanted.saved_by is not None,
                    }
                ],
            },
        )
    return [group for group in shown if group["kind"] == "range" or group["options"]]


def _shown(minor: int | None) -> int | None:
    """Minor units as the whole number that stands in the field."""
    return None if minor is None else minor // 10 ** minor_digits(here().currency)


def _chips(wanted: Wanted) -> list[tuple[str, str]]:
    """What is switched on, each with the address that switches it off."""
    chips = [(region_name(code), toggled("region", code)) for code in wanted.regions]
    chips += [(sector_name(key), toggled("sector", key)) for key in reading.choices("sector")]
    chips += [(f"{number}. {name}", toggled("sdg", str(number))) for number, name in goals(wanted.sdgs)]
    chips += [(translate(KIND_WORDS[kind]), toggled("kind", kind)) for kind in wanted.kinds]
    if wanted.low is not None or wanted.high is not None:
        chips.append((translate("Investment"), address_with(investment_min=None, investment_max=None, page=None)))
    if wanted.saved_by is not None:
        chips.append((translate("Saved projects"), address_with(saved=None, page=None)))
    return chips


def _filters(wanted: Wanted, counts: Counts, q: str | None, sort: str, signed_in: bool) -> Markup:
    """The form beside the list; for who neither searched nor is signed in, as long as the same counts are kept."""

    def drawn() -> Markup:
        hidden = {"sort": sort, "territory": elsewhere()}
        return filters(url_for("projectbank.projects"), _groups(wanted, counts, signed_in), hidden, counts.total, q)

    if q or signed_in:
        return drawn()
    chosen = tuple(reading.choices("sector"))
    return kept_from(counts, "filters of projects", wanted, chosen, sort, language(), here().key, make=drawn)


def _map(wanted: Wanted, counts: Counts) -> Markup | None:
    """The regions with how many sheets each has; none where nothing is found."""
    if not counts.by["regions"]:
        return None
    chosen = wanted.regions[0] if len(wanted.regions) == 1 else None
    # One address is built, the others are like it; the chosen region's opens the whole country again.
    everywhere = address_with(region=None, page=None)
    joined = everywhere + ("&" if "?" in everywhere else "?")

    def drawn() -> Markup:
        return region_maps(
            counts.by["regions"],
            chosen,
            lambda code: (everywhere if code == chosen else f"{joined}region={code}") + "#list",
        )

    if not wanted.of_everybody:
        return drawn()
    return kept_from(counts, "map of projects", everywhere, chosen, language(), here().key, make=drawn)


@projectbank.get(f"{PAGE}/projects")
@access(public)
@kept("projects", "settings", query=QUERY, never=("q", "saved"))
def projects() -> str:
    """Ideas, ready models and opportunities."""
    me = visitor()
    q = reading.words("q")
    hits = current_app.extensions["search"].ids("sheet", q) if q else None
    wanted = _wanted(hits.ids if hits else None, me.id if me else None)
    sorts = ("fit", *SORTS) if q else SORTS
    sort = reading.choice("sort", sorts, sorts[0])
    number = page_number()
    counts = count_by(wanted)
    ids = find_sheets(wanted, sort, (number - 1) * PAGE_SIZE, PAGE_SIZE)
    sheets = sheets_in_a_grid(ids, saved_among(me.id if me else None, ids), level=2)
    chips = _chips(wanted)
    return render_template(
        "projectbank/projects.html",
        q=q,
        sheets=sheets,
        filters=_filters(wanted, counts, q, sort, me is not None),
        chips=chips,
        page=Page(sheets, number, PAGE_SIZE, counts.total),
        sort=sort,
        currency=currency_sign(wanted.currency) if wanted.currency else None,
        by_sum=wanted.low is not None or wanted.high is not None,
        sorts=[(key, translate(SORT_WORDS[key])) for key in sorts],
        kept={name: request.args.getlist(name) for name in request.args if name not in ("sort", "page")},
        widened=bool(hits and hits.widened and counts.total),
        instead=did_you_mean(q, "sheet") if hits and (hits.widened or not hits.total) else None,
        map=_map(wanted, counts),
        everything=url_for("projectbank.projects"),
    )
