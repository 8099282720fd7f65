"""A territory's data is whole, in every language, and says nothing twice."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel import Locale

from app.territories import loading
from app.territories.legal import LEGAL_KEYS, LEGAL_PLACEHOLDERS, legal_text
from app.territories.loading import (
    TerritoryDataError,
    UnknownCode,
    UnknownTerritory,
    name_in,
    territories,
    territory_named,
)

LANGUAGES = ("fr", "ar", "en")
ARABIC = re.compile("[\u0621-\u064a]")
ARABIC_INDIC_DIGITS = re.compile("[\u0660-\u0669\u06f0-\u06f9]")
PUBLISHED_LISTS = Path(__file__).parents[3] / "shared" / "data"

morocco = territory_named("morocco")
quebec = territory_named("quebec")


def every_text(value: Any) -> Iterator[Mapping[str, str]]:
    """Every mapping of languages inside a record, however deep."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from every_text(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from every_text(getattr(value, field.name))


def published(name: str) -> list[dict[str, str]]:
    """The rows of a published list that the data restates; the test is skipped where the list is not at hand."""
    path = PUBLISHED_LISTS / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside this checkout")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_every_language_has_a_locale_that_writes_it(place):
    assert {code: Locale.parse(name).language for code, name in place.locales.items()} == {code: code for code in LANGUAGES}


def test_both_territories_are_found_and_read_once():
    assert [place.key for place in territories()] == ["morocco", "quebec"]
    assert territory_named("morocco") is morocco


@pytest.mark.parametrize("key", ["atlantis", "../morocco", "", "__pycache__"])
def test_an_unknown_territory_is_refused(key):
    with pytest.raises(UnknownTerritory):
        territory_named(key)


def test_morocco_has_12_regions_and_75_provinces_and_prefectures():
    assert len(morocco.regions) == 12
    kinds = [province.kind for province in morocco.provinces]
    assert (kinds.count("prefecture"), kinds.count("province"), len(kinds)) == (13, 62, 75)
    assert len({province.code for province in morocco.provinces}) == 75


def test_quebec_has_17_regions():
    assert len({region.code for region in quebec.regions}) == 17


def test_every_region_of_morocco_has_provinces_and_every_province_a_region():
    assert sum(len(morocco.provinces_of(region.code)) for region in morocco.regions) == 75
    assert all(morocco.provinces_of(region.code) for region in morocco.regions)


def test_moroccan_codes_and_parents_equal_the_published_list():
    rows = published("morocco_regions_provinces.csv")
    assert {region.code for region in morocco.regions} == {row["iso_3166_2"] for row in rows if row["level"] == "region"}
    assert {(item.code, item.region, item.kind) for item in morocco.provinces} == {
        (row["iso_3166_2"], row["parent_iso"], row["level"]) for row in rows if row["level"] != "region"
    }


def test_quebec_codes_equal_the_published_list():
    assert [region.code for region in quebec.regions] == [f"QC-{row['code']}" for row in published("quebec_regions.csv")]


def test_sector_keys_equal_the_published_list():
    rows = published("odco_sectors.csv")
    assert [(sector.key, sector.parent) for sector in morocco.sectors] == [
        (row["key"], row["parent_key"] or None) for row in rows
    ]


def test_creation_steps_follow_the_published_order_and_sources_stay_dated():
    assert [step.key for step in morocco.creation_steps] == [
        "founding_group", "name_approval", "statutes", "capital_and_bank",
        "local_authority_receipt", "local_register", "registration_copy", "central_register",
    ]  # fmt: skip
    assert [step.order for step in morocco.creation_steps] == list(range(1, 9))
    assert all(step.sources for step in morocco.creation_steps)
    capital = morocco.creation_step("capital_and_bank")
    assert (capital.minimum_capital, capital.minimum_share) == (100_000, 10_000)
    assert [(delay.value, delay.unit) for delay in capital.delays] == [(5, "days"), (3, "years")]


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_tiles_do_not_lie_on_each_other_and_leave_no_empty_row(place):
    positions = {(region.row, region.column) for region in place.regions}
    assert len(positions) == len(place.regions)
    for axis in (0, 1):
        taken = {position[axis] for position in positions}
        assert taken == set(range(1, max(taken) + 1))


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_names_on_tiles_are_short_and_different(place):
    for language in LANGUAGES:
        shorts = [region.short_names[language] for region in place.regions]
        assert max(map(len, shorts)) <= 14
        assert len(set(shorts)) == len(shorts)


