"""The directory of cooperatives and a cooperative's own page."""

from flask import current_app, render_template, request, url_for

from app.accounts.queries import named_identifiers
from app.engines.language import LANGUAGES, comma, language, translate, translate_many
from app.engines.place import here, stand_in
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.web import reading
from app.web.access import access, public
from app.web.addresses import PAGE
from app.web.page_cache import holds_until, kept, rests_on
from app.web.pages.cards import cards as cards_for
from app.web.paging import Page, address_with, page_number, toggled
from app.web.prose import prose
from app.web.regions import region_maps, region_name, sector_name, sectors_served
from app.web.visitor import actor
from catalog.queries.cooperatives import PAGE_SIZE, CooperativeView, cooperative_by_slug, directory
from catalog.queries.market import products_of
from catalog.queries.offers import next_return
from catalog.queries.proofs import labels_of_cooperatives, next_end
from catalog.views.blueprint import catalog
from catalog.views.described import cooperative_schema
from catalog.views.feeds import feed_title
from catalog.views.goods import goods_in_a_grid
from catalog.views.market import Choice, Facet
from catalog.views.showing import label_words, picture_address, promised

SHOWN_PRODUCTS = 12


@catalog.get(f"{PAGE}/cooperatives")
@access(public)
@kept("cooperatives", "settings", query=("region", "sector", "page"), never=("q",))
def cooperatives() -> str:
    """The verified cooperatives, by name, place and field of work."""
    q = reading.words("q")
    regions, sectors = reading.choices("region"), reading.choices("sector")
    hits = current_app.extensions["search"].ids("cooperative", q).ids if q else None
    number = page_number()
    holds_until(next_end, now())
    shown = directory(regions, sectors, hits, language(), number)
    chips = [(region_name(code), toggled("region", code)) for code in regions]
    chips += [(sector_name(key), toggled("sector", key)) for key in sectors]
    order = {sector.key: index for index, sector in enumerate(sectors_served())}
    known = sorted({*shown.sectors, *sectors}, key=lambda key: order.get(key, len(order)))
    return render_template(
        "catalog/cooperatives.html",
        q=q,
        beyond=bool(shown.total and not shown.cards),
        page=Page(shown.cards, number, PAGE_SIZE, shown.total),
        chips=chips,
        map=region_maps(shown.regions, regions[0] if len(regions) == 1 else None, _region_address),
        groups=[
            Facet(
                "sector",
                translate("Field of work"),
                "check",
                [Choice(key, sector_name(key), shown.sectors.get(key, 0), key in sectors) for key in known],
            )
        ],
        kept={"region": regions},
        cards=[
            (
                url_for("catalog.cooperative", slug=card.slug),
                card.name,
                region_name(card.region),
                card.pitch,
                picture_address(card.picture_stem),
                card.drawing,
                translate_many("%(num)s product", "%(num)s products", card.products) if card.products else None,
            )
            for card in shown.cards
        ],
    )


def _region_address(code: str) -> str:
    """The directory with this region alone; chosen already, without it."""
    chosen = request.args.getlist("region") == [code]
    return address_with(region=None if chosen else code, page=None)


@catalog.get(f"{PAGE}/cooperatives/<slug>")
@access(public)
@kept("settings")
def cooperative(slug: str) -> str:
    """Who they are, what they make. Strangers see verified ones; members see their own."""
    view = cooperative_by_slug(slug, language())
    if view is None or not (view.state == "verified" or actor().holds(view.id) or actor().operator):
        raise NotFound()
    rests_on("cooperative", view.id)
    moment = now()
    holds_until(next_return, moment)
    holds_until(next_end, moment)
    stand_in(view.territory)
    verified = view.state == "verified"
    return render_template(
        "catalog/cooperative.html",
        cooperative=view,
        facts=_facts(view),
        labels=label_words(labels_of_cooperatives([view.id], moment).get(view.id, [])),
        story=prose(view.story),
        spoken_in=LANGUAGES[view.language],
        translated=view.language == language(),
        picture=picture_address(view.picture_stem, "medium"),
        verified=verified,
        numbers=named_identifiers(here(), view.identifiers),
        region=region_name(view.region),
        products=goods_in_a_grid(products_of(view.id, SHOWN_PRODUCTS), maker=False) if verified else [],
        promises=promised(view.id, view.territory),
        cards=cards_for("cooperative", view.id),
        schema=cooperative_schema(view),
        feeds=[(feed_title(view.name), url_for("catalog.new_goods_of", slug=slug))] if verified else [],
        og_picture=(picture_address(view.picture_stem, "large"), view.name, 0, 0) if view.picture_stem else None,
    )


def _facts(view: CooperativeView) -> list[tuple[str, str]]:
    """Icon and words; what nobody has said is left out."""
    region = region_name(view.region)
    rows = [
        ("place", f"{view.commune}{comma()}{region}" if view.commune else region),
        ("tag", sector_name(view.sector, view.region)),
    ]
    if view.founded:
        rows.append(("calendar", translate("Founded in %(year)s", year=view.founded)))
    if view.members:
        rows.append(("people", translate_many("%(num)s member", "%(num)s members", view.members)))
    if view.women:
        rows.append(("people", translate_many("%(num)s woman", "%(num)s women", view.women)))
    return rows
