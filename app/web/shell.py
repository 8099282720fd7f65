"""The shell around every page: the language of the address, the request's id, what templates may use."""

import hashlib
import json
import secrets
import time
from collections.abc import Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request, url_for
from flask.templating import Environment
from flask_login import LoginManager
from markupsafe import Markup
from werkzeug.local import LocalProxy

from app.engines import language as speech
from app.engines.mail import carries
from app.engines.place import TERRITORY, elsewhere, here, home, served, stand_in
from app.kernel.actor import CHAIR, PACKER, SELLER, TREASURER
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.module import Entry, Module
from app.territories.loading import name_in, territory_named
from app.territories.records import Territory
from app.web.access import check_access
from app.web.compression import compress
from app.web.errors import end_reading
from app.web.figures import Figures, count_request
from app.web.page_cache import PageCache, begin_page, keep_page
from app.web.pages.menu import HOUSE_MENU
from app.web.paging import address_with
from app.web.regions import region_name
from app.web.safety import add_headers, check_host, check_input, csrf_token, policy, token_of_page
from app.web.sessions import ServerSessions
from app.web.typed_again import check_form, show_on_wish
from app.web.visitor import Visitor, actor, visitor

STATIC = Path(__file__).parent / "static"
access_log = structlog.get_logger("tiwizi.access")


def begin_request() -> None:
    """The request's id, language and territory, before anything can go wrong."""
    g.started = time.perf_counter()
    g.request_id = secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(id=g.request_id)
    code = (request.view_args or {}).pop("lang", None) if request.view_args else None
    g.lang = code or language_of_path() or preferred_language()
    speech.speak(g.lang)
    asked = request.args.get(TERRITORY)
    stand_in(asked if asked in current_app.config["TERRITORIES"] else home().key)


def language_of_path() -> str | None:
    first = request.path[1:3]
    return first if first in speech.LANGUAGES and request.path[3:4] in ("", "/") else None


def preferred_language() -> str:
    """For addresses without a language: the browser's wish among ours."""
    return request.accept_languages.best_match(list(speech.LANGUAGES)) or "fr"


@lru_cache(256)
def static(name: str) -> str:
    """The address of one of our files, with its version, so that browsers keep it for ever."""
    path = STATIC / name
    version = hashlib.sha256(path.read_bytes()).hexdigest()[:10] if path.is_file() else "0"
    return f"/static/{name}?v={version}"


def json_ld(thing: Mapping[str, Any]) -> Markup:
    """A schema.org description; `<` is escaped so that no text can end the element."""
    text = json.dumps(thing, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))


def page_in(code: str) -> str:
    """This page in another language."""
    if request.endpoint and language_of_path():
        path = f"/{code}{request.path[3:]}"
        query = request.query_string.decode("utf-8", "replace")
        return f"{path}?{query}" if query and request.method == "GET" else path
    return f"/{code}/"


def other_languages() -> list[tuple[str, str, str]]:
    """(code, name, this page's address) of the languages that are not spoken here."""
    return [(code, name, page_in(code)) for code, name in speech.LANGUAGES.items() if code != g.lang]


def other_territories() -> list[tuple[str, str, bool]]:
    """(name, this page's address there, whether it is in force) of the territories served; none where there is but one."""
    spoken = speech.language()
    there = [(name_in(one.names, spoken), page_of(one), one == here()) for one in served()]
    return there if len(there) > 1 else []


def other_currencies() -> list[tuple[str, str, bool]]:
    """(sign, this page's address with it, whether it is in force) of the currencies of the territories served."""
    signs = {one.currency: (speech.currency_sign(one.currency), page_of(one)) for one in reversed(served())}
    return [(*signs[currency], currency == here().currency) for currency in sorted(signs)]


def page_of(territory: Territory) -> str:
    """This page's address with the territory in force, from its first page on."""
    return address_with(**{TERRITORY: None if territory == home() else territory.key, "page": None})


