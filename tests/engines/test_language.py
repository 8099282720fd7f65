"""Money, dates and numbers as each language writes them, to the letter."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markupsafe import Markup

from app.engines import language as speech
from app.engines.place import standing_in
from app.kernel import typed
from app.web.shell import spoken

NARROW, FIXED, RIGHT, LEFT = "\u202f", "\u00a0", "\u200f", "\u200e"
APART, TOGETHER = "\u2068", "\u2069"
MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "ar": "يناير فبراير مارس أبريل ماي يونيو يوليوز غشت شتنبر أكتوبر نونبر دجنبر",
    "en": "January February March April May June July August September October November December",
}


@pytest.fixture(autouse=True)
def _in_morocco():
    with standing_in("morocco"):
        yield


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("fr", f"12{NARROW}345,50{FIXED}MAD"),
        ("ar", f"{RIGHT}12.345,50{FIXED}د.م.{RIGHT}"),
        ("en", f"MAD{FIXED}12,345.50"),
    ],
)
def test_money_in_dirhams(code, written):
    with speech.speaking(code):
        assert speech.money(1_234_550, "MAD") == written


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [
        (0, "MAD", f"0,00{FIXED}MAD"),
        (-500, "EUR", f"−5,00{FIXED}€"),
        (5, "TND", f"0,005{FIXED}TND"),
        (1_500, "XOF", f"1{NARROW}500{FIXED}F{NARROW}CFA"),
        (12_000, "CAD", f"120,00{FIXED}$CA"),
    ],
)
def test_money_of_other_places(amount, currency, written):
    with speech.speaking("fr"):
        assert speech.money(amount, currency) == written


@pytest.mark.parametrize(("code", "sign"), [("fr", "MAD"), ("ar", "د.م."), ("en", "MAD")])
def test_a_filter_names_the_currency_as_prices_do(code, sign):
    with speech.speaking(code):
        assert speech.currency_sign("MAD").strip("\u200f\u200e") == sign
        assert sign in speech.money(12_000, "MAD")


@pytest.mark.parametrize("code", ["fr", "ar", "en"])
def test_the_months_are_those_people_say_in_morocco(code):
    with speech.speaking(code):
        assert [speech.day(date(2026, month, 1)).split()[1] for month in range(1, 13)] == MONTHS[code].split()


@pytest.mark.parametrize(
    ("code", "long", "moment"),
    [
        ("fr", "5 août 2026", "5 août 2026, 13:30"),
        ("ar", "5 غشت 2026", f"05{RIGHT}/08{RIGHT}/2026، 13:30"),
        ("en", "5 August 2026", "5 Aug 2026, 13:30"),
    ],
)
def test_days_and_moments_by_the_clocks_of_morocco(code, long, moment):
    with speech.speaking(code):
        assert speech.day(date(2026, 8, 5)) == long
        assert speech.moment(datetime(2026, 8, 5, 12, 30, tzinfo=UTC)) == moment
        assert speech.day(datetime(2026, 8, 4, 23, 30, tzinfo=UTC)) == long  # half past midnight in Rabat


@pytest.mark.parametrize(
    ("code", "whole", "broken", "rate"),
    [
        ("fr", f"1{NARROW}234{NARROW}567", "1,5", f"5,5{FIXED}%"),
        ("ar", "1.234.567", "1,5", "5,5%"),
        ("en", "1,234,567", "1.5", "5.5%"),
    ],
)
def test_numbers_and_rates(code, whole, broken, rate):
    with speech.speaking(code):
        assert speech.number(1_234_567) == whole
        assert speech.number(Decimal("1.5")) == broken
        assert speech.percent(550) == rate


@pytest.mark.parametrize(
    ("code", "sum_", "count", "rate"),
    [
        ("fr", f"−5,00{FIXED}MAD", "−3", f"−2,5{FIXED}%"),
        ("ar", f"{RIGHT}{LEFT}−5,00{FIXED}د.م.{RIGHT}", f"{LEFT}−3", f"{LEFT}−2,5%"),
        ("en", f"−MAD{FIXED}5.00", "−3", "−2.5%"),
    ],
)
def test_what_is_below_zero_has_a_minus_that_stays_before_its_digits(code, sum_, count, rate):
    with speech.speaking(code):
        assert (speech.money(-500, "MAD"), speech.number(-3), speech.percent(-250)) == (sum_, count, rate)


@pytest.mark.parametrize(
    ("code", "written"),
    [
        ("fr", [f"250{NARROW}000{FIXED}MAD", f"99,50{FIXED}MAD", f"1{NARROW}000{FIXED}F{NARROW}CFA", f"0{FIXED}MAD"]),
        (
            "ar",
            [f"{RIGHT}250.000{FIXED}د.م.{RIGHT}", f"{RIGHT}99,50{FIXED}د.م.{RIGHT}", None, f"{RIGHT}0{FIXED}د.م.{RIGHT}"],
        ),
        ("en", [f"MAD{FIXED}250,000", f"MAD{FIXED}99.50", None, f"MAD{FIXED}0"]),
    ],
)
def test_an_estimate_has_no_centimes_unless_it_has_some(code, written):
    with speech.speaking(code):
        sums = [(25_000_000, "MAD"), (9_950, "MAD"), (1_000, "XOF"), (0, "MAD")]
        told = [speech.estimate(*sum_) for sum_ in sums]
    assert [one for one, wanted in zip(told, written, strict=True) if wanted not in (None, one)] == []


def test_the_first_of_a_month_is_an_ordinal_in_french_and_no_other_day():
    with speech.speaking("fr"):
        assert [speech.day(date(2026, 5, day)) for day in (1, 2, 11, 21)] == [
            "1er mai 2026", "2 mai 2026", "11 mai 2026", "21 mai 2026",
        ]  # fmt: skip
        assert speech.moment(datetime(2027, 1, 1, 12, tzinfo=UTC)).startswith("1er jan")
        assert speech.day(date(2026, 5, 1), "short") == "01/05/2026"
    with speech.speaking("en"):
        assert speech.day(date(2026, 5, 1)) == "1 May 2026"


def test_a_french_sign_never_begins_a_line():
    with speech.speaking("fr"):
        assert speech.translate("Cancel this order?") == f"Annuler cette commande{NARROW}?"
        assert speech.translate("Did you mean “%(words)s”?", words="miel").endswith(f"«{FIXED}miel{FIXED}»{NARROW}?")
        assert spoken("Legal notice") == "Mentions légales"
        assert spoken("Did you mean “%(words)s”?", words="miel").endswith(f"«{FIXED}miel{FIXED}»{NARROW}?")


TURNED = ["T-1001", "250 g", "+212612345678", "12–14", "3 × 4 = 12", "a@example.org", "Coopérative Tifawin"]


@pytest.mark.parametrize("fact", TURNED)
def test_what_arabic_would_turn_around_keeps_its_direction_in_every_message(fact):
    kept = f"{APART}{fact}{TOGETHER}"
    with speech.speaking("ar"):
        assert speech.translate("Remove %(what)s", what=fact) == f"إزالة: {kept}"
        assert spoken("Remove %(what)s", what=fact) == f"إزالة: {kept}"
        assert spoken("Remove %(what)s", what=Markup("<b>%s</b>") % fact) == f"إزالة: {APART}<b>{fact}</b>{TOGETHER}"
        assert spoken("Remove %(what)s", what="<" + fact) == f"إزالة: {APART}&lt;{fact}{TOGETHER}"
    with speech.speaking("fr"):
        assert speech.translate("Remove %(what)s", what=fact) == f"Retirer{FIXED}: {fact}"


@pytest.mark.parametrize("fact", ["عسل الزعتر", "12", "1.250", f"{RIGHT}32,00 د.م.{RIGHT}", 12])
def test_what_arabic_reads_rightly_stays_as_it_is(fact):
    with speech.speaking("ar"):
        assert speech.translate("Remove %(what)s", what=fact) == f"إزالة: {fact}"
    with speech.speaking("fr"):
        kept = fact if str(fact).isascii() else f"{APART}{fact}{TOGETHER}"
        assert speech.translate("Remove %(what)s", what=fact) == f"Retirer{FIXED}: {kept}"


@pytest.mark.parametrize(("code", "comma"), [("fr", ", "), ("en", ", "), ("ar", "، ")])
def test_a_list_is_parted_as_the_language_does(code, comma):
    with speech.speaking(code):
        assert speech.comma() == comma
        assert speech.moment(datetime(2026, 8, 5, 12, 30, tzinfo=UTC)).partition(comma)[2] == "13:30"


def test_a_label_set_into_a_message_is_translated_first():
    with speech.speaking("ar"):
        assert speech.translate("Remove %(what)s", what=speech.Later("Home page")) == "إزالة: الصفحة الرئيسية"


@pytest.mark.parametrize(
    ("amount", "unit", "written"),
    [
        (1_500, "g", ("1,5 kg", "1,5 كغ", "1.5 kg")),
        (250, "ml", ("250 ml", "250 مل", "250 ml")),
        (1_000, "ml", ("1 L", "1 ل", "1 L")),
        (1, "piece", ("1 pièce", None, "1 piece")),
        (3, "piece", ("3 pièces", "3 قطع", "3 pieces")),
        (7, "m2", ("7 m²", "7 م²", "7 m²")),
    ],
)
def test_quantities_as_people_say_them(amount, unit, written):
    for code, words in zip(("fr", "ar", "en"), written, strict=True):
        with speech.speaking(code):
            assert words is None or speech.quantity(amount, unit) == words


def test_arabic_has_a_form_for_one_two_few_and_many():
    with speech.speaking("ar"):
        forms = [speech.translate_many("%(num)s piece", "%(num)s pieces", n) for n in (0, 1, 2, 3, 11, 100)]
    assert len(set(forms)) >= 4
    assert not any("piece" in form for form in forms)


def test_a_letter_speaks_its_readers_language_and_then_silence_returns():
    speech.speak("en")
    with speech.speaking("ar"):
        assert (speech.language(), speech.direction()) == ("ar", "rtl")
        with speech.speaking("fr"):
            assert speech.direction() == "ltr"
        assert speech.language() == "ar"
    assert speech.language() == "en"
    speech.speak("tlh")
    assert speech.language() == "fr"


def test_a_message_without_translation_is_shown_in_english_never_as_a_key():
    with speech.speaking("ar"):
        assert speech.translate("A sentence nobody has translated: %(n)s", n=3) == "A sentence nobody has translated: 3"


@given(st.decimals(-(10**12), 10**12, places=3), st.sampled_from(["fr", "ar", "en"]), st.sampled_from(["morocco", "quebec"]))
@example(Decimal("1.250"), "fr", "morocco")
@example(Decimal("1250"), "en", "quebec")
def test_a_number_told_to_be_typed_is_read_back_in_one_way(value, code, territory):
    with speech.speaking(code, territory):
        assert typed.decimal(speech.as_typed(value)) == value


def test_a_number_to_be_typed_has_no_thousands_apart():
    told = {}
    for code in ("fr", "ar", "en"):
        with speech.speaking(code):
            told[code] = [speech.as_typed(Decimal(number)) for number in ("1250", "1.25", "1.255", "1500000.5")]
    assert told == {
        "fr": ["1250", "1,25", "1,2550", "1500000,5"],
        "ar": ["1250", "1,25", "1,2550", "1500000,5"],
        "en": ["1250", "1.25", "1.2550", "1500000.5"],
    }


def test_a_label_is_translated_when_it_is_shown():
    label = speech.Later("There is no such page")
    with speech.speaking("fr"):
        french = str(label)
    with speech.speaking("ar"):
        arabic = label.__html__()
    assert len({french, arabic, "There is no such page"}) == 3


@pytest.mark.parametrize(
    ("code", "sum_", "day", "moment"),
    [
        ("fr", f"12{FIXED}345,50{FIXED}$", "5 août 2026", "5 août 2026, 08 h 30"),
        ("en", "$12,345.50", "August 5, 2026", "Aug 5, 2026, 8:30\u202fa.m."),
        ("ar", f"{RIGHT}12,345.50{FIXED}CA$", "5 أغسطس 2026", f"05{RIGHT}/08{RIGHT}/2026، 8:30 ص"),
    ],
)
def test_a_letter_about_a_thing_of_quebec_is_written_as_people_write_there(code, sum_, day, moment):
    with speech.speaking(code, "quebec"):
        assert speech.money(1_234_550, "CAD") == sum_
        assert speech.day(date(2026, 8, 5)) == day
        assert speech.moment(datetime(2026, 8, 5, 12, 30, tzinfo=UTC)) == moment
        assert speech.day(datetime(2026, 8, 6, 3, 30, tzinfo=UTC)) == day  # half past eleven at night in Montreal
    assert speech.day(datetime(2026, 8, 6, 3, 30, tzinfo=UTC)).split()[0] == "6"  # and Morocco is in force again


def test_a_server_reads_every_language_before_its_first_request():
    """Or the first letter in one of them is written with the database locked while the language is read."""
    speech.translations.cache_clear()
    speech.read_translations()
    read = speech.translations.cache_info().misses
    assert [speech.sentence(code, "Basket") for code in ("fr", "ar", "en")] == ["Panier", "السلة", "Basket"]
    assert speech.translations.cache_info().misses == read
