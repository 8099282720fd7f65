"""What several pages say in the same words: kinds, states, regions, fields of work, goals, drawings, absolute addresses."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from markupsafe import Markup

from app.engines.keeping import kept_each
from app.engines.language import estimate, language, translate, translate_many
from app.engines.place import here
from app.kernel.text import msg
from app.territories.loading import name_in, territory_named
from app.web.drawings import DRAWINGS
from app.web.regions import region_name, sector_name
from projectbank.queries.sheet_lists import SheetCard, cards_of

KIND_WORDS = {"idea": msg("Idea"), "model": msg("Ready model"), "opportunity": msg("Opportunity")}
KIND_TONES = {"idea": "info", "model": "good", "opportunity": "gold"}
STATE_WORDS = {
    "draft": msg("Draft"),
    "submitted": msg("With the office"),
    "published": msg("Published"),
    "returned": msg("Returned to you"),
    "archived": msg("Withdrawn"),
}
STATE_TONES = {"draft": "neutral", "submitted": "wait", "published": "good", "returned": "bad", "archived": "neutral"}
GROUP_WORDS = {"forming": msg("Forming"), "ready": msg("Ready"), "dissolved": msg("Dissolved")}
GROUP_TONES = {"forming": "wait", "ready": "good", "dissolved": "neutral"}
# The courses our own sheets name; another one is called by its address.
COURSES = {
    "founding-a-cooperative": msg("Founding a cooperative"),
    "pricing-and-margins": msg("Prices and margins"),
    "selling-online-and-shipping": msg("Selling online and shipping"),
    "running-a-general-assembly": msg("Running a general assembly"),
}
_SECTOR_DRAWINGS = {
    "agriculture": "agriculture",
    "agri_dairy": "dairy",
    "agri_livestock": "livestock",
    "agri_beekeeping": "beekeeping",
    "agri_shared_machinery": "agriculture",
    "agri_supply": "agriculture",
    "agri_vegetables_citrus": "vegetables",
    "handicraft": "workshop",
    "craft_textile_carpet": "carpet",
    "craft_embroidery": "clothing",
    "craft_wood": "wood",
    "foodstuffs": "preserves",
    "argan": "argan-oil",
    "aromatic_medicinal_plants": "herbs",
    "fishing": "fish",
    "waste_treatment": "recycling",
    "tourism": "tourism",
    "literacy_education_training": "course",
    "e_commerce": "online",
    "forestry": "agriculture",
    "art_culture": "workshop",
    "consulting_management": "assembly",
    "library": "course",
}


@dataclass(frozen=True)
class Shown:
    """A sheet in the grid, every word said."""

    href: str
    title: str
    pitch: str
    language: str
    kind: str
    tone: str
    sector: str
    region: str
    drawing: str
    money: str
    members: str
    saved: bool


def drawing_of(sector: str | None, category: str | None) -> str:
    """The drawing of a sheet: its goods when we have a drawing of them, else its field of work."""
    return category if category in DRAWINGS else _SECTOR_DRAWINGS.get(sector or "", "services")


def sector_choices(territory: str) -> Iterator[tuple[str, str]]:
    """(key, name): each field of work, its branches below it."""
    spoken = language()
    sectors = territory_named(territory).sectors
    for root in sectors:
        if root.parent is None:
            yield root.key, name_in(root.names, spoken)
            for branch in sectors:
                if branch.parent == root.key:
                    yield branch.key, f"– {name_in(branch.names, spoken)}"


def goals(numbers: Sequence[int]) -> list[tuple[int, str]]:
    """(number, name) of sustainable development goals."""
    spoken = language()
    names = {one.number: name_in(one.names, spoken) for one in here().sdgs}
    return [(number, names.get(number, "")) for number in numbers]


def sheets_in_a_grid(ids: Sequence[int], saved: set[int], level: int = 3) -> list[Markup]:
    """These sheets in this order, each with a heading of this level: written once for all who are shown it."""

    def kept(mark: bool, asked: Sequence[int]) -> Mapping[int, Markup]:
        def written(missing: Sequence[int]) -> dict[int, Markup]:
            template: Any = current_app.jinja_env.get_template("projectbank/grid.html").module
            cards = cards_of(missing, language())
            return {card.id: template.tile(one, level) for card, one in zip(cards, _shown(cards, mark), strict=True)}

        return kept_each("sheets", level, mark, language(), here().key, ids=asked, kinds=("projects",), make=written)

    marked = [one for one in ids if one in saved]
    made = {**kept(False, [one for one in ids if one not in saved]), **(kept(True, marked) if marked else {})}
    return [made[one] for one in ids if one in made]


def _shown(cards: Sequence[SheetCard], saved: bool) -> list[Shown]:
    """One address is built, the others are like it."""
    pattern = url_for("projectbank.project", slug="-")[:-1]
    return [
        Shown(
            pattern + card.slug,
            card.title,
            card.pitch,
            card.language,
            translate(KIND_WORDS[card.kind]),
            KIND_TONES[card.kind],
            sector_name(card.sector, card.region),
            region_name(card.region),
            drawing_of(card.sector, card.category),
            estimate(card.investment, card.currency) if card.investment is not None else "",
            translate_many("from %(num)s member", "from %(num)s members", card.members_min or 1),
            saved,
        )
        for card in cards
    ]


def course_links(slugs: Sequence[str]) -> list[tuple[str, str | None]]:
    """(title, address) of courses; no address where no academy is installed."""
    installed = "academy.course" in current_app.view_functions
    return [
        (
            translate(COURSES[slug]) if slug in COURSES else slug.replace("-", " ").capitalize(),
            url_for("academy.course", slug=slug) if installed else None,
        )
        for slug in slugs
    ]


def market_link(category: str | None) -> str | None:
    """The market's page of the goods a project would sell; None where no market is installed."""
    if not category or "catalog.market" not in current_app.view_functions:
        return None
    return url_for("catalog.market", category=category)


def address_of(endpoint: str, **values: Any) -> Callable[[str], str]:
    """For letters: the absolute address of a page in the language asked for."""
    return lambda code: str(current_app.config["PUBLIC_URL"]).rstrip("/") + url_for(endpoint, lang=code, **values)
