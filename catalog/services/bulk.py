"""Many published products at once, for large demonstrations: a few statements for a thousand of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.journal import record
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import NotFound
from catalog.models import Product, ProductText, Proof, Variant
from catalog.queries.permits import Permits, permits_of_each
from catalog.rules.carriages import usual_carriage
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.rules.permits import needed
from catalog.rules.proofs import PROOF
from catalog.services.stock import Why, open_stock


@dataclass(frozen=True)
class BulkProduct:
    """A product to be listed as it is; its maker is verified, its address free, its values within limits."""

    organisation_id: int
    slug: str
    texts: Mapping[str, TextFacts]
    variants: Sequence[VariantFacts]
    facts: ProductFacts


def waive_in_bulk(actor: Actor, organisation_ids: Sequence[int], reason: str) -> None:
    """What these cooperatives would need before they sell is not asked of them. The system alone may do this."""
    if not actor.is_system:
        raise NotFound()
    moment = now()
    permits = permits_of_each(Organisation.id.in_(organisation_ids), moment)
    waivers = [
        {
            "organisation_id": maker,
            "requirement": one.key,
            "state": PROOF.after(PROOF.first, "waive"),
            "sent_at": moment,
            "decided_at": moment,
            "reason": reason,
        }
        for maker, its in permits.items()
        for one in needed(its.periods[0][1], its.territory, its.sector, None)
    ]
    if waivers:
        db.session.execute(insert(Proof), waivers)
    record(actor, "waive-proofs-in-bulk", "proof", None, count=len(waivers))


def list_in_bulk(actor: Actor, products: Sequence[BulkProduct]) -> None:
    """Published at once. The search index is built anew afterwards by whoever called. The system alone may do this."""
    if not actor.is_system:
        raise NotFound()
    these = Organisation.id.in_({one.organisation_id for one in products}) & (Organisation.state == "verified")
    permits = permits_of_each(these, now())
    ids = db.session.scalars(
        insert(Product).returning(Product.id, sort_by_parameter_order=True),
        [_product(one, permits[one.organisation_id], index) for index, one in enumerate(products)],
    ).all()
    db.session.execute(
        insert(ProductText),
        [
            {
                "product_id": product_id,
                "language": language,
                "title": text.title,
                "description": text.description,
                "ingredients": text.ingredients,
                "storage": text.storage,
                "source": language == "fr",
                "stale": False,
            }
            for product_id, product in zip(ids, products, strict=True)
            for language, text in product.texts.items()
        ],
    )
    sold = [
        (product_id, product.organisation_id, position, variant)
        for product_id, product in zip(ids, products, strict=True)
        for position, variant in enumerate(product.variants, 1)
    ]
    variant_ids = db.session.scalars(
        insert(Variant).returning(Variant.id, sort_by_parameter_order=True), [_variant(*one) for one in sold]
    ).all()
    open_stock(Why(actor, "imported", now()), {id_: one[3].stock or 0 for id_, one in zip(variant_ids, sold, strict=True)})
    record(actor, "list-products-in-bulk", "product", ids[0] if ids else None, count=len(ids))


def _product(product: BulkProduct, permits: Permits, index: int) -> dict[str, Any]:
    moment = now() - timedelta(seconds=index)
    return {
        "slug": product.slug,
        "organisation_id": product.organisation_id,
        "category": product.facts.category,
        "state": "published",
        "listed": True,
        "permitted_until": permits.until(product.facts.category),
        "drawing": product.facts.drawing,
        "carriage": product.facts.carriage
        or usual_carriage(product.facts.category, [(one.unit, one.quantity, one.weight_grams) for one in product.variants]),
        "origin": product.facts.origin,
        "labels": list(product.facts.labels),
        "price_from": min(variant.price for variant in product.variants if variant.price is not None),
        "currency": permits.territory.currency,
        "external_rows": {},
        "version": 1,
        "created_at": moment,
        "changed_at": moment,
        "published_at": moment,
    }


def _variant(product_id: int, organisation_id: int, position: int, variant: VariantFacts) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "organisation_id": organisation_id,
        "position": position,
        "names": dict(variant.names),
        "sku": f"{variant.sku}-{product_id}",
        "unit": variant.unit,
        "quantity": variant.quantity,
        "price": variant.price,
        "weight_grams": variant.weight_grams,
        "active": True,
    }
