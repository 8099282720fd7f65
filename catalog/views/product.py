"""A product's page."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, render_template, request, url_for
from markupsafe import Markup

from app.engines.generations import subject
from app.engines.keeping import kept_while
from app.engines.language import LANGUAGES, language, unit_name
from app.engines.place import stand_in
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.kernel.money import minor_digits
from app.web.access import access, public
from app.web.addresses import PAGE, address
from app.web.page_cache import holds_until, kept, kept_piece, rests_on
from app.web.prose import prose
from app.web.regions import region_name
from app.web.visitor import actor
from catalog.permissions import may_edit, may_see
from catalog.queries.market import products_of
from catalog.queries.offers import next_return
from catalog.queries.product import ProductView, Words, product_by_id, product_by_slug
from catalog.queries.proofs import ProvedLabel, labels_of_products, next_end
from catalog.rules import categories
from catalog.rules.carriages import CARRIAGES
from catalog.rules.products import FEW_LEFT
from catalog.rules.reading import shown_decimal
from catalog.views.blueprint import catalog
from catalog.views.goods import goods_in_a_grid
from catalog.views.showing import label_words, per_words, picture_address, promised

MORE = 4
MANY_CHOICES = 30  # sizes; more of them stand in a list that opens
BASKET = "orders.add_to_basket"


@catalog.get(f"{PAGE}/market/products/<slug>")
@access(public)
@kept("settings")
def product(slug: str) -> str:
    """What it is, who made it, what it costs, how it comes; strangers see it while it is listed."""
    spoken, moment = language(), now()
    view = product_by_slug(slug, spoken, moment)
    if view is None or not may_see(actor(), view.organisation_id, view.listed):
        raise NotFound()
    rests_on("product", view.id)
    rests_on("cooperative", view.organisation_id)
    holds_until(next_return, moment)
    holds_until(next_end, moment)
    stand_in(view.maker_territory)
    words = view.words(spoken)
    offered = view.on_sale
    chosen = next((one for one in offered if one.left > 0), offered[0] if offered else None)
    per = {one.id: per_words(one.per, view.currency) for one in offered}
    way = categories.ancestors(view.category) if view.category and view.category in categories.tree() else []
    goods = address("catalog.market")
    return render_template(
        "catalog/product.html",
        product=view,
        words=words,
        offered=offered,
        chosen=chosen,
        per=per,
        few=FEW_LEFT,
        many=MANY_CHOICES,
        way=[(one.name(spoken), f"{goods}?category={one.key}") for one in way],
        pictures=_pictures(view, words),
        maker=url_for("catalog.cooperative", slug=view.maker_slug),
        about=_about(view.id, view.organisation_id, chosen.id if chosen else None),
        labels=label_words(_labels(view.id)),
        promises=promised(view.organisation_id, view.maker_territory, CARRIAGES[view.carriage]),
        carried=CARRIAGES[view.carriage].told,
        basket=address(BASKET) if BASKET in current_app.view_functions and view.listed else None,
        more=goods_in_a_grid(products_of(view.organisation_id, MORE, without=view.id), maker=False),
        edit=url_for("catalog.edit_product", slug=view.maker_slug, product_id=view.id)
        if may_edit(actor(), view.organisation_id)
        else None,
        schema=_schema(view, words),
        unit_name=unit_name,
    )


def _labels(product_id: int) -> Sequence[ProvedLabel]:
    """Kept until one of them begins or ends, or something else is asked."""

    def until(_labels: Sequence[ProvedLabel]) -> float:
        end = next_end(now())
        return math.inf if end is None else end.timestamp()

    return kept_while(
        "labels of goods",
        product_id,
        kinds=(subject("product", product_id), "settings"),
        make=lambda: labels_of_products([product_id], now()).get(product_id, []),
        until=until,
    )


def _about(product_id: int, organisation_id: int, size: int | None) -> Markup:
    """What it is, with the facts of the size that is shown first, and who made it: the same for whoever looks."""

    def written() -> str:
        view = product_by_id(product_id, language(), now(), pictured=False)  # read anew, as all that is kept
        if view is None:
            return ""
        words = view.words(language())
        return render_template(
            "catalog/about.html",
            product=view,
            words=words,
            spoken_in=LANGUAGES[words.language],
            body=prose(words.description),
            translated=words.language == language(),
            chosen=next((one for one in view.variants if one.id == size), None),
            region=region_name(view.maker_region),
            origin=region_name(view.origin) if view.origin else None,
            maker=url_for("catalog.cooperative", slug=view.maker_slug),
        )

    rests = subject("product", product_id), subject("cooperative", organisation_id)
    return kept_piece("about goods", product_id, size, kinds=rests, make=written)


def _pictures(view: ProductView, words: Words) -> list[tuple[str, str, int, int]]:
    return [
        (picture_address(stem, "medium") or "", words.title, width, height) for _id, stem, width, height in view.pictures
    ]


def _schema(view: ProductView, words: Words) -> Mapping[str, Any]:
    """schema.org's Product with an Offer per variant."""
    root = current_app.config["PUBLIC_URL"]
    page = root + request.path
    digits = minor_digits(view.currency)
    offers = [
        {
            "@type": "Offer",
            "url": page,
            "name": variant.name,
            "priceCurrency": view.currency,
            "price": shown_decimal(variant.price or 0, digits),
            "itemCondition": "https://schema.org/NewCondition",
            "availability": f"https://schema.org/{'InStock' if variant.left > 0 else 'OutOfStock'}",
            "seller": {"@type": "Organization", "name": view.maker},
            **({"sku": variant.sku} if variant.sku else {}),
            **({"gtin": variant.barcode} if variant.barcode else {}),
        }
        for variant in view.on_sale
    ]
    category = categories.tree().get(view.category or "")
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": words.title,
        "url": page,
        "inLanguage": words.language,
        "brand": {"@type": "Brand", "name": view.maker},
        **({"description": words.description} if words.description else {}),
        **({"category": category.name(words.language)} if category else {}),
        **({"image": [root + picture for picture, *_rest in _pictures(view, words)]} if view.pictures else {}),
        "offers": offers if len(offers) <= MANY_CHOICES else _in_sum(view, offers),
    }


def _in_sum(view: ProductView, offers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Of very many sizes machines are told the lowest and the highest price."""
    prices = [variant.price or 0 for variant in view.on_sale]
    digits = minor_digits(view.currency)
    return {
        "@type": "AggregateOffer",
        "priceCurrency": view.currency,
        "lowPrice": shown_decimal(min(prices), digits),
        "highPrice": shown_decimal(max(prices), digits),
        "offerCount": len(offers),
        "availability": f"https://schema.org/{'InStock' if any(one.left > 0 for one in view.on_sale) else 'OutOfStock'}",
    }
