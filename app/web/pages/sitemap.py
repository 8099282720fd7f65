"""What search engines read: the closed doors, and every public page in each language (sitemaps.org, version 0.9)."""

from collections.abc import Iterable, Iterator
from itertools import islice
from urllib.parse import quote

from flask import Blueprint, Response, current_app, g, stream_with_context, url_for
from markupsafe import escape

from app.engines.language import LANGUAGES
from app.engines.slices import AT_ONCE, slice_of, slices_of
from app.kernel.errors import NotFound
from app.module import Entry, PublicPage
from app.web.access import access, public
from app.web.addresses import PAGE

sitemaps = Blueprint("sitemaps", __name__)

MOST = 40_000  # addresses of a file; the protocol allows 50,000
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
    addresses = (url_for("sitemaps.sitemap", lang=lang, name=name, number=n) for name, n in files for lang in LANGUAGES)
    return _xml("sitemapindex", "sitemap", addresses)


@sitemaps.get(f"/sitemap{PAGE}/<name>-<int:number>.xml")
@access(public)
def sitemap(name: str, number: int) -> Response:
    """The addresses of one kind of page in one language."""
    g.private = False
    page = _kinds().get(name)
    if name == "house" and number == 1:
        return _xml("urlset", "url", (url_for(line.endpoint) for line in _lines()))
    if page is None or not 0 < number <= slices_of(page.slugs, MOST):
        raise NotFound()
    start = url_for(page.endpoint, slug="-")[:-1]
    return _xml("urlset", "url", (start + quote(slug) for slug in slice_of(page.slugs, number, MOST)))


def _kinds() -> dict[str, PublicPage]:
    """By the name of the file: the end of the endpoint."""
    return {page.endpoint.rpartition(".")[2]: page for page in current_app.extensions["public_pages"]}


def _lines() -> Iterable[Entry]:
    lines: Iterable[Entry] = current_app.extensions["menu"]["main"]
    return lines


def _xml(root: str, element: str, paths: Iterable[str]) -> Response:
    site = site_root()

    def pieces() -> Iterator[str]:
        yield f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{SPACE}">\n'
        left = iter(paths)
        while some := list(islice(left, AT_ONCE)):
            yield "".join([f"<{element}><loc>{escape(site + path)}</loc></{element}>\n" for path in some])
        yield f"</{root}>\n"

    return Response(stream_with_context(pieces()), mimetype="application/xml")
