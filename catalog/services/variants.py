"""The ways a product is sold, and counting what is there."""

from collections import Counter
from collections.abc import Mapping, Sequence

from sqlalchemy import select

from app.engines.crash_points import crash_point
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Invalid, NotFound
from app.kernel.text import one_line
from catalog.models import Product, Variant
from catalog.permissions import require_count
from catalog.rules.facts import VariantFacts
from catalog.rules.products import MAX_STOCK, require_within
from catalog.services.stock import Why, open_stock, require_own, set_stock


def write_variants(why: Why, product: Product, variants: Sequence[VariantFacts]) -> None:
    """The variants become these: known ones change, new ones come, missing ones go off sale.

    `why` is told of the stock that comes or changes with them.
    """
    there = {row.id: row for row in db.session.scalars(select(Variant).where(Variant.product_id == product.id))}
    named = {one.id for one in variants if one.id is not None}
    if named - set(there):
        raise NotFound()
    for row in there.values():
        if row.id not in named:
            row.active = False
    opened: list[tuple[Variant, int]] = []
    for position, facts in enumerate(variants, 1):
        row = there[facts.id] if facts.id is not None else Variant(product_id=product.id)
        _write(row, product, position, facts)
        if facts.id is None:
            db.session.add(row)
            opened.append((row, facts.stock or 0))
        elif facts.stock is not None:
            set_stock(why, row.id, facts.stock, facts.stock_was)
    _open(why, opened)


def write_first_variants(why: Why, those: Sequence[tuple[Product, Sequence[VariantFacts]]]) -> None:
    """The variants of new products, which have none yet."""
    opened: list[tuple[Variant, int]] = []
    for product, variants in those:
        for position, facts in enumerate(variants, 1):
            row = Variant(product_id=product.id)
            _write(row, product, position, facts)
            opened.append((row, facts.stock or 0))
    db.session.add_all([row for row, _stock in opened])
    _open(why, opened)


def _open(why: Why, opened: Sequence[tuple[Variant, int]]) -> None:
    db.session.flush()
    open_stock(why, {row.id: stock for row, stock in opened})


def _write(row: Variant, product: Product, position: int, facts: VariantFacts) -> None:
    row.organisation_id, row.position = product.organisation_id, position
    row.unit, row.quantity, row.price, row.weight_grams = facts.unit, facts.quantity, facts.price, facts.weight_grams
    row.sku, row.barcode, row.active = facts.sku, facts.barcode, facts.active
    row.external_key = facts.external_key or row.external_key
    if facts.names or facts.id is None:
        row.names = dict(facts.names)


def require_free_numbers(organisation_id: int, variants: Sequence[VariantFacts], product_id: int | None = None) -> None:
    """An article number somebody types is no other size's; those that a file has brought may stand where they stand."""
    wanted = {one.id or -position: one_line(one.sku or "") for position, one in enumerate(variants)}
    kept = select(Variant.id, Variant.sku).where(Variant.product_id == product_id, Variant.id.in_(list(wanted)))
    before = dict(db.session.execute(kept).all()) if product_id is not None else {}
    typed = {sku for variant_id, sku in wanted.items() if sku and before.get(variant_id) != sku}
    if not typed:
        return
    held = Counter(sku for sku in wanted.values() if sku in typed)
    elsewhere = select(Variant.sku).where(
        Variant.organisation_id == organisation_id, Variant.sku.in_(sorted(typed)), Variant.id.not_in(list(wanted))
    )
    held.update(sku for sku in db.session.scalars(elsewhere) if sku is not None)
    taken = next((sku for sku in sorted(typed) if held[sku] > 1), None)
    if taken is not None:
        raise Invalid("catalog-sku-taken", "sku", sku=taken)


def count_stock(
    actor: Actor, organisation_id: int, counted: Mapping[int, int], seen: Mapping[int, int] | None = None
) -> None:
    """A person has counted: {variant: how many there are}, looking at what was `seen`; all or nothing.

    Less than buyers are just paying for raises Conflict, and so does a number that has changed since it was seen.
    """
    require_count(actor, organisation_id)
    require_own(organisation_id, counted)
    why = Why(actor, "counted", now())
    for variant_id in sorted(counted):
        stock = require_within(counted[variant_id], 0, MAX_STOCK, f"stock_{variant_id}")
        set_stock(why, variant_id, stock, (seen or {}).get(variant_id))
        crash_point("stock-counted")
        record(actor, "count-stock", "variant", variant_id, on_hand=stock)
