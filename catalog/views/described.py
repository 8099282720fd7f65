"""Goods and cooperatives as schema.org names them, for search engines.

What is not known is not said: no condition, no rating, no label. A product of one size is a Product with its Offer. Sizes of
one product are a ProductGroup whose variants each have an Offer and an address of their own, as Google's documentation of
product variants asks; an AggregateOffer is for many sellers of one article, and stands only for what has too many sizes to
be told one by one.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from flask import current_app, url_for

from app.kernel.money import minor_digits
from app.territories.loading import territory_named
from app.web.regions import province_name, region_name
from catalog.queries.cooperatives import CooperativeView
from catalog.queries.product import ProductView, VariantView, Words
from catalog.rules import categories
from catalog.rules.facts import is_world_barcode
from catalog.rules.reading import shown_decimal
from catalog.views.showing import picture_address

MOST_SIZES = 30  # that are told one by one
SCHEMA = "https://schema.org"
Described = Mapping[str, Any]


def product_schema(view: ProductView, words: Words) -> Described:
    """A product's page."""
    root: str = current_app.config["PUBLIC_URL"]
    page = root + url_for("catalog.product", slug=view.slug)
    seller = root + url_for("catalog.cooperative", slug=view.maker_slug)
    category = categories.tree().get(view.category or "")
    pictures = [f"{root}{picture_address(stem, 'large')}" for _id, stem, *_rest in view.pictures]
    facts = {
        "@context": SCHEMA,
        "@type": "Product",
        "name": words.title,
        "url": page,
        "inLanguage": words.language,
        "brand": {"@type": "Brand", "name": view.maker},
        **({"description": words.description} if words.description else {}),
        **({"category": category.name(words.language)} if category else {}),
        **({"image": pictures} if pictures else {}),
    }
    sizes = view.on_sale
    if not sizes:
        return facts
    if len(sizes) > MOST_SIZES:
        return {**facts, "offers": _in_sum(view)}
    if len(sizes) == 1:
        return {**facts, **_numbers(sizes[0]), "offers": _offer(view, sizes[0], page, seller)}
    unique = Counter(one.sku for one in sizes)
    return {
        **facts,
        "@type": "ProductGroup",
        "productGroupID": str(view.id),
        "variesBy": f"{SCHEMA}/size",
        "hasVariant": [
            {
                "@type": "Product",
                "name": f"{words.title} – {size.name}",
                "size": size.name,
                **_numbers(size),
                # Each bears a number of its own: the seller's, where no other size bears it.
                **({} if size.sku and unique[size.sku] == 1 else {"sku": str(size.id)}),
                **({"image": pictures[0]} if pictures else {}),
                "offers": _offer(view, size, f"{page}?variant={size.id}", seller),
            }
            for size in sizes
        ],
    }


def _numbers(size: VariantView) -> dict[str, str]:
    return {
        **({"sku": size.sku} if size.sku else {}),
        **({"gtin": size.barcode} if size.barcode and is_world_barcode(size.barcode) else {}),
    }


def _offer(view: ProductView, size: VariantView, address: str, seller: str) -> Described:
    return {
        "@type": "Offer",
        "url": address,
        "priceCurrency": view.currency,
        "price": shown_decimal(size.price or 0, minor_digits(view.currency)),
        "availability": _availability(size.left > 0),
        "seller": {
            "@type": "Organization",
            "name": view.maker,
            "url": seller,
        },
    }


def _availability(some_left: bool) -> str:
    return f"{SCHEMA}/{'InStock' if some_left else 'OutOfStock'}"


def _in_sum(view: ProductView) -> Described:
    """The lowest and the highest price of very many sizes."""
    prices = [size.price or 0 for size in view.on_sale]
    digits = minor_digits(view.currency)
    return {
        "@type": "AggregateOffer",
        "priceCurrency": view.currency,
        "lowPrice": shown_decimal(min(prices), digits),
        "highPrice": shown_decimal(max(prices), digits),
        "offerCount": len(prices),
        "availability": _availability(any(size.left > 0 for size in view.on_sale)),
    }


def cooperative_schema(view: CooperativeView) -> Described:
    """A cooperative's page, with where it is as far as the page says it."""
    root: str = current_app.config["PUBLIC_URL"]
    picture = picture_address(view.picture_stem, "large")
    locality = view.commune or province_name(view.province, view.territory)
    return {
        "@context": SCHEMA,
        "@type": "Organization",
        "name": view.name,
        "url": root + url_for("catalog.cooperative", slug=view.slug),
        **({"description": view.pitch} if view.pitch else {}),
        **({"image": root + picture} if picture else {}),
        **({"foundingDate": str(view.founded)} if view.founded else {}),
        "address": {
            "@type": "PostalAddress",
            "addressCountry": territory_named(view.territory).country,
            "addressRegion": region_name(view.region),
            **({"addressLocality": locality} if locality else {}),
        },
    }
