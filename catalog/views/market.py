"""The market: the list with its search, filters and sort."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app, render_template, request, url_for
from markupsafe import Markup

from app.engines.keeping import kept_from
from app.engines.language import currency_sign, language, translate
from app.engines.place import elsewhere, here
from app.engines.search.words import did_you_mean
from app.kernel.clock import now
from app.kernel.money import minor_digits
from app.kernel.text import msg, msg_in
from app.web import reading
from app.web.access import access, public
from app.web.addresses import PAGE
from app.web.filters import filters
from app.web.page_cache import holds_until, kept
from app.web.paging import Page, address_with, page_number, toggled
from app.web.regions import region_name, regions_served, several_currencies
from catalog.queries.facets import Counts, MarketFilter
from catalog.queries.market import PAGE_SIZE, SORTS, newest
from catalog.queries.market import market as read_market
from catalog.queries.offers import next_return
from catalog.queries.proofs import next_end
from catalog.queries.suggesting import LONGEST_TYPED, Suggestion, suggestions
from catalog.rules import categories
from catalog.rules.products import MAX_PRICE
from catalog.rules.reading import shown_decimal
from catalog.views.blueprint import catalog
from catalog.views.feeds import feed_title
from catalog.views.goods import goods_in_a_grid
from catalog.views.showing import category_name, kinds_of_goods

SUGGESTIONS_HOLD = timedelta(minutes=1)  # the index follows the goods without raising a number
FRESH = 4  # goods shown where the words find nothing
QUERY = ("category", "region", "cooperative", "price_min", "price_max", "in_stock", "sort", "page")
SORT_WORDS = {
    "best": msg("Best match"),
    "new": msg("Newest"),
    "cheap": msg("Price, low to high"),
    "dear": msg("Price, high to low"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of a facet; an object, because templates read attributes faster than keys."""

    value: str
    label: str
    count: int | None
    checked: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A group of choices, or a range of prices in major units."""

    name: str
    label: str
    kind: str
    options: Sequence[Choice] = ()
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    low_label: str | None = None
    high_label: str | None = None


def _price(name: str) -> int | None:
    return reading.amount(name, here().currency, MAX_PRICE)


def _narrowest(keys: Sequence[str]) -> tuple[str, ...]:
    """Who has chosen a category and then one below it means the one below."""
    known = [key for key in keys if key in categories.tree()]
    return tuple(key for key in known if not any(other != key and other in categories.family(key) for other in known))


def _wanted(searched: bool) -> MarketFilter:
    sorts = SORTS if searched else SORTS[1:]
    low, high = _price("price_min"), _price("price_max")
    if low is not None and high is not None and low > high:
        low, high = high, low
    return MarketFilter(
        _narrowest(reading.choices("category")),
        tuple(reading.choices("region")),
        tuple(reading.choices("cooperative")),
        low or None,
        high or None,
        reading.yes("in_stock"),
        reading.choice("sort", sorts, sorts[0]),
        here().currency if several_currencies() else None,
    )


def _category_options(counts: Counts, chosen: Sequence[str]) -> Iterator[Choice]:
    """The roots; below a root on the way to what is chosen, its branches."""
    way = {one.key for key in chosen for one in categories.ancestors(key)}

    def below(parent: str | None, depth: int) -> Iterator[Choice]:
        for category in categories.children().get(parent, ()):
            count = counts.categories.get(category.key, 0)
            if count or category.key in way:
                yield Choice(category.key, "– " * depth + category.name(language()), count, category.key in chosen)
            if category.key in way:
                yield from below(category.key, depth + 1)

    return below(None, 0)


def _groups(wanted: MarketFilter, counts: Counts) -> list[Facet]:
    currency = here().currency
    digits = minor_digits(currency)
    regions = [
        Choice(region.code, region_name(region.code), counts.regions.get(region.code, 0), region.code in wanted.regions)
        for region in regions_served()
        if counts.regions.get(region.code) or region.code in wanted.regions
    ]
    makers = [Choice(slug, name, count, slug in wanted.cooperatives) for slug, name, count in counts.cooperatives]
    shown = [
        Facet("category", translate("Category"), "check", list(_category_options(counts, wanted.categories))),
        Facet("region", translate("Region"), "check", regions),
        Facet(
            "price",
            translate("Price"),
            "range",
            unit=currency_sign(currency),
            low=shown_decimal(wanted.low, digits) if wanted.low else None,
            high=shown_decimal(wanted.high, digits) if wanted.high else None,
        ),
        Facet("in_stock", translate("Stock"), "check", [Choice("1", translate("In stock now"), None, wanted.in_stock)]),
        Facet("cooperative", translate(msg_in("catalog", "Cooperative")), "check", makers),
    ]
    return [facet for facet in shown if facet.kind == "range" or facet.options]


def _chosen(wanted: MarketFilter, counts: Counts) -> list[tuple[str, str]]:
    """What is switched on, each with the address that switches it off."""
    names = {slug: name for slug, name, _count in counts.cooperatives}
    chips = [(category_name(key), toggled("category", key)) for key in wanted.categories]
    chips += [(region_name(code), toggled("region", code)) for code in wanted.regions]
    chips += [(names.get(slug, slug), toggled("cooperative", slug)) for slug in wanted.cooperatives]
    if wanted.low is not None or wanted.high is not None:
        chips.append((translate("Price"), address_with(price_min=None, price_max=None, page=None)))
    if wanted.in_stock:
        chips.append((translate("In stock now"), address_with(in_stock=None, page=None)))
    return chips


def _filters(wanted: MarketFilter, counts: Counts, q: str | None) -> Markup:
    """The form beside the list; for who has not searched, as long as the same counts are kept."""

    def drawn() -> Markup:
        hidden = {"sort": wanted.sort, "territory": elsewhere()}
        return filters(url_for("catalog.market"), _groups(wanted, counts), hidden, counts.total, q)

    if q or wanted.in_stock:
        return drawn()
    return kept_from(counts, "filters of the market", wanted, language(), here().key, make=drawn)


def _kept(*without: str) -> dict[str, list[str]]:
    return {name: request.args.getlist(name) for name in request.args if name not in (*without, "page")}


@catalog.get(f"{PAGE}/market")
@access(public)
@kept("market", "cooperatives", "settings", query=QUERY, never=("q",))
def market() -> str:
    """What cooperatives sell."""
    q = reading.words("q")
    holds_until(next_return, now())
    holds_until(next_end, now())
    hits = current_app.extensions["search"].ids("product", q) if q else None
    wanted = _wanted(bool(q))
    number = page_number()
    listing = read_market(wanted, hits, language(), number, now())
    counts, goods = listing.counts, goods_in_a_grid(listing.ids, level=2)
    return render_template(
        "catalog/market.html",
        q=q,
        goods=goods,
        filters=_filters(wanted, counts, q),
        chips=_chosen(wanted, counts),
        page=Page(goods, number, PAGE_SIZE, counts.total),
        sort=wanted.sort,
        currency=currency_sign(wanted.currency) if wanted.currency else None,
        by_price=wanted.low is not None or wanted.high is not None,
        kept=_kept("sort"),
        sorts=[(key, translate(SORT_WORDS[key])) for key in (SORTS if q else SORTS[1:])],
        widened=bool(hits and hits.widened and counts.total),
        instead=did_you_mean(q, "product") if hits and (hits.widened or not hits.total) else None,
        kinds=() if counts.total else kinds_of_goods(),
        fresh=goods_in_a_grid(newest(FRESH)) if hits and not hits.total else (),
        feeds=[(feed_title(category_name(key)), url_for("catalog.new_goods", category=key)) for key in wanted.categories],
        heading=category_name(wanted.categories[0]) if len(wanted.categories) == 1 else None,
    )


@catalog.get(f"{PAGE}/market/suggest")
@access(public)
@kept("market", "cooperatives", query=("q",))
def suggest() -> str:
    """What the search field offers while somebody types: a piece of a page, which its script puts below the field."""
    holds_until(lambda moment: moment + SUGGESTIONS_HOLD, now())
    search = current_app.extensions["search"]
    found = suggestions(reading.words("q", LONGEST_TYPED), language(), lambda text: search.count("product", text))
    return render_template("catalog/suggestions.html", found=[(one, _goes_to(one)) for one in found])


def _goes_to(suggestion: Suggestion) -> str:
    if suggestion.sort == "cooperative":
        return url_for("catalog.cooperative", slug=suggestion.key)
    if suggestion.sort == "kind":
        return url_for("catalog.market", category=suggestion.key)
    return url_for("catalog.market", q=suggestion.key)
