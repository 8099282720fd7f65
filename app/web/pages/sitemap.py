"""What search engines read: the closed doors, and every public page in each language (sitemaps.org, version 0.9)."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, stream_with_context, url_for
from markupsafe import escape

from app.engines.language import LANGUAGES
from app.engines.slices import AT_ONCE, slice_of, slices_of
from app.kernel.errors import NotFound
from app.module import Entry, PublicPage
from app.web.access import access, public
from app.web.addresses import PAGE, alternates

sitemaps = Blueprint("sitemaps", __name__)

MOST = 25_000  # addresses of a file: some 18 MB with those of the other languages; the protocol allows 50,000 and 50 MB
CLOSED = ("account", "basket", "checkout", "sell", "desk")
SPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def site_root() -> str:
    """The address people type, without a path."""
    root: str = current_app.config["PUBLIC_URL"]
    return root


@sitemaps.get("/robots.txt")
@access(public)
def robots() -> Response:
    """Pages of one's own are nothing for a search engine. Each rule ends where an address does: it closes no other page."""
    rules = (f"/{lang}/{part}{end}" for lang in LANGUAGES for part in CLOSED for end in ("$", "/", "?"))
    closed = "".join(f"Disallow: {rule}\n" for rule in rules)
    return Response(f"User-agent: *\n{closed}\nSitemap: {site_root()}/sitemap.xml\n", mimetype="text/plain")


@sitemaps.get("/sitemap.xml")
@access(public)
def index() -> Response:
    """The files: one for the house's own pages, then as many as a kind of page needs, each in every language."""
    g.private = False
    files = [("house", 1)]
    for name, page in _kinds().items():
        files += [(name, number + 1) for number in range(slices_of(page.slugs, MOST))]
    site = site_root()
    addresses = (url_for("sitemaps.sitemap", lang=lang, name=name, number=n) for name, n in files for lang in LANGUAGES)
    return _xml("sitemapindex", (f"<sitemap><loc>{escape(site + path)}</loc></sitemap>\n" for path in addresses))


@sitemaps.get(f"/sitemap{PAGE}/<name>-<int:number>.xml")
@access(public)
def sitemap(name: str, number: int) -> Response:
    """The addresses of one kind of page in one language."""
    g.private = False
    page = _kinds().get(name)
    if name == "house" and number == 1:
        return _xml("urlset", (_Url(url_for(line.endpoint)).element("", None) for line in _lines()))
    if page is None or not 0 < number <= slices_of(page.slugs, MOST):
        raise NotFound()
    url = _Url(url_for(page.endpoint, slug="-")[:-1])
    return _xml("urlset", (url.element(quote(slug), changed) for slug, changed in slice_of(page.slugs, number, MOST)))


def _kinds() -> dict[str, PublicPage]:
    """By the name of the file: the end of the endpoint."""
    return {page.endpoint.rpartition(".")[2]: page for page in current_app.extensions["public_pages"]}


def _lines() -> Iterable[Entry]:
    lines: Iterable[Entry] = current_app.extensions["menu"]["main"]
    return lines


class _Url:
    """Pages whose addresses begin alike. What is the same in all of them is written once."""

    def __init__(self, path: str) -> None:
        site = site_root()
        self.start = str(escape(site + path))
        self.others = [
            f'<xhtml:link rel="alternate" hreflang="{code}" href="{escape(site + other)}' for code, other in alternates(path)
        ]

    def element(self, end: str, changed: datetime | None) -> str:
        """`end` is the rest of the address, as addresses are written."""
        when = f"<lastmod>{changed.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}</lastmod>" if changed is not None else ""
        others = "".join([f'{other}{end}"/>' for other in self.others])
        return f"<url><loc>{self.start}{end}</loc>{when}{others}</url>\n"


def _xml(root: str, elements: Iterable[str]) -> Response:
    """Sent while it is read: some elements at a time are held."""

    def pieces() -> Iterator[str]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{SPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
        left = iter(elements)
        while some := list(islice(left, AT_ONCE)):
            yield "".join(some)
        yield f"</{root}>\n"

    return Response(stream_with_context(pieces()), mimetype="application/xml")
