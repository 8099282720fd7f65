"""Drawings of our own by kind of goods, sector and course, and the tile map of regions; all SVG, never mirrored."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from app.engines.language import language, translate
from app.kernel.text import msg
from app.territories.loading import name_in, territory_named

DRAWINGS = {
    "argan-oil": "Argan oil",
    "olive-oil": "Olive oil",
    "honey": "Honey",
    "saffron": "Saffron",
    "dates": "Dates",
    "couscous": "Couscous and grains",
    "herbs": "Herbs and spices",
    "dairy": "Cheese and dairy",
    "rose": "Rose and cosmetics",
    "carpet": "Carpets and weaving",
    "pottery": "Pottery",
    "leather": "Leather",
    "basketry": "Basketry",
    "jewellery": "Jewellery",
    "clothing": "Clothing",
    "dried-fruit": "Dried fruits and nuts",
    "fish": "Fish",
    "preserves": "Preserves",
    "spread": "Amlou and sweet spreads",
    "olives": "Olives and capers",
    "figs": "Dried figs",
    "vinegar": "Vinegar",
    "fruit": "Fresh fruit",
    "vegetables": "Fresh vegetables",
    "eggs": "Eggs",
    "sapling": "Plants and seeds",
    "sack": "Flour and feed",
    "serum": "Oils for skin and hair",
    "cream": "Creams and balms",
    "soap": "Soap",
    "clay": "Clay and henna",
    "linen": "Linen and embroidery",
    "wool": "Wool",
    "wood": "Wood",
    "metalwork": "Metalwork",
    "other": "Other goods and services",
    "agriculture": "Agriculture",
    "livestock": "Livestock",
    "beekeeping": "Beekeeping",
    "tourism": "Tourism",
    "recycling": "Recycling",
    "energy": "Energy",
    "services": "Services",
    "workshop": "Workshop",
    "course": "Course",
    "law": "Law and founding",
    "pricing": "Prices and margins",
    "online": "Selling online",
    "assembly": "General assembly",
    "lost": "A road that ends",
}

# The ground each is drawn on.
GROUNDS = {
    "argan-oil": "saffron",
    "olive-oil": "argan",
    "honey": "saffron",
    "saffron": "indigo",
    "dates": "terracotta",
    "couscous": "saffron",
    "herbs": "argan",
    "dairy": "indigo",
    "rose": "terracotta",
    "carpet": "saffron",
    "pottery": "indigo",
    "leather": "saffron",
    "basketry": "argan",
    "jewellery": "saffron",
    "clothing": "terracotta",
    "dried-fruit": "saffron",
    "fish": "indigo",
    "preserves": "terracotta",
    "spread": "saffron",
    "olives": "argan",
    "figs": "saffron",
    "vinegar": "argan",
    "fruit": "argan",
    "vegetables": "saffron",
    "eggs": "argan",
    "sapling": "argan",
    "sack": "indigo",
    "serum": "terracotta",
    "cream": "saffron",
    "soap": "indigo",
    "clay": "argan",
    "linen": "saffron",
    "wool": "indigo",
    "wood": "argan",
    "metalwork": "saffron",
    "other": "saffron",
    "agriculture": "argan",
    "livestock": "saffron",
    "beekeeping": "saffron",
    "tourism": "indigo",
    "recycling": "argan",
    "energy": "saffron",
    "services": "indigo",
    "workshop": "terracotta",
    "course": "indigo",
    "law": "indigo",
    "pricing": "saffron",
    "online": "argan",
    "assembly": "terracotta",
    "lost": "saffron",
}
# Shorter words for the same kinds, as categories and sheets use them.
SAME_DRAWING = {"argan": "argan-oil", "grains": "couscous", "spices": "herbs", "nuts": "dried-fruit", "service": "services"}

# Shapes of goods beside the kinds' own, with the kind that each belongs to; drawn in goods.svg.
SHAPES = {
    "tajine": "pottery",
    "plate": "pottery",
    "bowl": "pottery",
    "jug": "pottery",
    "platter": "pottery",
    "tiles": "pottery",
    "cushion": "leather",
    "bag": "leather",
    "bracelet": "jewellery",
    "spoons": "wood",
    "box": "wood",
    "turned-bowl": "wood",
    "napkins": "linen",
    "striped-cloth": "linen",
    "tablecloth": "linen",
    "blouse": "clothing",
    "draped-cloth": "clothing",
    "cheese-wheel": "dairy",
    "fresh-cheese": "dairy",
    "cheese-roll": "dairy",
    "butter": "dairy",
    "bottle": "vinegar",
    "flask": "rose",
    "rosebuds": "rose",
    "vial": "serum",
    "tin": "fish",
    "oysters": "fish",
    "salt": "fish",
    "block": "dates",
    "sacks": "couscous",
    "pouch": "couscous",
    "bunch": "herbs",
    "sachet": "herbs",
    "threads": "saffron",
    "spice-tin": "saffron",
    "mortar": "saffron",
    "bulbs": "saffron",
    "gite": "tourism",
    "hike": "tourism",
    "goat": "livestock",
    "balm": "cream",
    "tub": "cream",
    "gift": "cream",
    "bale": "sack",
    "cakes": "sack",
    "walnuts": "dried-fruit",
    "palm": "sapling",
}

# The sides of a tile and the gap between two, in the units of the drawing; a name of LONGEST letters fits on a line.
WIDE = 104
HIGH = 68
GAP = 4
LONGEST = 10


@dataclass(frozen=True)
class Tile:
    """A region on the map: row and column start at 1, from the north and from the west; `short` fits the tile."""

    code: str
    name: str
    short: str
    row: int
    column: int


def drawing_kinds() -> list[tuple[str, str]]:
    """Every kind with its English name."""
    return list(DRAWINGS.items())


def region_tiles(territory_key: str) -> list[Tile]:
    """The regions of a territory as tiles, named in the language in force."""
    code = language()
    return [
        Tile(region.code, name_in(region.names, code), name_in(region.short_names, code), region.row, region.column)
        for region in territory_named(territory_key).regions
    ]


def two_lines(name: str, longest: int = LONGEST) -> list[str]:
    """A short name cut at a hyphen or a space into at most two lines, so that it can be read in a tile."""
    if len(name) <= longest:
        return [name]
    cuts = [i + (letter == "-") for i, letter in enumerate(name) if letter in "- "]
    if not cuts:
        return [name]
    best = min(cuts, key=lambda cut: max(cut, len(name) - cut))
    return [name[:best].strip(), name[best:].strip()]


def tile_map(tiles: Iterable[Tile], counts: Mapping[str, int], chosen: str | None, href: Callable[[str], str]) -> Markup:
    """The regions as tiles with links and counts, and as a list, folded on a phone. West is on the left everywhere."""
    placed = list(tiles)
    if not placed:
        return Markup("")
    most = max((counts.get(tile.code, 0) for tile in placed), default=0) or 1
    wide = max(tile.column for tile in placed) * (WIDE + GAP) - GAP
    high = max(tile.row for tile in placed) * (HIGH + GAP) - GAP
    drawn = Markup("").join(_tile(tile, counts.get(tile.code, 0), most, chosen, href(tile.code)) for tile in placed)
    listed = Markup("").join(_line(tile, counts.get(tile.code, 0), chosen, href(tile.code)) for tile in placed)
    return Markup(
        '<div class="tile-map"><svg viewBox="-2 -2 {} {}" aria-hidden="true" focusable="false" direction="ltr">{}</svg>'
        "<details><summary>{}</summary><ul>{}</ul></details></div>"
    ).format(wide + 4, high + 4, drawn, translate(msg("The regions as a list")), listed)


def _tile(tile: Tile, count: int, most: int, chosen: str | None, href: str) -> Markup:
    """One tile; the list beside it carries the same link for the keyboard, so that nothing is tabbed through twice."""
    x, y = (tile.column - 1) * (WIDE + GAP), (tile.row - 1) * (HIGH + GAP)
    lines = two_lines(tile.short)
    first = 22 if len(lines) == 2 else 29
    words = "".join(
        f'<text class="tile-name{" tile-long" if len(line) > LONGEST else ""}" x="{WIDE // 2}" y="{first + 17 * i}">'
        f"{escape(line)}</text>"
        for i, line in enumerate(lines)
    )
    now = " tile-chosen" if tile.code == chosen else ""
    shade = 0 if not count else 1 + min(3, 4 * count // (most + 1))
    return Markup(
        f'<a href="{escape(href)}" tabindex="-1" class="tile tile-{shade}{now}"><g transform="translate({x} {y})">'
        f'<title>{escape(tile.name)}</title><rect width="{WIDE}" height="{HIGH}" rx="10"/>{words}'
        f'<text class="tile-count" x="{WIDE // 2}" y="59">{count}</text></g></a>'
    )


def _line(tile: Tile, count: int, chosen: str | None, href: str) -> Markup:
    now = ' aria-current="true"' if tile.code == chosen else ""
    return Markup(f'<li><a href="{escape(href)}"{now}><span>{escape(tile.name)}</span> <b>{count}</b></a></li>')
