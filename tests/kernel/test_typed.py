"""However a value is typed, it is read in one way: the table of every reader and every way of writing, and its edges."""

import inspect
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kernel import contacts, typed
from app.kernel.contacts import ContactValue, contact_value, mail_value, phone_value
from app.kernel.errors import Invalid
from app.kernel.text import one_line
from app.kernel.typed import amount, beside, code, compact, day, decimal, own_whole, plain, reason, scaled, visible, whole
from tests.writings import LATIN, WRITINGS, in_digits

# Each reader of values: {name: (reader, what is typed, what it means)}. Its result is the same in every writing.
VALUES: dict[str, tuple[Callable[[str], Any], str, Any]] = {
    "plain": (plain, "RC 1025-7", "RC 1025-7"),
    "compact": (compact, "003 114.533-000013", "003114533000013"),
    "code": (code, "abcd-2345 efgh", "ABCD2345EFGH"),
    "decimal": (decimal, "-1 250,75", Decimal("-1250.75")),
    "whole": (whole, "1 250", 1250),
    "day": (day, "31/03/2027", date(2027, 3, 31)),
    "amount": (partial(amount, currency="MAD"), "1 250,50 MAD", 125050),
    "scaled": (partial(scaled, digits=3), "1 250,5", 1250500),
    "beside": (beside, "7 kg", ("", "7", "kg")),
    "contact_value": (partial(contact_value, country="MA"), "06-12 34 56-78", ContactValue("phone", "+212612345678")),
    "phone_value": (partial(phone_value, country="MA"), "+212 612-345678", "+212612345678"),
    "mail_value": (mail_value, "Anne-Marie2026@Example.org", "anne-marie2026@example.org"),
}
# Each reader of words: they stay as they are written, without what nobody sees.
WORDS: dict[str, Callable[[str], str]] = {
    "one_line": one_line,
    "without_unseen": typed.without_unseen,
    "reason": partial(reason, limit=99),
}


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("reader", VALUES)
def test_a_value_is_the_same_in_every_writing(reader, writing):
    read, text, value = VALUES[reader]
    assert read(WRITINGS[writing](text)) == value


@pytest.mark.parametrize("writing", WRITINGS)
def test_words_stay_as_they_are_written_without_what_nobody_sees(writing):
    text = "Tajine 12-24 cm"
    written = WRITINGS[writing](text)
    kept = writing in ("Arabic-Indic", "Eastern", "en dash", "trailing comma", "leading apostrophe")
    assert one_line(written) == (written if kept else text)


def test_every_public_reader_stands_in_the_table():
    public = {
        name
        for room in (typed, contacts)
        for name, found in inspect.getmembers(room, inspect.isfunction)
        if found.__module__ == room.__name__ and not name.startswith("_")
    }
    assert public - {"visible", "own_whole"} == (set(VALUES) | set(WORDS)) - {"one_line"}


