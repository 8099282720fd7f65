"""Which products the rows of a file mean, and how those stand now."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.engines.db import db
from catalog.gateway.goods import Goods, by_handle, handle_in
from catalog.gateway.identity import is_named, names_another, numbers_that_identify
from catalog.gateway.own import own_parts, size_in
from catalog.gateway.report import LOOKED_AT_ONCE
from catalog.models import Product, ProductText, Variant
from catalog.queries.export import own_rows

Batch = Sequence[Sequence[Goods]]


@dataclass(frozen=True)
class Standing:
    """A product with its variants in their order and its texts by language; `parts` are each variant's in our own format."""

    product: Product
    variants: Sequence[Variant] = ()
    texts: Mapping[str, ProductText] = field(default_factory=dict)
    parts: Mapping[int, Mapping[str, str]] = field(default_factory=dict)


def known_products(organisation_id: int, goods: Sequence[Goods]) -> dict[str, int]:
    """Which products of the cooperative a file means, before any of it is written: {its key for a product: product}.

    By the size our own export names, by the file's key, by address; what is still unknown by an article number or barcode
    that one row of the file and one product of the shop bear, unless a file has called that one otherwise.
    """
    keys = list(dict.fromkeys(row.product_key for row in goods if row.product_key))
    known = _by_own_size(organisation_id, goods)
    known = {**known_by_key(organisation_id, keys), **known}
    handles = {handle: key for key in keys if key not in known and (handle := handle_in(key)) is not None}
    taken = set(known.values())
    for slug, (product_id, called) in _bearing(organisation_id, Product.slug, list(handles)):
        if product_id not in taken and (called is None or called not in keys):
            known[handles[slug]] = product_id
    return {**_by_number(organisation_id, goods, known), **known}


def _by_own_size(organisation_id: int, goods: Sequence[Goods]) -> dict[str, int]:
    """An export of this shop names the sizes; one of another shop has other addresses beside them."""
    named = {size: row.product_key for row in goods if (size := size_in(row.row_key)) is not None}
    known: dict[str, int] = {}
    for size, (product_id, called), slug in _bearing_sizes(organisation_id, list(named)):
        if named[size] in (called, by_handle(slug)):
            known.setdefault(named[size], product_id)
    return known


def _by_number(organisation_id: int, goods: Sequence[Goods], known: Mapping[str, int]) -> dict[str, int]:
    """Products known by a number alone, which is never another handle's, nor two handles' at once."""
    found: dict[str, int] = {}
    taken = {product_id: key for key, product_id in known.items() if is_named(key)}
    claims: dict[int, set[str]] = defaultdict(set)
    for number, column in (("sku", Variant.sku), ("barcode", Variant.barcode)):
        bearers = {value: key for value, key in numbers_that_identify(goods, number).items() if key and key not in known}
        held: dict[str, set[tuple[int, str | None]]] = defaultdict(set)
        for value, product in _bearing(organisation_id, column, list(bearers)):
            held[value].add(product)
        for value, products in held.items():
            [(product_id, called), *others] = products
            key = bearers[value]
            if not others and not names_another(key, called) and not (is_named(key) and product_id in taken):
                found[key] = product_id
                claims[product_id] |= {key} if is_named(key) else set()
    return {key: product_id for key, product_id in found.items() if not is_named(key) or len(claims[product_id]) == 1}


def known_by_key(organisation_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Those that a file has made, as they are known now."""
    return {key: product_id for key, (product_id, _) in _bearing(organisation_id, Product.external_key, keys)}


def _bearing(organisation_id: int, column: Any, values: Sequence[str]) -> Iterator[tuple[str, tuple[int, str | None]]]:
    """(value, (product, what a file calls it)) of those that bear one of the values in this column; some at a time."""
    for start in range(0, len(values), LOOKED_AT_ONCE):
        asked = select(column, Product.id, Product.external_key).where(
            Product.organisation_id == organisation_id,
            Product.state != "discarded",
            column.in_(values[start : start + LOOKED_AT_ONCE]),
        )
        if column.class_ is Variant:
            asked = asked.join(Variant, Variant.product_id == Product.id)
        yield from ((value, (product_id, called)) for value, product_id, called in db.session.execute(asked))


def _bearing_sizes(organisation_id: int, sizes: Sequence[int]) -> Iterator[tuple[int, tuple[int, str | None], str]]:
    """(variant, (product, what a file calls it), address); some at a time."""
    for start in range(0, len(sizes), LOOKED_AT_ONCE):
        asked = (
            select(Variant.id, Product.id, Product.external_key, Product.slug)
            .join(Product, Product.id == Variant.product_id)
            .where(
                Variant.organisation_id == organisation_id,
                Product.state != "discarded",
                Variant.id.in_(sizes[start : start + LOOKED_AT_ONCE]),
            )
        )
        yield from ((size, (product_id, called), slug) for size, product_id, called, slug in db.session.execute(asked))


def standings(product_ids: Collection[int], own: bool) -> dict[int, Standing]:
    """How these products stand now; for `own` files also part by part. Three statements, and two."""
    ids = sorted(set(product_ids))
    variants: dict[int, list[Variant]] = defaultdict(list)
    texts: dict[int, dict[str, ProductText]] = defaultdict(dict)
    anew = {"populate_existing": True}
    for variant in db.session.scalars(
        select(Variant).where(Variant.product_id.in_(ids)).order_by(Variant.position).execution_options(**anew)
    ):
        variants[variant.product_id].append(variant)
    for text in db.session.scalars(select(ProductText).where(ProductText.product_id.in_(ids)).execution_options(**anew)):
        texts[text.product_id][text.language] = text
    parts = own_parts(own_rows(ids)) if own else {}
    products = db.session.scalars(
        select(Product).where(Product.id.in_(ids), Product.state != "discarded").execution_options(**anew)
    ).all()
    return {one.id: Standing(one, variants[one.id], texts[one.id], parts.get(one.id, {})) for one in products}
