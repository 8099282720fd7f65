"""Goods as they stand in a grid: each is written once in a language, for all who are shown it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from markupsafe import Markup

from app.engines.keeping import kept_each
from app.engines.language import language
from app.engines.place import here
from app.kernel.clock import now
from app.web.regions import region_name
from catalog.queries.cards import ProductCard, cards_of
from catalog.queries.listed import FACTS
from catalog.queries.offers import next_return
from catalog.queries.permits import till_a_permit_ends
from catalog.views.showing import drawn, per_words, picture_address


@dataclass(frozen=True, slots=True)
class Tile:
    """A product in the grid, every word said."""

    href: str
    title: str
    price: int
    currency: str
    several: bool
    per: str | None
    maker: str
    region: str
    picture: str | None
    drawing: Markup | None
    out: bool


def goods_in_a_grid(ids: Sequence[int], level: int = 3, maker: bool = True) -> list[Markup]:
    """These goods in this order, each with a heading of this level; what is not on sale is left out."""

    def written(missing: Sequence[int]) -> dict[int, Markup]:
        template: Any = current_app.jinja_env.get_template("catalog/grid.html").module
        cards = cards_of(missing, language(), now())
        return {card.id: template.tile(one, level, maker) for card, one in zip(cards, _tiles(cards), strict=True)}

    made = kept_each(
        "goods", level, maker, language(), here().key, ids=ids, kinds=FACTS, make=written, until=_till_it_says_otherwise
    )
    return [made[one] for one in ids if one in made]


def _till_it_says_otherwise() -> float:
    moment = next_return(now())
    return min(moment.timestamp() if moment is not None else math.inf, till_a_permit_ends())


def _tiles(cards: Sequence[ProductCard]) -> list[Tile]:
    """One address is built, the others are like it."""
    pattern = url_for("catalog.product", slug="-")[:-1]
    return [
        Tile(
            pattern + card.slug,
            card.title,
            card.price,
            card.currency,
            card.several,
            per_words(card.per, card.currency),
            card.maker,
            region_name(card.region),
            picture_address(card.picture_stem),
            None if card.picture_stem else drawn(card.drawing),
            not card.in_stock,
        )
        for card in cards
    ]
