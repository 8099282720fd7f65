"""Products for tests, made through the services as a seller makes them."""

from itertools import count
from typing import Any

from sqlalchemy import select

from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from catalog.models import Variant
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import add_pictures, create_product, publish

_numbers = count(1)


def a_product(
    organisation_id: int,
    title: str | None = None,
    price: int | None = 12000,
    stock: int = 10,
    published: bool = True,
    titles: dict[str, str] | None = None,
    description: str = "",
    category: str | None = "honey",
    **variant: Any,
) -> int:
    """A product of one variant; returns its id."""
    words = titles or {"fr": title or f"Miel de thym n° {next(_numbers)}"}
    texts = {code: TextFacts(text, description) for code, text in words.items()}
    with transaction():
        product_id = create_product(
            SYSTEM, organisation_id, texts, [VariantFacts(price, stock=stock, **variant)], ProductFacts(category)
        )
        if published:
            publish(SYSTEM, product_id)
    return product_id


def a_product_of(organisation_id: int, variants: list[VariantFacts], title: str = "Huile d’argane", **facts: Any) -> int:
    """A published product of several variants; returns its id."""
    with transaction():
        product_id = create_product(SYSTEM, organisation_id, {"fr": TextFacts(title)}, variants, ProductFacts(**facts))
        publish(SYSTEM, product_id)
    return product_id


def variants_of(product_id: int) -> list[int]:
    """The ids of the product's variants, in order."""
    return list(db.session.scalars(select(Variant.id).where(Variant.product_id == product_id).order_by(Variant.position)))


def variant_of(product_id: int) -> int:
    """The id of the product's first variant."""
    return variants_of(product_id)[0]


def pictured(product_id: int) -> int:
    """The product, with a picture from now on; its file is not there."""
    with transaction():
        add_pictures(SYSTEM, product_id, [Picture(f"pictures/{product_id}", 1600, 1200)])
    return product_id
