"""Goods as feeds tell them: what is new, and everything that can be bought, in files of a bounded length."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, case, func, select
from sqlalchemy.orm import aliased

from app.engines.db import execute
from app.engines.keeping import kept_from
from catalog.models import Product, ProductText, Variant
from catalog.queries.facets import maker_names
from catalog.queries.listed import listed_table
from catalog.queries.offers import Offer, offers_of

MOST_SIZES = 2_000  # of a file, some 2 MB; goods with more of them fill one alone

_words, _source = aliased(ProductText), aliased(ProductText)
_told = (
    case((_words.title.is_not(None), _words.language), else_=_source.language).label("language"),
    func.coalesce(_words.description, _source.description, "").label("description"),
)
MOMENTS = (
    select(Product.id, Product.published_at, Product.changed_at, *_told)
    .outerjoin(_words, and_(_words.product_id == Product.id, _words.language == bindparam("language")))
    .outerjoin(_source, and_(_source.product_id == Product.id, _source.source))
    .where(Product.id.in_(bindparam("ids", expanding=True)))
)
# Goods with a picture, each with how many ways it is sold.
SIZES = (
    select(Variant.product_id, func.count())
    .join(Product, Product.id == Variant.product_id)
    .where(
        Variant.active,
        Variant.price.is_not(None),
        Product.picture_stem.is_not(None),
        Product.currency == bindparam("currency"),
    )
    .group_by(Variant.product_id)
)
FACTS = (
    select(Variant.id, Variant.barcode, Product.category, *_told)
    .join(Product, Product.id == Variant.product_id)
    .outerjoin(_words, and_(_words.product_id == Product.id, _words.language == bindparam("language")))
    .outerjoin(_source, and_(_source.product_id == Product.id, _source.source))
    .where(Variant.product_id.in_(bindparam("ids", expanding=True)), Variant.active, Variant.price.is_not(None))
    .order_by(Variant.product_id, Variant.position, Variant.id)
)


@dataclass(frozen=True)
class Told:
    """A product beside its card. `language` is that of its words."""

    published_at: datetime
    changed_at: datetime
    language: str
    description: str


def told_of(ids: Sequence[int], language: str) -> Mapping[int, Told]:
    """One statement."""
    asked = {"ids": list(ids), "language": language}
    return {
        row.id: Told(row.published_at or row.changed_at, row.changed_at, row.language or language, row.description)
        for row in execute(MOMENTS, asked)
    }


@dataclass(frozen=True)
class Article:
    """A size as shops of others show it; `several` says that its product has more of them."""

    offer: Offer
    barcode: str | None
    category: str | None
    description: str
    maker: str
    several: bool


def files_of_goods(currency: str, now: datetime) -> Sequence[Sequence[int]]:
    """The listed goods with a picture that are sold in the currency, by id, cut into files."""
    table = listed_table(now)

    def cut() -> list[list[int]]:
        sizes: Mapping[int, int] = dict(execute(SIZES, {"currency": currency}).all())
        return list(_cut(sorted(one for one in table if one in sizes), sizes))

    return kept_from(table, "files of goods", currency, make=cut)


def _cut(ids: Sequence[int], sizes: Mapping[int, int]) -> Iterator[list[int]]:
    file: list[int] = []
    held = 0
    for one in ids:
        if file and held + sizes[one] > MOST_SIZES:
            yield file
            file, held = [], 0
        file.append(one)
        held += sizes[one]
    if file:
        yield file


def articles_of(product_ids: Sequence[int], language: str) -> list[Article]:
    """Each size of these goods that can be bought, or could be. Three statements."""
    facts = execute(FACTS, {"ids": list(product_ids), "language": language}).all()
    offers = {id_: one for id_, one in offers_of([row.id for row in facts], language).items() if one.sellable}
    makers = maker_names(language, sorted({one.organisation_id for one in offers.values()}))
    ways: dict[int, int] = {}
    for one in offers.values():
        ways[one.product_id] = ways.get(one.product_id, 0) + 1
    return [
        Article(offer, row.barcode, row.category, row.description, makers.get(offer.organisation_id, ""), several)
        for row in facts
        if (offer := offers.get(row.id)) is not None
        for several in (ways[offer.product_id] > 1,)
    ]