def test_the_tile_map_keeps_north_above_south_and_west_before_east():
    tangier, dakhla, casablanca, oriental = (morocco.region(f"MA-{code}") for code in ("01", "12", "06", "02"))
    assert tangier.row < casablanca.row < dakhla.row
    assert dakhla.column < casablanca.column < oriental.column


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_every_text_is_complete_in_three_languages(place):
    texts = [text for text in every_text(place) if text not in (place.locales, place.demo_operator)]
    assert len(texts) > 100
    for names in texts:
        for language in LANGUAGES:
            assert names[language].strip(), names
        assert ARABIC.search(names["ar"]), names
        assert not ARABIC_INDIC_DIGITS.search(names["ar"]), names


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_no_name_carries_a_mark_of_dispute(place):
    assert not [names for names in every_text(place) if any(re.search(r"\bEH\b", text) for text in names.values())]


def test_a_name_falls_back_instead_of_failing():
    assert name_in(morocco.region("MA-09").names, "ar") == "سوس-ماسة"
    assert name_in(morocco.region("MA-02").names, "zgh") == "L’Oriental"


@pytest.mark.parametrize(
    ("text", "key"),
    [("argan", "argan"), ("زيت أركان", "argan"), ("  Alphabétisation ", "literacy_education_training"),
     ("HONEY", "agri_beekeeping"), ("الإسكان", "housing")],
)  # fmt: skip
def test_a_sector_is_found_by_any_of_its_names(text, key):
    assert morocco.sector_named(text).key == key


def test_an_unknown_sector_is_none_and_an_unknown_code_is_refused():
    assert morocco.sector_named("astrology") is None
    for lookup, code in [
        (morocco.region, "MA-13"), (morocco.province, "MA-XXX"), (morocco.sector, "astrology"), (morocco.sdg, 18),
        (morocco.programme, "none"), (morocco.identifier, "cin"), (morocco.zone_for, "QC-01"),
        (morocco.provinces_of, "QC-01"),
    ]:  # fmt: skip
        with pytest.raises(UnknownCode):
            lookup(code)


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_no_two_sectors_answer_to_the_same_word(place):
    words = [
        word for sector in place.sectors for word in {word.casefold() for word in (*sector.names.values(), *sector.aliases)}
    ]
    for sector in place.sectors:
        assert sector.parent is None or place.sector(sector.parent)
    assert sorted({word for word in words if words.count(word) > 1}) == []


def test_vat_in_morocco_depends_on_the_day():
    def rates(day: date) -> dict[str, list[int]]:
        return {
            item.key: [tax.millionths for tax in morocco.taxation.taxes_on(item.key, day)]
            for item in morocco.taxation.classes
        }

    assert rates(date(2026, 3, 1)) == {"standard": [200_000], "reduced": [100_000], "exempt": []}
    by_key = {tax.key: tax for tax in morocco.taxation.taxes}
    assert by_key["vat_7"].in_force(date(2025, 12, 31))
    assert not by_key["vat_7"].in_force(date(2026, 1, 1))


def test_quebec_charges_two_taxes_on_the_same_base():
    taxes = quebec.taxation.taxes_on("standard", date(2026, 3, 1))
    assert [(tax.key, tax.millionths) for tax in taxes] == [("gst", 50_000), ("qst", 99_750)]
    assert not quebec.taxation.prices_include_tax
    assert morocco.taxation.prices_include_tax


