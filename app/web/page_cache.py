"""Pages of visitors are kept as finished bytes, and served while every number they rest on stands still.

A view says it in one line, `@kept("market", "cooperatives", query=("category", "page"))`; what has a number of its own is
said while the page is made, `rests_on("product", 12)`, and until when a page holds, `holds_until(next_return, now())`.
The first asking learns what a page rests on, the second reads those numbers, makes the page and keeps it.
"""

import gzip
import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request, session
from markupsafe import Markup
from werkzeug.datastructures import ImmutableMultiDict

from app.engines.generations import Numbers, subject
from app.engines.keeping import kept_while
from app.engines.language import language
from app.engines.place import TERRITORY, elsewhere, here
from app.web.sessions import ServerSessions

Handler = TypeVar("Handler", bound=Callable[..., Any])
Key = tuple[str, str]  # the path, and the declared part of the query

LONGEST = 3600.0  # seconds that a page is kept, though nothing changes
MOST_LEARNED = 10_000  # pages of which it is known what they rest on
MOST_ADDRESSES = 10_000  # as written, with what leads nowhere in them
MOST_HOSTS = 64
ADDRESS_LONGEST = 300  # characters of a path or a query; of a longer one nothing is remembered
# Networks of caches may keep a page so long, and show it so much longer meanwhile: whole seconds, so it is gone in 90.
SHARED_SECONDS, LATE_SECONDS = 60, 29
AS_SENT = "tiwizi.query"  # where the query stands meanwhile with all that is in it
OVERHEAD = 2_000  # bytes of a kept page besides its bytes
EACH_TIME = ("Set-Cookie", "X-Request-Id", "Content-Length", "Content-Encoding", "Cache-Control", "Date")


@dataclass(frozen=True)
class Keeping:
    """What a view has declared: kinds of facts, the names of its query, and those with which nothing is kept."""

    kinds: tuple[str, ...]
    query: tuple[str, ...]
    never: tuple[str, ...]


def kept(*kinds: str, query: Sequence[str] = (), never: Sequence[str] = ()) -> Callable[[Handler], Handler]:
    """Declare that a public page may be kept for visitors. Names of the query beside these are dropped unread."""

    def declare(handler: Handler) -> Handler:
        handler.kept_page = Keeping(kinds, (*query, *never), tuple(never))  # type: ignore[attr-defined]  # a function may bear attributes; its type cannot say so
        return handler

    return declare


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page as it goes out. `numbers` are those of `names` that were read before it was made, the epoch first."""

    names: tuple[str, ...]
    numbers: tuple[int, ...]
    until: float
    route: str
    etag: str
    headers: tuple[tuple[str, str], ...]
    plain: bytes
    packed: bytes

    @property
    def size(self) -> int:
        return len(self.plain) + len(self.packed) + OVERHEAD

    def headers_now(self, packed: bool) -> list[tuple[str, str]]:
        """All but the request's id."""
        length = len(self.packed if packed else self.plain)
        sent = [*self.headers, ("Cache-Control", shared_for(self.until)), ("Content-Length", str(length))]
        return [*sent, ("Content-Encoding", "gzip")] if packed else sent


@dataclass
class Draft:
    """A page that is being made: what it turned out to rest on, and what was read before (None at its first asking)."""

    key: Key
    before: tuple[tuple[str, ...], tuple[int, ...]] | None
    names: set[str] = field(default_factory=set)
    until: float = 0.0


def rests_on(what: str, *ids: int) -> None:
    """The page that is being made shows these: `rests_on("product", 12)`."""
    if "draft" in g:
        g.draft.names.update(subject(what, one) for one in ids)


def holds_until(when: Callable[[datetime], datetime | None], now: datetime) -> None:
    """`when(now)` is asked while a page or a piece is made that may be kept: then it says something else, though nobody
    changes it.
    """
    made = [g.get(name) for name in ("draft", "piece") if name in g]
    moment = when(now) if made else None
    if moment is not None:
        for one in made:
            one.until = min(one.until, moment.timestamp())


@dataclass
class Piece:
    """A piece of a page that is being made, or has been: the same for every visitor, until then."""

    html: Markup
    until: float