def plain_address(endpoint: str) -> str:
    """The address of a page that needs nothing but the language; each is built once."""
    known: dict[tuple[str, str], str] = current_app.extensions["plain_addresses"]
    key = g.get("lang", "fr"), endpoint
    if key not in known:
        known[key] = url_for(endpoint)
    return known[key]


def canonical() -> str | None:
    """The one address of this page for search engines: filters and words asked for are left out, pages of a list stay."""
    if request.endpoint is None or not language_of_path():
        return None
    number = own_whole(request.args.get("page"))
    return request.path if number in (None, 1) else f"{request.path}?page={number}"


def alternates(own: str | None) -> list[tuple[str, str]]:
    """(language, address) of the page that `own` is the one address of: those of the other languages say the same."""
    return [(code, f"/{code}{own[3:]}") for code in speech.LANGUAGES] if own else []


class Line:
    """A line of a menu as templates read it."""

    def __init__(self, entry: Entry, **values: Any) -> None:
        self.label = speech.translate(entry.label)
        self.icon = entry.icon
        self.href = url_for(entry.endpoint, **values) if values else plain_address(entry.endpoint)
        self.active = request.path == self.href if entry.whole_address else request.path.startswith(self.href)


def menu(spot: str, **values: Any) -> list[Line]:
    """The lines of a menu that modules declared, in order; an office shows what the visitor's roles open."""
    entries = current_app.extensions["menu"].get(spot, ())
    held = values.pop("roles", None)
    return [Line(entry, **values) for entry in entries if held is None or not entry.roles or entry.roles & held]


def page_context() -> dict[str, Any]:
    """What base.html needs; each signed-in fact is read only when a page is rendered, once for the page and its cards."""
    if g.get("plain_page"):
        return {**_outline(), "navigation": [], "legal_links": []}
    frames: dict[str, dict[str, Any]] = g.setdefault("frames", {})
    spoken_now = speech.language()
    if spoken_now not in frames:
        frames[spoken_now] = _frame()
    return frames[spoken_now]


def _outline() -> dict[str, Any]:
    own = canonical()
    return {
        "lang": g.get("lang", "fr"),
        "dir": speech.direction(),
        "demo": current_app.config["DEMO"],
        "me": None,
        "basket_count": None,
        "unread": None,
        "languages": [(code, name, page_in(code)) for code, name in speech.LANGUAGES.items()],
        "site_root": current_app.config["PUBLIC_URL"],
        "canonical": own,
        "alternates": alternates(own),
    }


def _frame() -> dict[str, Any]:
    me = visitor()
    context = _outline()
    context.update(me=Face(me) if me else None, navigation=menu("main"), legal_links=legal_links())
    for give in current_app.extensions["page_context"]:
        context.update(give(actor()))
    return context


class Face:
    """The signed-in person as the header shows them."""

    def __init__(self, me: Visitor) -> None:
        self.id, self.name, self.is_operator, self.is_instructor = me.id, me.name, me.is_operator, me.is_instructor
        self.offices = [(office.slug, office.name) for office in me.offices]


LEGAL_TITLES = {
    "terms": msg("Terms of use"),
    "privacy": msg("Privacy"),
    "legal": msg("Legal notice"),
    "contact": msg("Contact us"),
}


def legal_links() -> list[tuple[str, str]]:
    """The texts of the territory in force."""
    root, there = url_for("pages.legal", key="-")[:-1], elsewhere()
    query = f"?{TERRITORY}={there}" if there else ""
    return [(root + key + query, speech.translate(title)) for key, title in LEGAL_TITLES.items()]


def add_language(endpoint: str, values: dict[str, Any]) -> None:
    """url_for fills in the language of the page unless one is given."""
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = g.get("lang") or speech.language()


def log_request(response: Response) -> Response:
    """One line per request: no addresses of people, no query, no words."""
    response.headers["X-Request-Id"] = g.get("request_id", "")
    count_request(response, time.perf_counter() - g.started)
    if request.endpoint != "static" and not current_app.testing:
        access_log.info(
            "request",
            method=request.method,
            route=str(request.url_rule or "-"),
            status=response.status_code,
            ms=round((time.perf_counter() - g.started) * 1000, 1),
        )
    return response