@pytest.mark.parametrize(
    "text", ["1.250", "1,250", "-1.250", "12,000", "250.000", "999,999", "1.000", "'1.250", "1.250,", "١.٢٥٠"]
)
def test_a_number_that_may_be_two_is_refused_with_both(text):
    plainly = plain(text).lstrip("-")
    sign = -1 if "-" in text else 1
    with pytest.raises(Invalid) as refused:
        decimal(text, "price")
    assert (refused.value.code, refused.value.field) == ("number-ambiguous", "price")
    one, other = refused.value.facts["one"], refused.value.facts["other"]
    assert one == sign * Decimal(plainly.replace(".", "").replace(",", ""))
    assert other == sign * Decimal(plainly.replace(",", "."))
    for read in (whole, partial(amount, currency="MAD")):
        with pytest.raises(Invalid, match="number-ambiguous"):
            read(text.replace("-", ""))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0,250", "0.25"),
        ("0.250", "0.25"),
        ("1.250,00", "1250"),
        ("1,250.00", "1250"),
        ("1,250.000", "1250"),
        ("1.250.000", "1250000"),
        ("1,250,000", "1250000"),
        ("1 250", "1250"),
        ("1'250", "1250"),
        ("1’250,5", "1250.5"),
        ("1 250,500", "1250.5"),
        ("12.5", "12.5"),
        ("1250", "1250"),
        ("1250.500", "1250.5"),
        ("1.2500", "1.25"),
        ("١٬٢٥٠", "1250"),
        ("١٫٢٥٠", "1.25"),
        ("٣،٥", "3.5"),
        ("−3", "-3"),
        ("+4", "4"),
        (",5", "0.5"),
        ("5.", "5"),
        ("１２．５", "12.5"),
        ("𝟏𝟐", "12"),
    ],
)
def test_a_number_is_read_as_people_write_it(text, value):
    assert decimal(text) == Decimal(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        ".",
        "-",
        "abc",
        "12 x",
        "1e5",
        "NaN",
        "inf",
        "1..2",
        "--3",
        "9" * 16,
        "½",
        "5²",
        "①",
        "٣x",
        "0x10",
        "1_0",
        "12 50",
        "1 2 3",
        "1,2,3",
        "1,25,000",
        "1.250 000",
        "12,5 0",
        "0." + "1" * 10,
        "1-2",
        "(5)",
    ],
)
def test_what_is_no_number_is_refused_on_its_field(text):
    with pytest.raises(Invalid) as refused:
        decimal(text, "value")
    assert (refused.value.code, refused.value.field) == ("not-a-number", "value")
    with pytest.raises(Invalid) as refused:
        whole(text, "count")
    assert (refused.value.code, refused.value.field) == ("not-a-whole-number", "count")
    with pytest.raises(Invalid) as refused:
        amount(text, "MAD", "price")
    assert (refused.value.code, refused.value.field) == ("not-an-amount", "price")


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("12,5055", "TND"),
        ("-5", "MAD"),
        ("-0", "MAD"),
        ("1,5", "XOF"),
        ("12 MAD 50", "MAD"),
        ("12DH50", "MAD"),
        ("12€50", "EUR"),
        ("DH.50", "MAD"),
        ("12 %", "MAD"),
        ("12 kg", "MAD"),
        ("MAD", "MAD"),
        ("$", "MAD"),
        ("n° 12", "MAD"),
        ("12 MAD/kg", "MAD"),
        ("5²", "MAD"),
    ],
)
def test_a_sum_below_zero_or_finer_than_its_currency_or_beside_another_word_is_none(text, currency):
    with pytest.raises(Invalid) as refused:
        amount(text, currency, "price")
    assert (refused.value.code, refused.value.field) == ("not-an-amount", "price")


@pytest.mark.parametrize(
    ("currency", "texts"),
    [
        ("MAD", ("12,50 MAD", "MAD 12.50", "12,50 DH", "12.50 dhs", "Dh 12,50", "12,50 dirhams", "12,50 Dirhams marocains")),
        ("MAD", ("١٢٫٥٠ درهم", "12,50 د.م.", "د.م.12,50", "د.م. 12,50", "12.50 دراهم", "12,50 درهماً", "12,5")),
        ("CAD", ("12,50 $", "$12.50", "12,50 $ CA", "CA$12.50", "$12.50 CAD", "12,50 dollars", "12.50 cad", "$ 12.5")),
        ("EUR", ("12,50 €", "€12.50", "EUR 12.50", "12,50 euros", "12,50 يورو")),
        ("BRL", ("12,50 BRL", "brl 12.5")),
    ],
)
def test_a_sum_may_name_its_own_currency(currency, texts):
    assert {text: amount(text, currency) for text in texts} == dict.fromkeys(texts, 1250)


@pytest.mark.parametrize(
    ("text", "currency", "written"),
    [
        ("12 €", "MAD", "€"),
        ("€12", "MAD", "€"),
        ("12,50€", "MAD", "€"),
        ("$12", "MAD", "$"),
        ("12 EUR", "MAD", "EUR"),
        ("12 CAD", "MAD", "CAD"),
        ("12 euros", "MAD", "euros"),
        ("١٢ يورو", "MAD", "يورو"),
        ("12 £", "MAD", "£"),
        ("¥ 12", "MAD", "¥"),
        ("12 SEK", "MAD", "SEK"),
        ("$12 MAD", "MAD", "$"),
        ("12 MAD", "CAD", "MAD"),
        ("12 درهم", "CAD", "درهم"),
        ("US$ 12", "CAD", "US$"),
        ("$12 USD", "CAD", "USD"),
        ("12 $ US", "CAD", "$ US"),
        ("12 $", "EUR", "$"),
    ],
)
def test_a_sum_in_another_currency_is_refused_with_both(text, currency, written):
    """Twelve euros are not twelve dirhams."""
    with pytest.raises(Invalid) as refused:
        amount(text, currency, "price")
    assert (refused.value.code, refused.value.field) == ("sum-in-other-currency", "price")
    assert refused.value.facts == {"written": written, "currency": currency}


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("250000", 25_000_000),
        ("250 000", 25_000_000),
        ("250.000", None),
        ("250,000", None),
        ("12,50", 1_250),
        ("1 200.5", 120_050),
        ("٢٥٠٠", 250_000),
        ("1.250.000", 125_000_000),
        ("250\u202f000", 25_000_000),
        ("beaucoup", None),
        ("", None),
        ("-5", None),
        ("1,2,3", None),
        ("12,505 0", None),
        ("9" * 40, None),
    ],
)
def test_sums_are_read_as_people_write_them(text, minor):
    found = None
    with suppress(Invalid):
        found = amount(text, "MAD")
    assert found == minor