def test_an_unknown_tax_class_is_refused():
    with pytest.raises(UnknownCode):
        morocco.taxation.taxes_on("luxury", date(2026, 3, 1))


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_tax_classes_name_real_taxes_and_the_rounding_rule_is_known(place):
    keys = {tax.key for tax in place.taxation.taxes}
    assert {key for item in place.taxation.classes for key in item.taxes} <= keys
    assert place.taxation.default_class in {item.key for item in place.taxation.classes}
    assert place.taxation.rounding in {"line", "document"}


def test_small_cooperatives_of_morocco_are_relieved_below_ten_million_dirhams():
    assert morocco.taxation.relief.turnover_below == 1_000_000_000
    assert morocco.taxation.relief.deduction is False
    assert quebec.taxation.relief is None


def test_programmes_state_ceilings_in_minor_units_and_shares_in_millionths():
    indh = morocco.programme("indh_income")
    assert (indh.ceiling, indh.maximum_rate, indh.own_rate) == (30_000_000, 600_000, 400_000)
    assert indh.maximum_rate + indh.own_rate == 1_000_000
    assert morocco.programme("moazara").ceiling == 4_900_000
    assert morocco.programme("mourafaka").maximum_age_months == 24
    assert all(programme.sources for programme in morocco.programmes)


def test_the_17_goals_have_a_colour_each():
    assert [goal.number for goal in morocco.sdgs] == list(range(1, 18))
    assert all(re.fullmatch("#[0-9A-F]{6}", goal.colour) for goal in morocco.sdgs)
    assert quebec.sdg(5).names == morocco.sdg(5).names


def test_identifiers_match_their_own_pattern_and_the_bank_account_is_private():
    assert re.fullmatch(morocco.identifier("ice").pattern, "001234567000089")
    assert not re.fullmatch(morocco.identifier("rib").pattern, "12345")
    assert morocco.identifier("rib").private
    assert not morocco.identifier("ice").private
    assert re.fullmatch(quebec.identifier("gst_number").pattern, "123456789RT0001")


@pytest.mark.parametrize("place", territories(), ids=lambda place: place.key)
def test_every_region_lies_in_exactly_one_delivery_zone(place):
    served = [code for zone in place.delivery_zones for code in zone.regions]
    assert sorted(served) == sorted(region.code for region in place.regions)
    assert all(zone.price > 0 and 0 < zone.days_from <= zone.days_to for zone in place.delivery_zones)


def test_settings_of_each_territory():
    assert (morocco.currency, morocco.country, morocco.phone_code, morocco.languages) == ("MAD", "MA", "+212", LANGUAGES)
    assert (quebec.currency, quebec.country, quebec.phone_code) == ("CAD", "CA", "+1")
    assert (morocco.withdrawal_days, morocco.refund_days) == (7, 15)
    assert morocco.payment_methods[0] == "cash_on_delivery"


def everything_given() -> dict[str, str]:
    return {name: f"value of {name}" for name in LEGAL_PLACEHOLDERS}