@lru_cache(16384)
def _phrase(code: str, text: str) -> Markup:
    return Markup(speech.sentence(code, text))


def spoken(text: str, **facts: object) -> Markup:
    """`_` of the templates: the translation, our own words and therefore safe; facts are escaped."""
    phrase = _phrase(speech.language(), text)
    return phrase % speech.set_in(facts) if facts or "%" in phrase else phrase


def spoken_many(singular: str, plural: str, count: int, **facts: object) -> Markup:
    """`ngettext` of the templates; `%(num)s` is the number as the language writes it."""
    phrase = Markup(speech.translations(speech.language()).ngettext(singular, plural, count))
    return phrase % speech.set_in({"num": speech.number(count), **facts})


class SharedGlobals(Environment):
    """All templates have the house's globals and none of their own: an import need not compare them name by name."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return super().make_globals(d) if d else self.globals


def set_up_templates(app: Flask) -> None:
    app.jinja_environment = SharedGlobals
    environment = app.jinja_env
    environment.add_extension("jinja2.ext.i18n")
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # Jinja's extension adds it, its types do not
    environment.globals.update(_=spoken, gettext=spoken, ngettext=spoken_many)
    home = app.extensions["home_territory"]
    environment.globals.update(
        money=speech.money,
        estimate=speech.estimate,
        number=speech.number,
        date=speech.day,
        datetime=speech.moment,
        quantity=speech.quantity,
        percent=speech.percent,
        unit_name=speech.unit_name,
        comma=speech.comma,
        static=static,
        json_ld=json_ld,
        menu=menu,
        site_name=app.config["SITE_NAME"],
        region_name=region_name,
        csrf_token=csrf_token,
        token_of_page=token_of_page,
        reaches=carries,
        other_languages=other_languages,
        other_territories=other_territories,
        other_currencies=other_currencies,
        elsewhere=elsewhere,
        lang=LocalProxy(speech.language),  # for macros: they are made once, without a page's context
        territory_name=SpokenName(home),
        CHAIR=CHAIR,
        TREASURER=TREASURER,
        SELLER=SELLER,
        PACKER=PACKER,
    )
    environment.trim_blocks = environment.lstrip_blocks = True


class SpokenName:
    """The territory's name in the language in force, wherever a template prints it."""

    def __init__(self, key: str) -> None:
        self.key = key

    def __str__(self) -> str:
        return name_in(territory_named(self.key).names, speech.language())


def set_up_shell(app: Flask, modules: list[Module]) -> None:
    """Wire the shell: order matters, the gate stands before access, access before CSRF's form parsing of strangers."""
    app.session_interface = ServerSessions()
    LoginManager(app, add_context_processor=False).session_protection = None
    app.extensions["policy"] = policy(app)
    app.extensions["page_cache"] = PageCache(app.extensions["numbers"], app.config["PAGE_CACHE_MB"] * 1_000_000)
    app.extensions["figures"] = Figures(app)
    app.extensions["plain_addresses"] = {}
    app.extensions["page_context"] = [m.page_context for m in modules if m.page_context]
    entries = sorted([*HOUSE_MENU, *(entry for m in modules for entry in m.menu)], key=lambda entry: entry.order)
    spots = {entry.spot for entry in entries}
    app.extensions["menu"] = {spot: [e for e in entries if e.spot == spot] for spot in spots}
    app.before_request(begin_request)
    app.before_request(check_host)
    app.before_request(check_input)
    app.before_request(begin_page)
    app.before_request(show_on_wish)
    app.before_request(check_access)
    app.before_request(check_form)
    app.after_request(compress)
    app.after_request(keep_page)
    app.after_request(add_headers)
    app.after_request(log_request)
    app.after_request(end_reading)  # the last one is the first to be asked
    app.url_defaults(add_language)
    app.context_processor(page_context)
    set_up_templates(app)
