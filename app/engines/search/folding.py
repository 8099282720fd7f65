"""From a text to its folded words: no case, no accents, one shape for each Arabic letter, Latin digits."""

import re
import unicodedata
from functools import lru_cache

LONGEST_WORD = 40
LATIN = "latin"
ARABIC = "arabic"
OTHER = "other"

# Accents left over after composition, Arabic vowel marks, and what is invisible: joiners, direction marks, soft hyphen.
_MARKS = re.compile(
    "[\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_WORD = re.compile(r"[^\W_]+")
_QUANTITY = re.compile(r"(?<![^\W_])(\d+)(kg|mg|gr|g|ml|cl|dl|l|cm|mm|m)(?![^\W_])", re.IGNORECASE)

_LETTERS = str.maketrans(
    {
        "œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i",
        "ى": "ي", "ی": "ي", "ې": "ي", "ة": "ه", "ھ": "ه", "ہ": "ه", "ە": "ه", "ٱ": "ا", "ء": "",
        "ک": "ك", "ڭ": "ك", "گ": "ك", "ݣ": "ك", "ڴ": "ك", "ڤ": "ف", "ڥ": "ف", "پ": "ب", "چ": "ج",
    }
)  # fmt: skip
DIGITS = {first + n: str(n) for first in (0x0660, 0x06F0) for n in range(10)}

# The article with what may stand before it (and, then, with, like), and "for the", which swallows the article's alef.
_ARTICLE = re.compile(r"^(?:[وف]?(?:[بك]?ال|لل))(?=..)")


def raw_words(text: str) -> list[str]:
    """The words as typed, lower case, marks removed; apostrophes and hyphens part them, as do units from numbers."""
    plain = _MARKS.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return [word[:LONGEST_WORD] for word in _WORD.findall(_QUANTITY.sub(r"\1 \2", plain))]


@lru_cache(maxsize=50_000)
def fold(raw: str) -> str:
    """One word in its plainest spelling; may be empty (a lone hamza)."""
    decomposed = unicodedata.normalize("NFKD", raw.translate(_LETTERS).translate(DIGITS))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).translate(_LETTERS)


def script_of(folded: str) -> str:
    """The script decides how a word is treated, whatever the language of the text around it."""
    first = folded[:1]
    if "\u0600" <= first <= "\u06ff" or "\u0750" <= first <= "\u077f":
        return ARABIC
    if "a" <= first <= "z" and folded.isalpha():
        return LATIN
    return OTHER


def without_article(folded: str) -> str:
    return _ARTICLE.sub("", folded, count=1)


def plain(raw: str) -> str:
    """Folded, and for Arabic without the article: the form in which words are completed and corrected."""
    folded = fold(raw)
    return without_article(folded) if script_of(folded) == ARABIC else folded
