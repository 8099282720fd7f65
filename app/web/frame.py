"""The frame of every page: head, menu and foot, made once for all visitors in a language and a territory, and filled in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import current_app, g, request
from markupsafe import Markup, escape

from app.engines import language as speech
from app.engines.place import TERRITORY, elsewhere, here
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.module import Entry
from app.web.addresses import address, alternates
from app.web.found import locales
from app.web.visitor import Visitor, actor, visitor

# What is put in on each page, where the frame of its kind has these: the rest of the address behind its language, what was
# searched for, the page a sign-in leads back to. No text of ours has these letters.
REST, SEARCHED, CAME_FROM = "\ue000", "\ue001", "\ue002"
SMALL_BASKET = 9  # things in the basket of a guest, up to which a head is made once for all who have as many
SLOTS = re.compile(f"([{REST}{SEARCHED}{CAME_FROM}])")


@dataclass(frozen=True, slots=True)
class Frame:
    """Head and foot of one page."""

    header: Markup
    footer: Markup


def language_of_path() -> str | None:
    first = request.path[1:3]
    return first if first in speech.LANGUAGES and request.path[3:4] in ("", "/") else None


def rest_of_address() -> str:
    """What stands behind the language in the address of this page; the first page's where this one has no language."""
    if not request.endpoint or not language_of_path():
        return "/"
    query = request.query_string.decode("utf-8", "replace") if request.method == "GET" else ""
    return f"{request.path[3:]}?{query}" if query else request.path[3:]


def other_languages() -> list[tuple[str, str, str]]:
    """(code, name, this page's address) of the languages that are not spoken here."""
    rest = rest_of_address()
    return [(code, name, f"/{code}{rest}") for code, name in speech.LANGUAGES.items() if code != g.lang]


def canonical() -> str | None:
    """The one address of this page for search engines: filters and words asked for are left out, pages of a list stay."""
    if request.endpoint is None or not language_of_path():
        return None
    asked = request.args.get("page")
    number = own_whole(asked) if asked else None
    return request.path if number in (None, 1) else f"{request.path}?page={number}"


class Line:
    """A line of a menu as templates read it."""

    def __init__(self, entry: Entry, **values: Any) -> None:
        self.label = speech.translate(entry.label)
        self.icon = entry.icon
        self.href = address(entry.endpoint, **values)
        self.active = is_open(entry, self.href, request.path)


def is_open(entry: Entry, href: str, path: str) -> bool:
    """Does this path lie below the line's address?"""
    return path == href if entry.whole_address else path.startswith(href)


def menu(spot: str, **values: Any) -> list[Line]:
    """The lines of a menu that modules declared, in order; an office shows what the visitor's roles open."""
    entries = current_app.extensions["menu"].get(spot, ())
    held = values.pop("roles", None)
    return [Line(entry, **values) for entry in entries if held is None or not entry.roles or entry.roles & held]


def main_menu() -> list[Line]:
    """The menu in the head of every page."""
    return menu("main")


def page_context() -> dict[str, Any]:
    """What base.html needs; each signed-in fact is read only when a page is rendered, once for the page and its cards."""
    if g.get("plain_page"):
        return {**_outline(), "navigation": list, "legal_links": list}  # none of either
    frames: dict[str, dict[str, Any]] = g.setdefault("frames", {})
    spoken_now = speech.language()
    if spoken_now not in frames:
        frames[spoken_now] = _frame()
    return frames[spoken_now]


def _outline() -> dict[str, Any]:
    own, lang, rest = canonical(), g.get("lang", "fr"), rest_of_address()
    return {
        "lang": lang,
        "dir": speech.direction(),
        "demo": current_app.config["DEMO"],
        "me": None,
        "basket_count": None,
        "unread": None,
        "navigation": main_menu,
        "legal_links": legal_links,
        "languages": [(code, name, f"/{code}{rest}") for code, name in speech.LANGUAGES.items()],
        "rest": rest,
        "site_root": current_app.config["PUBLIC_URL"],
        "canonical": own,
        "alternates": alternates(own),
        "locales": locales(),
        "searched": request.args.get("q", "") if request.path.endswith("/market") else "",
        "came_from": f"?from={quote(own)}" if own and own != f"/{lang}/" else "",
    }


def _frame() -> dict[str, Any]:
    me = visitor()
    context = _outline()
    if me is not None:
        context["me"] = Face(me)
    for give in current_app.extensions["page_context"]:
        context.update(give(actor()))
    if me is None and (context["basket_count"] or 0) <= SMALL_BASKET:
        context["frame"] = _filled(context)
    return context


def _filled(context: Mapping[str, Any]) -> Frame:
    """The frame that visitors have in common, with what this page puts in."""
    known: dict[tuple[Any, ...], tuple[list[str], list[str]]] = current_app.extensions["frames"]
    path, entries = request.path, current_app.extensions["menu"]["main"]
    lines_open = tuple(is_open(entry, address(entry.endpoint), path) for entry in entries)
    key = context["lang"], speech.language(), here().key, elsewhere(), lines_open, context["basket_count"] or 0
    if key not in known:
        empty = {
            **context,
            "languages": [(code, name, f"/{code}{REST}") for code, name in speech.LANGUAGES.items()],
            "searched": SEARCHED,
            "came_from": CAME_FROM,
        }
        known[key] = _cut("web/header.html", empty), _cut("web/footer.html", empty)
    put_in = {REST: context["rest"], SEARCHED: context["searched"], CAME_FROM: context["came_from"]}
    slots = {slot: str(escape(text)) for slot, text in put_in.items()}
    header, footer = (Markup("".join([slots.get(part, part) for part in parts])) for parts in known[key])
    return Frame(header, footer)


def _cut(template: str, context: Mapping[str, Any]) -> list[str]:
    """A template's text, cut at its slots."""
    return SLOTS.split(current_app.jinja_env.get_template(template).render(context))


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
    root, there = address("pages.legal", key="-")[:-1], elsewhere()
    query = f"?{TERRITORY}={there}" if there else ""
    return [(root + key + query, speech.translate(title)) for key, title in LEGAL_TITLES.items()]