def kept_piece(*key: Hashable, kinds: Sequence[str], make: Callable[[], str]) -> Markup:
    """A piece that rests on these kinds of facts and is the same for everybody who is not signed in, in the language and
    the territory in force. A page that shows it holds no longer than the piece.
    """

    def made() -> Piece:
        g.piece = piece = Piece(Markup(), time.time() + LONGEST)
        try:
            piece.html = Markup(make())
        finally:
            del g.piece
        return piece

    piece = kept_while(*key, language(), here().key, kinds=kinds, make=made, until=lambda kept: kept.until)
    if "draft" in g:
        g.draft.names.update(kinds)
        g.draft.until = min(g.draft.until, piece.until)
    return piece.html


def shared_for(until: float) -> str:
    """What networks of caches are told of a page that holds until then."""
    left = until - time.time()
    if left > SHARED_SECONDS + LATE_SECONDS:
        return f"public, max-age=0, s-maxage={SHARED_SECONDS}, stale-while-revalidate={LATE_SECONDS}"
    return f"public, max-age=0, s-maxage={max(0, min(SHARED_SECONDS, int(left)))}"


class PageCache:
    """The kept pages of one process, the least recently asked out first. A limit of 0 bytes keeps nothing."""

    def __init__(self, numbers: Numbers, limit: int) -> None:
        self.limit, self.size, self.hits, self.misses = limit, 0, 0, 0
        self.hosts: set[str] = set()  # names under which visitors have reached us, as they wrote them
        self._numbers = numbers
        self._pages: OrderedDict[Key, KeptPage] = OrderedDict()
        self._learned: OrderedDict[Key, tuple[str, ...]] = OrderedDict()
        self._addresses: OrderedDict[tuple[str, str], Key] = OrderedDict()
        self._lock = threading.Lock()

    def at_address(self, path: str, query: str) -> KeptPage | None:
        """The page of an address as it is written in the request."""
        key = self._addresses.get((path, query))
        return self.find(key) if key is not None else None

    def find(self, key: Key) -> KeptPage | None:
        """A page that still holds."""
        page = self._pages.get(key)
        if page is None:
            return None
        if page.until > time.time() and self._numbers.read(page.names) == page.numbers:
            with self._lock:
                if key in self._pages:
                    self._pages.move_to_end(key)
                self.hits += 1
            return page
        self._drop(key, page)
        return None

    def start(self, key: Key) -> Draft:
        """A page is to be made: the numbers it is known to rest on are read first."""
        names = self._learned.get(key)
        numbers = self._numbers.read(names) if names is not None else None
        self.misses += 1
        before = (names, numbers) if names is not None and numbers is not None else None
        return Draft(key, before, until=time.time() + LONGEST)

    def finish(self, draft: Draft, page: Callable[[tuple[str, ...], tuple[int, ...]], KeptPage]) -> None:
        """It has been made: kept when it rests on what was expected, else learned for the next asking."""
        names = tuple(sorted(draft.names))
        if draft.before is None or draft.before[0] != names:
            with self._lock:
                self._learned[draft.key] = names
                _shorten(self._learned, MOST_LEARNED)
            return
        self._keep(draft.key, page(*draft.before))

    def know(self, path: str, query: str, host: str, key: Key) -> None:
        """This address, as it is written, is that page."""
        with self._lock:
            if max(len(path), len(query)) <= ADDRESS_LONGEST:
                self._addresses[path, query] = key
                _shorten(self._addresses, MOST_ADDRESSES)
            if len(self.hosts) < MOST_HOSTS and len(host) <= ADDRESS_LONGEST:
                self.hosts.add(host)

    def forget(self) -> None:
        """All of it."""
        with self._lock:
            for table in (self._pages, self._learned, self._addresses):
                table.clear()
            self.size = 0
        self._numbers.let_go()

    def _keep(self, key: Key, page: KeptPage) -> None:
        if page.size > self.limit // 8:
            return
        with self._lock:
            before = self._pages.pop(key, None)
            self.size += page.size - (before.size if before else 0)
            self._pages[key] = page
            while self.size > self.limit:
                _key, oldest = self._pages.popitem(last=False)
                self.size -= oldest.size

    def _drop(self, key: Key, page: KeptPage) -> None:
        with self._lock:
            if self._pages.get(key) is page:
                del self._pages[key]
                self.size -= page.size


