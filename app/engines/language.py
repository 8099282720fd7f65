"""Languages: translations read from the packages' .po files, and numbers, money and dates as each language writes them.

Used by pages, letters and documents alike: the language in force is a context variable, set by the web shell for a
request and by `speaking` for everything else. How a language writes figures and days, and by whose clocks, is a fact of the
territory in force (`app.engines.place`). The source text is English.
"""

import gettext
import io
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from babel import Locale, dates, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

from app.engines.place import here, standing_in
from app.kernel.money import minor_digits
from app.kernel.text import CONTEXT_ENDS, french_spaces, isolated
from app.settings import HOUSE
from app.territories.loading import territory_named

LANGUAGES = {"fr": "Français", "ar": "العربية", "en": "English"}
DIRECTIONS = {"fr": "ltr", "ar": "rtl", "en": "ltr"}
PACKAGES = ("app/web", "app/accounts", "app/notices", "app/payments", "catalog", "orders", "projectbank", "academy")
CODE_BEFORE_DIGITS = re.compile(r"(?<=[A-Z]{3})(?=\d)")  # « MAD 120.00 », where Babel writes MAD120.00

_language: ContextVar[str] = ContextVar("language", default="fr")


def language() -> str:
    """The language in force."""
    return _language.get()


def direction() -> str:
    return DIRECTIONS[language()]


def speak(code: str) -> None:
    """Set the language in force until told otherwise (the web shell, once per request)."""
    _language.set(code if code in LANGUAGES else "fr")


@contextmanager
def speaking(code: str, territory: str | None = None) -> Iterator[None]:
    """A letter or a document in its reader's language; about a thing of a territory, as people write and reckon there."""
    token = _language.set(code if code in LANGUAGES else "fr")
    with ExitStack() as stack:
        stack.callback(_language.reset, token)
        if territory is not None:
            stack.enter_context(standing_in(territory))
        yield


@lru_cache
def translations(code: str) -> gettext.NullTranslations:
    """All packages' translations into one language: no message stands in two files. English is the source."""
    merged: Translations | None = None
    for package in PACKAGES:
        path = HOUSE / package / "translations" / f"{code}.po"
        if path.exists():
            own = _read_translations(path, code)
            merged = own if merged is None else merged.merge(own)
    return merged or gettext.NullTranslations()


def read_translations() -> None:
    """All languages, before a server's first request: one takes a tenth of a second, and the first letter in it may be
    written with the database locked."""
    for code in LANGUAGES:
        translations(code)


def _read_translations(path: Path, code: str) -> Translations:
    with path.open("rb") as source:
        catalogue = read_po(source, locale=code)
    if code == "fr":
        for message in catalogue:
            forms = message.string or ""
            message.string = french_spaces(forms) if isinstance(forms, str) else tuple(map(french_spaces, forms))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def translate(message: str, **facts: object) -> str:
    """The message in the language in force, `%(name)s` filled from facts."""
    text = sentence(_language.get(), message)
    return text % set_in(facts) if facts else text


def set_in(facts: Mapping[str, object]) -> dict[str, object]:
    """Facts to be filled into a message: words that its direction would turn around keep their own."""
    shown = {name: str(fact) if isinstance(fact, Later) else fact for name, fact in facts.items()}
    return {name: isolated(fact, direction()) if isinstance(fact, str) else fact for name, fact in shown.items()}


def sentence(code: str, message: str) -> str:
    """The message in a language, nothing filled in; the English one, without its context, where there is none."""
    return translations(code).gettext(message).rpartition(CONTEXT_ENDS)[2]


def translate_many(singular: str, plural: str, count: int, **facts: object) -> str:
    """The message for a number of things; `%(num)s` is the number as the language writes it."""
    text = translations(_language.get()).ngettext(singular, plural, count)
    return text % set_in({"num": number(count), **facts})


class Later(str):
    """A message that is translated each time it is shown (labels of forms)."""

    def __str__(self) -> str:
        return translate(super().__str__())

    def __html__(self) -> str:
        return str(self).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@lru_cache
def _parsed(name: str) -> Locale:
    return Locale.parse(name)


def locale_name() -> str:
    """Babel's name of the language in force as the territory in force writes it."""
    return here().locales[_language.get()]


def locale() -> Locale:
    return _parsed(locale_name())


@lru_cache(8192)
def _money(amount: int, currency: str, name: str) -> str:
    value = Decimal(amount).scaleb(-minor_digits(currency))
    return _minus(CODE_BEFORE_DIGITS.sub("\u00a0", numbers.format_currency(value, currency, locale=_parsed(name))), name)


