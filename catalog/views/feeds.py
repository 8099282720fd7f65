"""Goods for other programs: what is new as Atom (RFC 4287), everything as Google's merchants' files (RSS 2.0), and how the
market is searched (OpenSearch 1.1). Kept like pages; nothing bears a label.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Response, current_app, request, url_for

from app.engines.language import language, money, translate
from app.engines.place import here, stand_in
from app.kernel.clock import now
from app.kernel.errors import NotFound
from app.kernel.money import minor_digits
from app.kernel.text import in_short, msg
from app.web.access import access, public
from app.web.addresses import PAGE
from app.web.page_cache import holds_until, kept
from app.web.regions import region_name
from app.web.static_files import static
from app.web.xml import element, enclosing
from catalog.queries.cards import ProductCard, cards_of
from catalog.queries.cooperatives import cooperative_by_slug
from catalog.queries.facets import MarketFilter
from catalog.queries.feeds import Article, Told, articles_of, files_of_goods, told_of
from catalog.queries.market import market as read_market
from catalog.queries.offers import next_return
from catalog.queries.proofs import next_end
from catalog.rules import categories
from catalog.rules.facts import is_world_barcode
from catalog.rules.reading import shown_decimal
from catalog.views.blueprint import catalog
from catalog.views.showing import category_name, picture_address

NEW_GOODS = msg("New on the market")
SEARCH_GOODS = msg("Search the market")
NEW = 50  # goods of a feed of new ones
SUMMARY_LONGEST = 300
# Google's limits are 150 and 5,000 letters; a file of goods is to stay small enough to be kept.
TITLE_LONGEST, SIZE_LONGEST, DESCRIPTION_LONGEST = 100, 45, 1_000
ATOM, RSS, OPENSEARCH = "application/atom+xml", "application/rss+xml", "application/opensearchdescription+xml"
DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
NEVER = datetime(1970, 1, 1, tzinfo=UTC)  # when a feed was changed that has nothing in it


def _site() -> str:
    root: str = current_app.config["PUBLIC_URL"]
    return root


def _named() -> str:
    name: str = current_app.config["SITE_NAME"]
    return name


def feed_title(whose: str | None) -> str:
    """What is new of a kind or of a cooperative, else of the whole market."""
    return f"{translate(NEW_GOODS)} · {whose}" if whose else translate(NEW_GOODS)


def _till_goods_change() -> None:
    holds_until(next_return, now())
    holds_until(next_end, now())


@catalog.get(f"{PAGE}/market/goods.atom")
@access(public)
@kept("market", "cooperatives", "settings", query=("category",))
def new_goods() -> Response:
    """The latest goods of the market, or of one kind and those below it."""
    kind = request.args.get("category")
    if kind is not None and kind not in categories.tree():
        raise NotFound()
    title = feed_title(category_name(kind) if kind else None)
    wanted = MarketFilter((kind,)) if kind else MarketFilter()
    return _atom(title, url_for("catalog.new_goods", category=kind), url_for("catalog.market", category=kind), wanted)


@catalog.get(f"{PAGE}/cooperatives/<slug>/goods.atom")
@access(public)
@kept("market", "cooperatives", "settings")
def new_goods_of(slug: str) -> Response:
    """The latest goods of one cooperative."""
    view = cooperative_by_slug(slug, language())
    if view is None or view.state != "verified":
        raise NotFound()
    stand_in(view.territory)
    page = url_for("catalog.cooperative", slug=slug)
    own = url_for("catalog.new_goods_of", slug=slug)
    return _atom(feed_title(view.name), own, page, MarketFilter(cooperatives=(slug,)))


def _atom(title: str, own: str, page: str, wanted: MarketFilter) -> Response:
    moment = now()
    _till_goods_change()
    ids = read_market(wanted, None, language(), 1, moment, NEW).ids
    told = told_of(ids, language())
    cards = [card for card in cards_of(ids, language(), moment) if card.id in told]
    feed = enclosing(
        "feed",
        element("title", f"{title} · {_named()}"),
        element("id", _lasting(own)),
        element("link", rel="self", type=ATOM, href=_site() + own),
        element("link", rel="alternate", type="text/html", href=_site() + page),
        element("updated", _moment(max((told[card.id].changed_at for card in cards), default=NEVER))),
        enclosing("author", element("name", _named())),
        *[_entry(card, told[card.id]) for card in cards],
        xmlns="http://www.w3.org/2005/Atom",
        xml_lang=language(),
    )
    return Response(DECLARATION + feed, mimetype=ATOM)


def _entry(card: ProductCard, told: Told) -> str:
    address = _site() + url_for("catalog.product", slug=card.slug)
    price = money(card.price, card.currency)
    facts = f"{price} · {card.maker} · {region_name(card.region)}"
    summary = f"{facts} – {in_short(told.description, SUMMARY_LONGEST)}" if told.description else facts
    picture = picture_address(card.picture_stem, "large")
    return enclosing(
        "entry",
        element("title", card.title, xml_lang=told.language),
        element("id", _lasting(f"{language()}/product/{card.id}")),
        element("link", rel="alternate", type="text/html", href=address),
        element("link", rel="enclosure", type="image/webp", href=_site() + picture) if picture else "",
        element("updated", _moment(told.changed_at)),
        element("published", _moment(told.published_at)),
        enclosing("author", element("name", card.maker)),
        element("summary", summary),
    )


def _lasting(what: str) -> str:
    """An id that stays when an address changes (RFC 4151)."""
    return f"tag:{urlsplit(_site()).hostname},2026:{what.lstrip('/')}"


def _moment(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


@catalog.get(f"{PAGE}/market/goods-<int:number>.xml")
@access(public)
@kept("market", "cooperatives", "settings")
def goods_for_merchants(number: int) -> Response:
    """Each size of everything on sale that has a picture and is sold in the currency of the territory in force."""
    moment = now()
    _till_goods_change()
    files = files_of_goods(here().currency, moment) or [[]]
    if not 0 < number <= len(files):
        raise NotFound()
    channel = enclosing(
        "channel",
        element("title", _named()),
        element("link", _site() + url_for("catalog.market")),
        element("description", translate("Goods made by verified cooperatives, sold by those who made them.")),
        element("language", language()),
        *[_item(article) for article in articles_of(files[number - 1], language())],
    )
    rss = enclosing("rss", channel, version="2.0", xmlns_g="http://base.google.com/ns/1.0")
    return Response(DECLARATION + rss, mimetype=RSS)


def _item(article: Article) -> str:
    return enclosing("item", *[element(f"g:{name}", text) for name, text in _said(article)])


def _said(article: Article) -> Iterator[tuple[str, str]]:
    """What is known of it. Delivery is left out: what it costs depends on the whole basket."""
    offer = article.offer
    title = in_short(offer.title, TITLE_LONGEST)
    size = in_short(offer.variant_name, SIZE_LONGEST)
    page = _site() + url_for("catalog.product", slug=offer.product_slug)
    yield "id", str(offer.variant_id)
    yield "title", f"{title} – {size}" if article.several else title
    yield "description", in_short(article.description, DESCRIPTION_LONGEST) or title
    yield "link", f"{page}?variant={offer.variant_id}" if article.several else page
    yield "image_link", f"{_site()}{picture_address(offer.picture_stem, 'large')}"
    yield "availability", "in_stock" if offer.available > 0 else "out_of_stock"
    yield "price", f"{shown_decimal(offer.price.amount, minor_digits(offer.price.currency))} {offer.price.currency}"
    yield "brand", article.maker
    if article.barcode and is_world_barcode(article.barcode):
        yield "gtin", article.barcode
    if article.several:
        yield "item_group_id", str(offer.product_id)
        yield "size", size
    if article.category is not None and article.category in categories.tree():
        yield "product_type", " > ".join(one.name(language()) for one in categories.ancestors(article.category))


@catalog.get(f"{PAGE}/market/opensearch.xml")
@access(public)
@kept("settings")
def opensearch() -> Response:
    """How a browser searches the market by itself."""
    market, own = _site() + url_for("catalog.market"), _site() + url_for("catalog.opensearch")
    described = enclosing(
        "OpenSearchDescription",
        element("ShortName", in_short(_named(), 16)),
        element("Description", f"{translate(SEARCH_GOODS)} · {_named()}"),
        element("Image", _site() + static("mark.svg"), width=16, height=16, type="image/svg+xml"),
        element("Url", type="text/html", template=f"{market}?q={{searchTerms}}"),
        element("Url", rel="self", type=OPENSEARCH, template=own),
        element("Language", language()),
        element("InputEncoding", "UTF-8"),
        xmlns="http://a9.com/-/spec/opensearch/1.1/",
    )
    return Response(DECLARATION + described, mimetype=OPENSEARCH)