def _shorten(table: "OrderedDict[Any, Any]", most: int) -> None:
    while len(table) > most:
        table.popitem(last=False)


def cache_of(app: Flask) -> PageCache:
    found: PageCache = app.extensions["page_cache"]
    return found


def _keeping() -> Keeping | None:
    """What the view has declared, and the territory where an address puts another than home in force: a page of its own."""
    view = current_app.view_functions.get(request.endpoint or "")
    declared: Keeping | None = getattr(view, "kept_page", None) if request.method in ("GET", "HEAD") else None
    return replace(declared, query=(*declared.query, TERRITORY)) if declared and elsewhere() else declared


def begin_page() -> Response | None:
    """Before a page that may be kept is made: what its view has not declared is dropped, and a visitor's is looked for."""
    keeping = _keeping()
    if keeping is None:
        return None
    _drop_undeclared(keeping)
    cache = cache_of(current_app)
    if not cache.limit or has_session() or any(request.args.get(name) for name in keeping.never):
        return None
    key = (request.path, _ask_for([(name, value) for name in keeping.query for value in request.args.getlist(name)]))
    if max(map(len, key)) > ADDRESS_LONGEST:
        return None
    page = cache.find(key)
    if page is not None:
        cache.know(*_as_written(), key)
        return _answer(page)
    if request.method == "GET":
        g.draft = cache.start(key)
        g.draft.names.update(keeping.kinds)
    return None


def _as_written() -> tuple[str, str, str]:
    """Path, query and name of the machine, as the visitor has sent them."""
    environ: dict[str, str] = request.environ
    query = environ[AS_SENT] if AS_SENT in environ else environ.get("QUERY_STRING", "")
    return environ.get("PATH_INFO", ""), query, environ.get("HTTP_HOST", "")


def _drop_undeclared(keeping: Keeping) -> None:
    """The page is the same whatever else is written behind its address."""
    sent = list(request.args.items(multi=True))
    request.environ.setdefault(AS_SENT, request.environ.get("QUERY_STRING", ""))
    declared = [(name, value) for name, value in sent if name in keeping.query]
    if len(declared) < len(sent):
        _ask_for(declared)


def _ask_for(pairs: list[tuple[str, str]]) -> str:
    """The request has this query from here on; it is returned as text."""
    query = urlencode(pairs)
    request.environ["QUERY_STRING"], request.query_string = query, query.encode()
    request.args = ImmutableMultiDict(pairs)
    return query


def has_session() -> bool:
    """Does the request bring a session of somebody, a guest's too?"""
    return ServerSessions().cookie_name(current_app) in request.cookies


def _answer(page: KeptPage) -> Response:
    """A kept page that was asked by another address than before, or under another name of the machine."""
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = Response(page.packed if packed else page.plain)
    if request.if_none_match.contains_weak(page.etag):
        response = Response(status=304)
    response.headers.clear()
    response.headers.extend(page.headers_now(packed))
    if response.status_code == 304:
        for name in ("Content-Length", "Content-Encoding", "Content-Type"):
            del response.headers[name]
    g.page_found = True
    return response


def keep_page(response: Response) -> Response:
    """After a page that may be kept has been made: who else may keep it, and we do."""
    if _keeping() is None or response.status_code != 200 or g.get("page_found"):
        return response
    if has_session():
        response.headers["Cache-Control"] = "private, no-store"
        return response
    draft: Draft | None = g.get("draft")
    if draft is None or "Set-Cookie" in response.headers or session.modified or not response.is_sequence:
        return response
    plain = response.get_data()
    etag = hashlib.sha256(plain).hexdigest()[:20]
    response.set_etag(etag, weak=True)
    response.vary.update(("Cookie", "Accept-Encoding"))
    response.headers["Cache-Control"] = shared_for(draft.until)

    def finished(names: tuple[str, ...], numbers: tuple[int, ...]) -> KeptPage:
        headers = tuple((name, value) for name, value in response.headers if name not in EACH_TIME)
        packed = gzip.compress(plain, compresslevel=6, mtime=0)
        return KeptPage(names, numbers, draft.until, str(request.url_rule), etag, headers, plain, packed)

    cache_of(current_app).finish(draft, finished)
    if request.if_none_match.contains_weak(etag):
        response.status_code = 304
        response.set_data(b"")
    return response
