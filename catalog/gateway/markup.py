"""Markup of a foreign shop as plain paragraphs and lists, in linear time whatever is written.

The library's HTMLParser takes five minutes for 33,000 unfinished tags in one cell.
"""

import re
from collections.abc import Iterator
from html import unescape

BREAKS = {"p", "div", "br", "ul", "ol", "h1", "h2", "h3", "tr"}
ENDS = {"p", "div", "ul", "ol", "h1", "h2", "h3"}
SILENT = {"script", "style"}
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/<>"']*+)(?:[^>"']|"[^"]*+"|'[^']*+')*+>""")
_SIMPLE_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/<>]*+)[^<>]*+>")
_SILENCE_ENDS = re.compile(r"</(?:script|style)\b", re.IGNORECASE)
_LOOKS_LIKE_TAG = re.compile(r"</?[a-zA-Z]")


def plain(text: str) -> str:
    """Text without markup; what had none stays as it is."""
    if "<" not in text:
        return text
    lines = [" ".join(line.split()) for line in "".join(_parts(text)).splitlines()]
    return "\n".join(line for index, line in enumerate(lines) if line or (index and lines[index - 1])).strip()


def _parts(text: str) -> Iterator[str]:
    """Words, and line breaks where tags make some; what scripts and styles hold is left out."""
    at, silenced_by = 0, ""
    for start, end, closes, name in _tags(text):
        if not silenced_by:
            yield unescape(text[at:start])
        at = end
        if silenced_by:
            silenced_by = "" if closes and name == silenced_by else silenced_by
        elif name in SILENT and not closes:
            silenced_by = name
        elif name == "li" and not closes:
            yield "\n- "
        elif name in (ENDS if closes else BREAKS):
            yield "\n"
    if not silenced_by:
        yield unescape(text[at:])


def _tags(text: str) -> Iterator[tuple[int, int, bool, str]]:
    """(start, end, closes, name) of each tag, and of comments and declarations without a name.

    A quotation mark that never ends is looked for once: from there on, a tag ends at the next bracket.
    """
    at, tag = 0, _TAG
    while (start := text.find("<", at)) >= 0:
        at = start + 1
        if text.startswith(("<!", "<?"), start):
            mark = "-->" if text.startswith("<!--", start) else ">"
            end = text.find(mark, start)
            if end < 0:  # as browsers do: it hides what follows
                yield start, len(text), False, ""
                return
            at = end + len(mark)
            yield start, at, False, ""
        elif _LOOKS_LIKE_TAG.match(text, start):
            found = tag.match(text, start)
            if found is None and tag is _TAG:
                tag = _SIMPLE_TAG
                found = tag.match(text, start)
            if found is not None:
                at = found.end()
                name = found[2].lower()
                yield start, at, bool(found[1]), name
                if name in SILENT and not found[1]:
                    silence_ends = _SILENCE_ENDS.search(text, at)
                    at = silence_ends.start() if silence_ends else len(text)
