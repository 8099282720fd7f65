"""Markup of a foreign shop as plain paragraphs and lists: nh3 reads it as browsers do, and keeps what parts lines."""

import re
from html import unescape

import nh3

BREAKS = {"p", "div", "br", "ul", "ol", "h1", "h2", "h3", "tr"}
ENDS = {"p", "div", "ul", "ol", "h1", "h2", "h3"}
KEPT = BREAKS | {"li", "table", "thead", "tbody", "td", "th"}
SILENT = {"script", "style"}
_ENTITY = re.compile(r"&(?:[a-zA-Z]+\d*|#\d+|#[xX][0-9a-fA-F]+);")
_TAG = re.compile(r"<(/?)([a-z0-9]+)>")


def plain(text: str) -> str:
    """Text without markup and entities; what had none stays as it is."""
    if "<" not in text:
        return unescaped(text)
    sound = nh3.clean(text, tags=KEPT, attributes={"*": set()}, clean_content_tags=SILENT)
    lines = [" ".join(line.split()) for line in unescape(_TAG.sub(_break, sound)).splitlines()]
    return "\n".join(line for index, line in enumerate(lines) if line or (index and lines[index - 1])).strip()


def unescaped(text: str) -> str:
    """ "Th&eacute; &amp; menthe" as it is read; an ampersand of its own stays."""
    return unescape(text) if _ENTITY.search(text) else text


def _break(tag: re.Match[str]) -> str:
    closes, name = bool(tag[1]), tag[2]
    if name == "li" and not closes:
        return "\n- "
    return "\n" if name in (ENDS if closes else BREAKS) else ""
