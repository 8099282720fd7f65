"""What people type, turned into plain values: the one place that reads digits, signs and unseen characters.

A value (a number, a code, an address) goes through `plain`; words (a name, a title) keep how they are written and go
through `text.one_line`. What cannot be read, or can be read in two ways, is refused on its field.
"""

import re
import unicodedata
from datetime import date
from decimal import Decimal

from app.kernel.errors import Invalid
from app.kernel.money import minor_digits, names_currency, names_money

WHOLE_DIGITS, FRACTION_DIGITS = 15, 9
YEAR_FIRST = 1900  # a year is written in full

# What no reader sees: the characters Unicode tells every programme to ignore in print (soft hyphen, joiners, direction
# marks, embeddings and isolates, fillers of Hangul, variation selectors, tags), and the empty cell of Braille.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_JOINERS = "\u200c\u200d"  # they shape Persian words and emoji; alone they are nothing
_STRAY_JOINER = re.compile(rf"(?<![^\x00-\x9f\s{_JOINERS}])[{_JOINERS}]|[{_JOINERS}](?![^\x00-\x9f\s{_JOINERS}])")
_APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u201b\u2032\u00b4\u02b9\u02bc\uff07"), "'")
_ARABIC_SIGNS = {0x060C: ",", 0x061B: ";", 0x066C: "'"}  # comma, semicolon, and what parts thousands
_MINUS = "\u2212\u02d7\u2043"
_DECIMAL_SIGN = "\u066b"  # in Arabic, parts decimals and nothing else
# The ends that a spreadsheet puts before a text, and that stay behind one copied from a list or a sentence.
_ENDS = re.compile(r"^[\s']+|[\s,;.]+$")
_PARTING = re.compile(r"[\s.\-_]+")
# A number and what stands beside it. A full stop behind a letter belongs to the word (د.م.12), and what is between the
# figures to the number, where nothing but a sign may be: 12DH50 is not twelve hundred and fifty.
_BESIDE = re.compile(r"(\D*?) ?([+-]? ?(?:(?<!\w)[.,\u066b])?\d(?:.*\d)?)(\D*)")
_GROUPED = re.compile(r"\d{1,3}([ '.,])\d{3}(?:\1\d{3})*")


def without_unseen(text: str, joiners: bool = False) -> str:
    """The text without the characters nobody sees; with `joiners`, those that join two letters beyond ASCII stay."""
    if not joiners:
        return _UNSEEN.sub("", text)
    kept = _UNSEEN.sub(lambda match: match[0] if match[0] in _JOINERS else "", text)
    return _STRAY_JOINER.sub("", kept)


def visible(text: str) -> bool:
    """Is there anything to see: a letter, a digit, a sign? Marks without a letter, fillers and spaces are nothing."""
    return any(unicodedata.category(letter)[0] in "LNPS" for letter in without_unseen(text))


def plain(text: str) -> str:
    """The text of a value: digits in ASCII, one kind of dash, space and apostrophe, wide forms folded, ends cut.

    Small raised digits stay what they are: 5² is not 52.
    """
    seen = without_unseen(text).translate(_APOSTROPHES | _ARABIC_SIGNS)
    folded = seen if seen.isascii() else unicodedata.normalize("NFC", "".join(map(_folded, seen)))
    return _ENDS.sub("", " ".join(without_unseen(folded).split()))


