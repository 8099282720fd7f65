"""Slugs, folded words, codes to read aloud, and the language to fall back to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel.text import CODE_LETTERS, bad_characters, best_language, fold, one_line, random_code, slug_of


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Huile d’argane, 250 ml", "huile-d-argane-250-ml"),
        ("Œufs de ferme à l’ancienne", "oeufs-de-ferme-a-l-ancienne"),
        ("  --  Tigmi n Argan -- ", "tigmi-n-argan"),
        ("Straße", "strasse"),
    ],
)
def test_a_slug_is_plain_ascii(text, slug):
    assert slug_of(text) == slug


def test_a_title_without_latin_letters_takes_the_fallback_or_a_random_slug():
    assert slug_of("زيت أركان", "produit-7") == "produit-7"
    first, second = slug_of("زيت أركان"), slug_of("زيت أركان")
    assert len(first) == 8
    assert first != second


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Nadia \n\t Chraibi ", "Nadia Chraibi"),
        ("Nadia\u202e evil", "Nadia evil"),
        ("\u2066تعاونية\u2069 تيفاوين\ufeff", "تعاونية تيفاوين"),
        ("Nadia\x07\x1b[31m", "Nadia[31m"),
        ("e\u0301lan", "\u00e9lan"),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
)
def test_a_name_is_one_line_and_turns_nothing_around(typed, name):
    assert one_line(typed) == name


@given(st.text(max_size=300))
def test_any_text_makes_a_slug_an_address_can_hold(text):
    slug = slug_of(text)
    assert 1 <= len(slug) <= 80
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not slug.startswith("-")
    assert not slug.endswith("-")


def test_folding_forgets_case_accents_and_ligatures():
    assert fold("ÉTÉ Cœur") == "ete coeur"
    assert fold("أركان") == fold("اركان")


def test_codes_have_no_letters_that_are_mistaken_for_others():
    code = random_code(400)
    assert len(code) == 400
    assert set(code) <= set(CODE_LETTERS)
    assert not set("01OIL") & set(code)


@pytest.mark.parametrize(
    ("available", "wanted", "source", "chosen"),
    [
        ({"fr", "ar"}, "ar", None, "ar"),
        ({"fr", "ar"}, "en", "ar", "ar"),
        ({"fr", "ar"}, "en", None, "fr"),
        ({"ar", "en"}, "fr", None, "en"),
        ({"zgh"}, "fr", None, "zgh"),
        (set(), "fr", "fr", None),
    ],
)
def test_the_language_shown_is_the_wanted_one_else_the_source(available, wanted, source, chosen):
    assert best_language(available, wanted, source) == chosen


def test_nul_and_lone_surrogates_are_not_typed_by_people():
    assert bad_characters("a\x00b")
    assert bad_characters("\ud800")
    assert bad_characters("\udfff")
    assert not bad_characters("زيت أركان 🫒 ⵜⵉⵡⵉⵣⵉ")
