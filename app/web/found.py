"""How machines find the pages that are the same for everybody: what these say of themselves, in words made for them."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, request
from markupsafe import Markup

from app.engines import language as speech
from app.engines.place import here
from app.kernel.text import in_short
from app.module import MachineDoor
from app.web.addresses import address

TOLD_LONGEST = 160  # letters of a page's description


def is_found() -> bool:
    """Is it a page that is the same for everybody?"""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, "kept_page", None) is not None


def locales() -> list[str]:
    """The languages of such a page as Open Graph writes them, its own first; of any other page none."""
    codes = sorted(speech.LANGUAGES, key=lambda code: code != speech.language()) if is_found() else ()
    return [f"{code}_{here().country}" for code in codes]


def machine_doors() -> list[tuple[str, str, str, str]]:
    """(rel, type, words, address) of what modules open to machines."""
    doors: Sequence[MachineDoor] = current_app.extensions["machine_doors"]
    return [(one.rel, one.type, speech.translate(one.label), address(one.endpoint)) for one in doors]


def told_in_short(text: str) -> str:
    """What a page says of itself, as the results of a search and links on other sites show it."""
    return in_short(Markup(text).unescape(), TOLD_LONGEST)


def json_ld(thing: Mapping[str, Any]) -> Markup:
    """A schema.org description; `<` is escaped so that no text can end the element."""
    text = json.dumps(thing, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup('<script type="application/ld+json">{}</script>').format(Markup(text))


def trail(steps: Sequence[tuple[str, str | None]]) -> Markup:
    """The way to a page, [(words, address)], as schema.org's BreadcrumbList; nothing on pages that are not found."""
    if not is_found():
        return Markup()
    root, name = current_app.config["PUBLIC_URL"], current_app.config["SITE_NAME"]
    way = [(name, f"/{speech.language()}/"), *steps]
    return json_ld(
        {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {
                    "@type": "ListItem",
                    "position": position,
                    "name": label.unescape() if isinstance(label, Markup) else label,
                    **({"item": root + href} if href else {}),
                }
                for position, (label, href) in enumerate(way, 1)
            ],
        }
    )