def _folded(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind == "Pd" or letter in _MINUS:
        return "-"
    return letter if kind == "No" else unicodedata.normalize("NFKC", letter)


def compact(text: str) -> str:
    """A number that is written in groups (an identifier, a barcode): spaces, dots and dashes say nothing."""
    return _PARTING.sub("", plain(text))


def code(text: str) -> str:
    """A code that was read from a letter or a paper: as `compact`, in capitals."""
    return compact(text).upper()


def decimal(text: str, field: str = "number") -> Decimal:
    """A number with a point or a comma before its decimals, thousands apart or not.

    With two signs the last one stands before the decimals. A lone one before exactly three digits may do either, and is
    refused with both readings. Raises Invalid("not-a-number"), Invalid("number-ambiguous") with the facts `one`, `other`.
    """
    value, thousands = _readings(text, field)
    if thousands is not None:
        raise Invalid("number-ambiguous", field, one=thousands, other=value)
    return value


def _readings(text: str, field: str) -> tuple[Decimal, Decimal | None]:
    """The number with its decimals, and the other one it is when its sign parts thousands; None when it cannot."""
    written = re.fullmatch(rf"([+-]?) ?([\d .,'{_DECIMAL_SIGN}]+)", plain(text))
    if written is None:
        raise Invalid("not-a-number", field)
    whole, fraction, sure = _parted(written[2])
    digits = re.sub(r"\D", "", whole)
    if (
        not (digits or fraction)
        or not (whole.isdecimal() or not whole or _GROUPED.fullmatch(whole))
        or re.search(r"\D", fraction)
        or len(digits) > WHOLE_DIGITS
        or len(fraction) > FRACTION_DIGITS
    ):
        raise Invalid("not-a-number", field)
    value = Decimal(f"{written[1]}{digits or 0}.{fraction}")
    either = not sure and len(fraction) == 3 and re.fullmatch(r"[1-9]\d{0,2}", whole)
    return value, Decimal(f"{written[1]}{digits}{fraction}") if either else None


def _parted(body: str) -> tuple[str, str, bool]:
    """(whole, fraction, sure): what stands before and behind the decimal sign, and whether it can be no other sign."""
    signs = re.findall(f"[.,{_DECIMAL_SIGN}]", body)
    if not signs or (len(set(signs)) == 1 and len(signs) > 1):  # none, or thousands alone
        return body, "", True
    whole, fraction = body.rsplit(signs[-1], 1)
    return whole, fraction, len(signs) > 1 or signs[-1] == _DECIMAL_SIGN


def whole(text: str, field: str = "number") -> int:
    """A count: a whole number of at least zero. Raises Invalid("not-a-whole-number"), Invalid("number-ambiguous")."""
    return _minor(text, 0, field, "not-a-whole-number")


def amount(text: str, currency: str, field: str = "amount") -> int:
    """A sum in minor units of a currency, its own name or sign beside it or not.

    Where a currency has three decimals (TND), three digits behind a lone sign are just those. Raises
    Invalid("sum-in-other-currency") with the facts `written`, `currency` where another one's name or sign stands beside the
    number, Invalid("not-an-amount") for anything finer, below zero or beside another word, Invalid("number-ambiguous").
    """
    before, number, after = beside(text)
    for word in filter(None, (before, after)):
        if names_currency(word, currency):
            continue
        if number and names_money(word):
            raise Invalid("sum-in-other-currency", field, written=word, currency=currency)
        raise Invalid("not-an-amount", field)
    return _minor(number, minor_digits(currency), field, "not-an-amount")


def scaled(text: str, digits: int, field: str = "number") -> int:
    """A number with so many decimals as a whole one: kilograms as grams. No word may stand beside it.

    With three decimals, three digits behind a lone sign are just those. Raises as `decimal`, and Invalid("not-a-number")
    for anything finer or below zero.
    """
    return _minor(text, digits, field, "not-a-number")


def day(text: str, field: str = "day") -> date:
    """A day, as the browser's own field sends it (2027-03-31) or as people write it: day, month, year.

    Raises Invalid("not-a-day").
    """
    parts = re.fullmatch(r"(\d{1,4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,4})", plain(text))
    if parts is None:
        raise Invalid("not-a-day", field)
    first, month, last = (int(part) for part in parts.groups())
    year, number = (first, last) if len(parts[1]) == 4 else (last, first)
    try:
        written = date(year, month, number)
    except ValueError:
        raise Invalid("not-a-day", field) from None
    if year < YEAR_FIRST:
        raise Invalid("not-a-day", field)
    return written


def beside(text: str) -> tuple[str, str, str]:
    """(what stands before, the number, what stands behind): "12,5 kg" as ("", "12,5", "kg"); no number is ("", "", "")."""
    found = _BESIDE.fullmatch(plain(text))
    return (found[1].strip(), found[2], found[3].strip()) if found else ("", "", "")


def _minor(text: str, digits: int, field: str, problem: str) -> int:
    try:
        value = _readings(text, field)[0] if digits == 3 else decimal(text, field)
    except Invalid as refusal:
        raise refusal if refusal.code == "number-ambiguous" else Invalid(problem, field) from None
    minor = value.scaleb(digits)
    if minor.is_signed() or minor != minor.to_integral_value():
        raise Invalid(problem, field)
    return int(minor)


def own_whole(text: str | None) -> int | None:
    """A number as our own pages wrote it into a hidden field or an address; None for what somebody else put there."""
    return int(text) if text and re.fullmatch("[0-9]{1,18}", text) else None


def reason(text: str, limit: int, field: str = "reason") -> str:
    """Why something was decided, as somebody will read it. Raises Invalid("reason-needed"), Invalid("text-too-long")."""
    said = text.strip()
    if not visible(said):
        raise Invalid("reason-needed", field)
    if len(said) > limit:
        raise Invalid("text-too-long", field, limit=limit)
    return said
