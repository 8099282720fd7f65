"""A product's page."""

import math
from collections.abc import Sequence

from flask import current_app, render_template, url_for
from markupsafe import Markup

from app.engines.generations import subject
from app.engines.keeping import kept_while
from app.engines.language import LANGUAGES, language, unit_name
from app.engines.place import stand_in
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.web import reading
from app.web.access import access, public
from app.web.addresses import PAGE, address
from app.web.page_cache import holds_until, kept, kept_piece, rests_on
from app.web.prose import prose
from app.web.regions import region_name
from app.web.visitor import actor
from catalog.permissions import may_edit, may_see
from catalog.queries.market import products_of
from catalog.queries.offers import next_return
from catalog.queries.product import ProductView, VariantView, Words, product_by_id, product_by_slug
from catalog.queries.proofs import ProvedLabel, labels_of_products, next_end
from catalog.rules import categories
from catalog.rules.carriages import CARRIAGES
from catalog.rules.products import FEW_LEFT
from catalog.views.blueprint import catalog
from catalog.views.described import MOST_SIZES, product_schema
from catalog.views.goods import goods_in_a_grid
from catalog.views.showing import label_words, per_words, picture_address, promised

MORE = 4
BASKET = "orders.add_to_basket"


@catalog.get(f"{PAGE}/market/products/<slug>")
@access(public)
@kept("settings", query=("variant",))
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
    chosen = _chosen(offered, reading.whole("variant"))
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
        many=MOST_SIZES,
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
        schema=product_schema(view, words),
        og_type="product",
        og_picture=_og_picture(view, words),
        unit_name=unit_name,
    )


def _chosen(offered: Sequence[VariantView], asked: int | None) -> VariantView | None:
    """The size that is asked for, else the first: of those that can be bought, where there is one."""
    free = [one for one in offered if one.left > 0] or offered
    return next((one for one in free if one.id == asked), free[0] if free else None)


def _og_picture(view: ProductView, words: Words) -> tuple[str | None, str, int, int] | None:
    """The first picture, for links on other sites."""
    for _id, stem, width, height in view.pictures:
        return picture_address(stem, "large"), words.title, width, height
    return None


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