@pytest.mark.parametrize("place", ["morocco", "quebec"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", LEGAL_KEYS)
def test_legal_pages_are_whole_in_each_language(place, key, language):
    page = legal_text(place, key, language, everything_given())
    assert (page.language, page.missing) == (language, ())
    changed = key in {"terms", "privacy", "contact"}
    assert (page.version, page.date) == (("2026-2", date(2026, 11, 27)) if changed else ("2026-1", date(2026, 11, 23)))
    assert page.title
    assert not re.search("[{}]", page.markdown)
    if language == "ar":
        assert ARABIC.search(page.title)
        assert not ARABIC_INDIC_DIGITS.search(page.markdown)


@pytest.mark.parametrize("place", ["morocco", "quebec"])
@pytest.mark.parametrize("key", LEGAL_KEYS)
def test_translations_of_a_legal_page_have_the_same_parts_and_values(place, key):
    shapes = set()
    for language in LANGUAGES:
        page = legal_text(place, key, language, {})
        headings = len(re.findall("^## ", page.markdown, re.MULTILINE))
        bullets = len(re.findall(r"^(?:- |\d\. |\|)", page.markdown, re.MULTILINE))
        shapes.add((page.version, page.date, headings, bullets, frozenset(page.missing)))
    assert len(shapes) == 1


def test_the_terms_state_the_days_of_the_territory():
    assert "**7 jours**" in legal_text("morocco", "terms", "fr", {}).markdown
    assert "**7**" in legal_text("morocco", "terms", "ar", {}).markdown
    assert "within 15 days" in legal_text("morocco", "terms", "en", {}).markdown


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", ["31-08", "la livraison, en espèces", "Démonstration"]), ("ar", ["31.08", "عند التسليم", "عرض تجريبي"]),
     ("en", ["31-08", "Cash on delivery", "Demonstration"])],
)  # fmt: skip
def test_the_terms_name_the_law_the_cash_and_the_practice_mode(language, words):
    markdown = legal_text("morocco", "terms", language, everything_given()).markdown
    assert [word for word in words if word not in markdown] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_quebec_does_not_speak_of_moroccan_law(language):
    pages = " ".join(legal_text("quebec", key, language, {}).markdown for key in LEGAL_KEYS)
    foreign = ["31-08", "31.08", "09-08", "09.08", "112-12", "112.12", "CNDP", "ICE", "dirham", "درهم", "المغرب"]
    assert [word for word in foreign if re.search(rf"\b{re.escape(word)}\b", pages)] == []
    assert "P-40.1" in pages


def test_questions_about_data_go_to_the_operator_when_nobody_else_is_named():
    page = legal_text("morocco", "contact", "fr", {"operator_mail": "aide@exemple.ma"})
    assert "effacer vos données\u00a0: aide@exemple.ma." in page.markdown


def test_a_value_nobody_gave_is_visible_and_named():
    page = legal_text("morocco", "contact", "fr", {"operator_mail": "aide@exemple.ma", "operator_phone": " "})
    assert "Courriel\u00a0: aide@exemple.ma" in page.markdown
    assert "Téléphone\u00a0: (non renseigné)" in page.markdown
    assert set(page.missing) == {"operator_phone", "operator_name", "operator_address"}


def test_a_latin_value_keeps_its_direction_in_arabic():
    page = legal_text("morocco", "contact", "ar", {"operator_mail": "aide@exemple.ma"})
    assert "البريد الإلكتروني: \u2068aide@exemple.ma\u2069" in page.markdown


def test_a_value_is_never_read_as_a_placeholder():
    page = legal_text("morocco", "contact", "fr", {**everything_given(), "operator_name": "{operator_mail}"})
    assert "Adresse\u00a0: {operator_mail}, value of operator_address" in page.markdown


def test_a_language_without_translation_falls_back_and_says_so():
    assert legal_text("morocco", "privacy", "zgh", {}).language == "fr"


@pytest.mark.parametrize(("key", "place"), [("cookies", "morocco"), ("../terms", "morocco"), ("", "quebec")])
def test_a_page_that_does_not_exist_is_refused(key, place):
    with pytest.raises(UnknownCode):
        legal_text(place, key, "fr", {})


def a_territory_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, content: str) -> None:
    """A copy of Morocco's folder under the key `broken`, one file replaced."""
    source = Path(loading.__file__).parent
    (tmp_path / "sdgs.json").write_bytes((source / "sdgs.json").read_bytes())
    (tmp_path / "broken").mkdir()
    for path in (source / "morocco").glob("*.json"):
        (tmp_path / "broken" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken" / name).write_text(content, encoding="utf-8")
    monkeypatch.setattr(loading, "FOLDER", tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("regions.json", '[{"code": "MA-01"}]', "MA-01"),
        ("regions.json", "[{", "regions.json"),
        ("taxes.json", '{"rounding": "document"}', "relief"),
    ],
)
def test_a_broken_data_file_is_named(tmp_path, monkeypatch, name, content, words):
    a_territory_with(tmp_path, monkeypatch, name, content)
    with pytest.raises(TerritoryDataError, match=words):
        territory_named("broken")
