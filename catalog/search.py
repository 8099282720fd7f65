"""What the search knows of products and cooperatives: words in every language, class names, makers and places."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from app.accounts.models import Organisation, OrganisationText
from app.engines.db import db
from app.engines.search.interface import SearchDocument
from app.territories.loading import territory_named
from app.territories.records import UnknownCode
from catalog.models import ON_SALE, Product, ProductText, Variant
from catalog.rules import categories

CHUNK = 1000
MEASURES = ("g", "ml", "m")  # units that a size is told in
# The names, in every language, of the labels that are proved: {id: names} of products, or of cooperatives.
Labels = Callable[[Sequence[int]], Mapping[int, Sequence[str]]]


def product_documents(ids: Sequence[int] | None, labels: Labels) -> Iterable[SearchDocument]:
    """Those of these products that are on sale (of all when None)."""
    if ids is None:
        ids = db.session.scalars(select(Product.id).where(ON_SALE).order_by(Product.id)).all()
    for start in range(0, len(ids), CHUNK):
        yield from _products(ids[start : start + CHUNK], labels)


def _products(ids: Sequence[int], labels: Labels) -> Iterator[SearchDocument]:
    rows = db.session.execute(
        select(
            Product.id,
            Product.category,
            Product.origin,
            Product.organisation_id,
            Organisation.territory,
            Organisation.region,
            Organisation.province,
            Organisation.commune,
        )
        .join(Organisation, Organisation.id == Product.organisation_id)
        .where(Product.id.in_(ids), ON_SALE, Organisation.state == "verified")
    ).all()
    titles: dict[int, dict[str, str]] = defaultdict(dict)
    bodies: dict[int, dict[str, str]] = defaultdict(dict)
    for text in db.session.execute(
        select(
            ProductText.product_id, ProductText.language, ProductText.title, ProductText.description, ProductText.ingredients
        ).where(ProductText.product_id.in_([row.id for row in rows]))
    ):
        titles[text.product_id][text.language] = text.title
        bodies[text.product_id][text.language] = f"{text.description} {text.ingredients}"
    makers = _names({row.organisation_id for row in rows})
    sizes = _sizes([row.id for row in rows])
    proved = labels([row.id for row in rows])
    for row in rows:
        classes = [
            *categories.search_names(row.category),
            *proved.get(row.id, ()),
        ]
        names = [*makers.get(row.organisation_id, {}).values(), *_place_names(row, row.origin)]
        yield SearchDocument("product", row.id, titles[row.id], bodies[row.id], classes, names, sizes.get(row.id, ()))


def _sizes(ids: Sequence[int]) -> Mapping[int, Sequence[str]]:
    """The sizes a product is sold in, as people type them: "500 g"."""
    sizes: dict[int, list[str]] = defaultdict(list)
    for product_id, unit, quantity in db.session.execute(
        select(Variant.product_id, Variant.unit, Variant.quantity)
        .where(Variant.product_id.in_(ids), Variant.active, Variant.unit.in_(MEASURES))
        .distinct()
    ):
        sizes[product_id].append(f"{quantity} {unit}")
    return sizes


def cooperative_documents(ids: Sequence[int] | None, labels: Labels) -> Iterable[SearchDocument]:
    """The verified ones of these organisations (of all when None)."""
    asked = select(
        Organisation.id,
        Organisation.territory,
        Organisation.region,
        Organisation.province,
        Organisation.commune,
        Organisation.sector,
    ).where(Organisation.state == "verified", Organisation.kind.in_(("cooperative", "union")))
    rows = db.session.execute(asked if ids is None else asked.where(Organisation.id.in_(ids))).all()
    names: dict[int, dict[str, str]] = defaultdict(dict)
    bodies: dict[int, dict[str, str]] = defaultdict(dict)
    for start in range(0, len(rows), CHUNK):
        for text in db.session.execute(
            select(
                OrganisationText.organisation_id,
                OrganisationText.language,
                OrganisationText.name,
                OrganisationText.pitch,
                OrganisationText.story,
            ).where(OrganisationText.organisation_id.in_([row.id for row in rows[start : start + CHUNK]]))
        ):
            names[text.organisation_id][text.language] = text.name
            bodies[text.organisation_id][text.language] = f"{text.pitch} {text.story}"
    proved = labels([row.id for row in rows])
    for row in rows:
        classes = [*_sector_names(row.territory, row.sector), *proved.get(row.id, ())]
        yield SearchDocument("cooperative", row.id, names[row.id], bodies[row.id], classes, _place_names(row))


def _names(ids: set[int]) -> Mapping[int, Mapping[str, str]]:
    names: dict[int, dict[str, str]] = defaultdict(dict)
    for text in db.session.execute(
        select(OrganisationText.organisation_id, OrganisationText.language, OrganisationText.name).where(
            OrganisationText.organisation_id.in_(sorted(ids))
        )
    ):
        names[text.organisation_id][text.language] = text.name
    return names


def _place_names(row: Any, origin: str | None = None) -> list[str]:
    """Where the maker is, and where the thing comes from when that is elsewhere, in every language."""
    territory = territory_named(row.territory)
    names = [row.commune] if row.commune else []
    for code in dict.fromkeys(filter(None, (row.region, origin))):
        with suppress(UnknownCode):
            region = territory.region(code)
            names += [*region.names.values(), *region.seat.values()]
    if row.province:
        with suppress(UnknownCode):
            names += territory.province(row.province).names.values()
    return names


def _sector_names(territory: str, code: str) -> list[str]:
    try:
        sector = territory_named(territory).sector(code)
    except UnknownCode:
        return []
    return [*sector.names.values(), *sector.aliases]