def _minus(shown: str, name: str) -> str:
    """A figure with a true minus sign, which in a line of Arabic stays on the left of its digits."""
    return shown.replace("-", "\u200e\u2212" if name.startswith("ar") else "\u2212", 1)


def money(amount: int, currency: str) -> str:
    """Minor units as they are written here: 12000 CAD is « 120,00 $ » in the French of Quebec."""
    return _money(amount, currency, locale_name())


def estimate(amount: int, currency: str) -> str:
    """An amount that nobody knows to the last unit, as « 120 000 MAD »: without decimals where they are zero."""
    if amount % 10 ** minor_digits(currency):
        return money(amount, currency)
    return re.sub(rf"(?<=\d){re.escape(numbers.get_decimal_symbol(locale()))}0+(?!\d)", "", money(amount, currency))


def currency_sign(currency: str) -> str:
    """A currency as prices name it here: CAD is $ in the French of Quebec."""
    return str(numbers.get_currency_symbol(currency, locale=locale()))


@lru_cache(8192)
def _number(value: int | Decimal, name: str) -> str:
    return _minus(numbers.format_decimal(value, locale=_parsed(name)), name)


def number(value: int | Decimal) -> str:
    return _number(value, locale_name())


def as_typed(value: Decimal) -> str:
    """A number as the reader would type it into a field, so that it can be read in one way only: no thousands apart."""
    shown = str(numbers.format_decimal(value, "0.###############", locale=locale(), group_separator=False))
    decimals = -int(value.normalize().as_tuple().exponent)
    return f"{shown}0" if decimals == 3 else shown  # three decimals might be thousands


def percent(basis_points: int) -> str:
    """Basis points as a percentage: 500 is « 5 % »."""
    value = number(Decimal(basis_points) / 100)
    return f"{value}\u00a0%" if _language.get() == "fr" else f"{value}%"


def day(value: date | datetime, style: str = "long", territory: str | None = None) -> str:
    """A date; a moment is told by the clocks of the territory in force, or in a list by those of the thing's own."""
    if isinstance(value, datetime):
        value = (territory_named(territory) if territory else here()).day_of(value)
    return _day(value, style, locale_name())


@lru_cache(4096)
def _day(value: date, style: str, name: str) -> str:
    shown = str(dates.format_date(value, style, locale=_parsed(name)))
    return f"1er{shown[1:]}" if shown.startswith("1 ") and name.startswith("fr") else shown


def moment(value: datetime, style: str = "medium") -> str:
    """A day and its hour by the clocks of the territory; nobody asks for seconds."""
    clock = value.astimezone(here().zone)
    return f"{day(value, style)}{comma()}{_hour(clock.hour, clock.minute, locale_name())}"


@lru_cache(4096)
def _hour(hour: int, minute: int, name: str) -> str:
    return str(dates.format_time(time(hour, minute), "short", locale=_parsed(name)))


def comma() -> str:
    """What parts the things of a list in the language in force, as `", "` does in English."""
    return "، " if _language.get() == "ar" else ", "


UNIT_NAMES = {
    "fr": {"g": "g", "kg": "kg", "ml": "ml", "l": "L", "m": "m", "m2": "m²"},
    "en": {"g": "g", "kg": "kg", "ml": "ml", "l": "L", "m": "m", "m2": "m²"},
    "ar": {"g": "غ", "kg": "كغ", "ml": "مل", "l": "ل", "m": "م", "m2": "م²"},
}


def unit_name(unit: str) -> str:
    return UNIT_NAMES[_language.get()].get(unit, unit)


@lru_cache(4096)
def _quantity(amount: int, unit: str, code: str, name: str) -> str:
    if unit == "piece":
        return translate_many("%(num)s piece", "%(num)s pieces", amount)
    larger = {"g": "kg", "ml": "l"}.get(unit)
    value: int | Decimal = amount
    if larger and amount >= 1000:
        value, unit = Decimal(amount) / 1000, larger
        value = value.normalize() if value != value.to_integral() else int(value)
    return f"{_number(value, name)} {UNIT_NAMES[code].get(unit, unit)}"


def quantity(amount: int, unit: str) -> str:
    """An amount of base units (grams, millilitres, pieces) as people say it: 1500 g is « 1,5 kg »."""
    return _quantity(amount, unit, _language.get(), locale_name())
