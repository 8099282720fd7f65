"""Which products the rows of a file mean, and how those stand now."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.engines.db import db
from catalog.gateway.goods import Goods, handle_in
from catalog.gateway.own import own_parts
from catalog.gateway.report import LOOKED_AT_ONCE
from catalog.models import Product, ProductText, Variant
from catalog.queries.export import own_rows

Batch = Sequence[Sequence[Goods]]


@dataclass(frozen=True)
class Standing:
    """A product with its variants in their order and its texts by language; `parts` are those of our own format."""

    product: Product
    variants: Sequence[Variant] = ()
    texts: Mapping[str, ProductText] = field(default_factory=dict)
    parts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def known_products(organisation_id: int, goods: Sequence[Goods]) -> dict[str, int]:
    """Which products of the cooperative a file means, before any of it is written: {its key for a product: product}.

    By the file's key, by address, by barcode or article number; a number is that of the first product that bears it.
    """
    keys = {row.product_key for row in goods}
    barcodes: dict[str, str] = {}
    skus: dict[str, str] = {}
    for row in goods:
        for number, bearers in ((row.barcode, barcodes), (row.sku, skus)):
            if number:
                bearers.setdefault(number, row.product_key)
    handles = {handle: key for key in keys if (handle := handle_in(key)) is not None}
    known: dict[str, int] = {}
    for column, bearers in ((Variant.sku, skus), (Variant.barcode, barcodes), (Product.slug, handles)):
        for number, product_id in _bearing(organisation_id, column, list(bearers)):
            known[bearers[number]] = product_id
    return {**known, **known_by_key(organisation_id, list(keys))}


def known_by_key(organisation_id: int, keys: Sequence[str]) -> dict[str, int]:
    """Those that a file has made, as they are known now."""
    return dict(_bearing(organisation_id, Product.external_key, keys))


def _bearing(organisation_id: int, column: Any, values: Sequence[str]) -> Iterator[tuple[str, int]]:
    """(value, product) of the cooperative's products that bear one of the values in this column; some at a time."""
    for start in range(0, len(values), LOOKED_AT_ONCE):
        asked = select(column, Product.id).where(
            Product.organisation_id == organisation_id,
            Product.state != "discarded",
            column.in_(values[start : start + LOOKED_AT_ONCE]),
        )
        if column.class_ is Variant:
            asked = asked.join(Variant, Variant.product_id == Product.id)
        yield from ((value, product_id) for value, product_id in db.session.execute(asked))


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
