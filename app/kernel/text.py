"""Words: folding, slugs, limits, and texts in several languages."""

import re
import secrets
import unicodedata
from collections.abc import Mapping

from app.kernel.typed import visible, without_unseen

LANGUAGES = ("fr", "ar", "en")
LATIN_LIGATURES = str.maketrans({"œ": "oe", "Œ": "Oe", "æ": "ae", "Æ": "Ae", "ß": "ss", "’": "'"})
CODE_LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0/O, 1/I/L: read aloud and copied by hand


_BAD = re.compile("[\x00\ud800-\udfff]")
CONTEXT_ENDS = "\x04"  # as gettext keys a message that has a context


_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"  # what stands between them has the direction of its own first letter
# What a line of the other direction would turn around: its letters, and signs that stand before or between figures.
_TURNED = {
    "rtl": re.compile("[A-Za-z\u00c0-\u024f]|[-+\u2212]\\d|\\d ?[-\u2013\u2212\u00d7\u00f7=/+] ?\\d"),
    "ltr": re.compile("[\u0590-\u08ff]"),
}
_FRENCH_SPACES = ((re.compile(" (?=[;!?])"), "\u202f"), (re.compile("(?<=«) | (?=»)| (?=:(?!\\w))| (?=%%)"), "\u00a0"))


def msg(text: str) -> str:
    """Marks a text for translation where it is only named; it is translated where it is shown."""
    return text


def msg_in(module: str, text: str) -> str:
    """Marks a text that means something else in this module than in the rest of the house; shown like any other."""
    return module + CONTEXT_ENDS + text


def isolated(words: str, direction: str) -> str:
    """Words to be set into a line of a direction ("rtl" or "ltr"): in a direction of their own if the line would turn
    them around, as « T-1001 » or « 12–14 » in Arabic. Markup stays markup."""
    return _ISOLATE + words + _END_ISOLATE if _TURNED[direction].search(words) else words


def french_spaces(text: str) -> str:
    """A French text whose signs cannot begin a line: narrow no-break spaces before ; ! ?, wide ones at : « » and %%."""
    for where, space in _FRENCH_SPACES:
        text = where.sub(space, text)
    return text


def fold(text: str) -> str:
    """Lower case without accents, for comparison and slugs."""
    plain = unicodedata.normalize("NFKD", text.translate(LATIN_LIGATURES))
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


def slug_of(text: str, fallback: str = "") -> str:
    """A slug of at most 80 ASCII letters, digits and hyphens; random when nothing Latin is left."""
    slug = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:80].strip("-")
    return slug or fallback or secrets.token_hex(4)


def random_code(length: int) -> str:
    """A copy-safe code of capital letters and digits."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(length))


def best_language(available: Mapping[str, object] | set[str], wanted: str, source: str | None = None) -> str | None:
    """The language to show: the wanted one, else the source, else fr, en, ar; None when there is none."""
    for language in (wanted, source, "fr", "en", "ar"):
        if language and language in available:
            return language
    return next(iter(available), None)


def one_line(text: str) -> str:
    """Words on one line: white space folded, without unseen and control characters; empty when nothing is to be seen."""
    spoken = without_unseen(unicodedata.normalize("NFC", text), joiners=True)
    line = " ".join("".join(c for c in spoken if c.isspace() or unicodedata.category(c) != "Cc").split())
    return line if visible(line) else ""


def in_short(text: str, most: int) -> str:
    """The beginning of a text on one line, of so many letters at most: whole words, and a sign that it goes on. A first word
    that is longer is cut.
    """
    line = " ".join(text[: most * 4].split())  # of a long text no more is looked at
    if len(line) <= most:
        return line
    head, _space, half = line[:most].rpartition(" ")
    return (head or half[:-1]).rstrip(" .,;:!?،؛؟–-") + "…"


def paragraphs(text: str) -> str:
    """A longer text as it is written, without white space around it; empty when nothing is to be seen."""
    return text.strip() if visible(text) else ""


def bad_characters(text: str) -> bool:
    """NUL or a lone surrogate: nothing a person typed."""
    return _BAD.search(text) is not None
