"""The shell around every page: the language of the address, the request's id, what templates may use."""

import secrets
import time
from collections.abc import MutableMapping
from functools import lru_cache
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from flask.templating import Environment
from flask_login import LoginManager
from markupsafe import Markup
from werkzeug.local import LocalProxy

from app.engines import language as speech
from app.engines.mail import carries
from app.engines.place import TERRITORY, elsewhere, here, home, served, stand_in
from app.kernel.actor import CHAIR, PACKER, SELLER, TREASURER
from app.module import Module
from app.territories.loading import name_in, territory_named
from app.territories.records import Territory
from app.web.access import check_access
from app.web.addresses import USUAL, address
from app.web.compression import compress
from app.web.errors import end_reading
from app.web.figures import Figures, count_request
from app.web.found import json_ld, machine_doors, told_in_short, trail
from app.web.frame import language_of_path, menu, other_languages, page_context
from app.web.icons import drawing, icon, star, wordmark
from app.web.page_cache import PageCache, begin_page, keep_page
from app.web.pages.menu import HOUSE_MENU
from app.web.paging import address_with
from app.web.regions import region_name
from app.web.safety import add_headers, check_host, check_input, csrf_token, headers_of_every_answer, token_of_page
from app.web.sessions import ServerSessions
from app.web.static_files import static
from app.web.typed_again import check_form, show_on_wish

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


def preferred_language() -> str:
    """For addresses without a language: the browser's wish among ours."""
    return request.accept_languages.best_match(list(speech.LANGUAGES)) or USUAL


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
    environment.filters["in_short"] = told_in_short
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
        url_for=address,
        static=static,
        shapes=(icon, drawing, star, wordmark),
        json_ld=json_ld,
        trail=trail,
        machine_doors=machine_doors,
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
    app.extensions["headers"] = headers_of_every_answer(app)
    app.extensions["page_cache"] = PageCache(app.extensions["numbers"], app.config["PAGE_CACHE_MB"] * 1_000_000)
    app.extensions["figures"] = Figures(app)
    app.extensions["plain_addresses"] = {}
    app.extensions["frames"] = {}
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