def test_a_currency_with_three_decimals_is_written_with_them():
    for read in (partial(amount, currency="TND"), partial(scaled, digits=3)):
        assert [read(text) for text in ("1,250", "1.250", "1.250,000")] == [1250, 1250, 1250000]


@pytest.mark.parametrize("text", ["12 MAD", "12 kg", "12 %", "-1", "1,2505", "", "x"])
def test_a_scaled_number_has_nothing_beside_it(text):
    with pytest.raises(Invalid) as refused:
        scaled(text, 3, "weight")
    assert (refused.value.code, refused.value.field) == ("not-a-number", "weight")


@given(st.integers(0, 10**15 - 1), st.sampled_from([" ", "\u00a0", "\u202f", "\u2009", "'", "’", "٬"]))
def test_a_count_written_with_thousands_apart_is_read_back(number, mark):
    assert whole(f"{number:,}".replace(",", mark)) == number


@given(st.decimals(-(10**9), 10**9, places=2), st.sampled_from([".", ",", "٫", "،", "．"]))
def test_a_number_with_cents_is_read_back_whatever_its_sign_and_digits(number, sign):
    written = f"{number:.2f}".replace(".", sign)
    assert decimal(written) == number
    assert decimal(in_digits("٠١٢٣٤٥٦٧٨٩")(written)) == number


@given(st.text(max_size=30))
@example("1.250")
def test_any_text_is_a_finite_number_or_refused(text):
    found = None
    with suppress(Invalid):
        found = decimal(text)
    assert found is None or found.is_finite()
    with suppress(Invalid):
        assert whole(text) >= 0
    with suppress(Invalid):
        assert amount(text, "MAD") >= 0


@given(st.text(max_size=60))
def test_a_plain_text_is_plain(text):
    found = plain(text)
    assert all(c in LATIN for c in found if unicodedata.category(c) == "Nd")
    assert not any(unicodedata.category(c) == "Pd" and c != "-" for c in found)
    assert typed.without_unseen(found) == found
    assert found == found.strip()


@given(st.text(max_size=60))
def test_a_line_read_again_is_the_same(text):
    assert one_line(one_line(text)) == one_line(text)


def test_joiners_stay_where_they_shape_words_and_nowhere_else():
    assert one_line("می\u200cخواهم") == "می\u200cخواهم"
    assert one_line("\u200cمی\u200c\u200cخواهم\u200d") == "میخواهم"
    assert one_line("Ami\u200cna \u200d") == "Amina"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("9" * 18, 10**18 - 1),
        ("9" * 19, None),
        ("٧", None),
        ("-1", None),
        ("+1", None),
        (" 7", None),
        ("", None),
        (None, None),
    ],
)
def test_a_number_of_our_own_pages_is_read_as_they_wrote_it(text, number):
    assert own_whole(text) == number


NOTHING = [
    "\u3164",
    "\u200b",
    "\u2800",
    "\u00ad",
    "\u0301",
    "\ufe0f",
    "\U000e0041",
    "\u115f\uffa0",
    " \u2060 ",
    "\u200d",
    "",
]


@pytest.mark.parametrize("text", NOTHING)
def test_what_nobody_sees_is_nothing(text):
    assert not visible(text)
    assert one_line(text) == ""
    with pytest.raises(Invalid) as refused:
        reason(text, 10)
    assert (refused.value.code, refused.value.field) == ("reason-needed", "reason")


def test_a_reason_is_kept_as_it_is_written_within_its_length():
    assert reason("  Le n° 12\n\nmanque. ", 40) == "Le n° 12\n\nmanque."
    with pytest.raises(Invalid) as refused:
        reason("x" * 11, 10, "why")
    assert (refused.value.code, refused.value.field, refused.value.facts["limit"]) == ("text-too-long", "why", 10)
