"""The demo's written content: whole in three languages, with check digits that hold and facts that exist."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import phonenumbers
import pytest
from stdnum import ean
from stdnum.ma import ice

from app.territories.loading import territory_named
from app.web.drawings import DRAWINGS

ROOT = Path(__file__).resolve().parents[2]
LANGUAGES = ["fr", "ar", "en"]
UNITS = {"g", "kg", "ml", "l", "piece", "m", "m2"}
LABELS = {"ab", "aop", "igp", "label-artisanat", "onssa", "terroir-du-maroc"}
SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
ARABIC_LETTER = re.compile(r"[\u0621-\u064a]")
LATIN_LETTER = re.compile(r"[A-Za-z\u00c0-\u00d6\u00d8-\u017f]")
ARABIC_INDIC_DIGIT = re.compile(r"[\u0660-\u0669\u06f0-\u06f9]")

Row = dict[str, Any]


def read(path: str) -> list[Row]:
    rows: list[Row] = json.loads((ROOT / path).read_text(encoding="utf-8"))
    return rows


CATEGORIES = read("catalog/categories.json")
COOPERATIVES = read("app/accounts/demo/cooperatives.json")
FILES = {path.stem: read(str(path.relative_to(ROOT))) for path in sorted((ROOT / "catalog/demo/products").glob("*.json"))}
PRODUCTS = [product for rows in FILES.values() for product in rows]
VARIANTS = [variant for product in PRODUCTS for variant in product["variants"]]
CATEGORY = {row["key"]: row for row in CATEGORIES}
COOPERATIVE = {row["slug"]: row for row in COOPERATIVES}


def texts() -> list[tuple[str, dict[str, str]]]:
    """Every text in three languages, with the place where it stands."""
    found = [(row["key"], row["names"]) for row in CATEGORIES]
    for row in COOPERATIVES:
        found += [(f"{row['slug']} {field}", row[field]) for field in ("names", "story", "pitch")]
    for row in PRODUCTS:
        found += [(f"{row['slug']} {field}", row[field]) for field in ("titles", "descriptions")]
        found += [(f"{row['slug']} {field}", row[field]) for field in ("ingredients", "storage") if row[field] is not None]
        found += [(variant["sku"], variant["names"]) for variant in row["variants"] if variant["names"] is not None]
    return found


def words(text: str) -> int:
    return len(text.split())


def root_of(key: str) -> str:
    parent = CATEGORY[key]["parent"]
    return key if parent is None else root_of(parent)


def rib_holds(number: str) -> bool:
    """A Moroccan RIB is bank (3), town (3), account (16) and a key (2).

    The first 22 digits followed by 00 are divided by 97; the key is 97 minus what remains.
    """
    return re.fullmatch(r"\d{24}", number) is not None and int(number[22:]) == 97 - int(number[:22] + "00") % 97


# ---- sizes


def test_the_demo_has_the_promised_sizes() -> None:
    assert len(CATEGORIES) == 64
    assert len(COOPERATIVES) == 14
    assert len(PRODUCTS) == 80
    assert Counter(product["state"] for product in PRODUCTS) == {"published": 76, "draft": 4}


def test_some_published_products_are_out_of_stock() -> None:
    empty = {
        product["slug"]
        for product in PRODUCTS
        if product["state"] == "published" and not any(variant["stock"] for variant in product["variants"])
    }
    assert empty == {"plat-couscous-grand", "creme-mains-argan"}


def test_argan_is_found_with_several_cooperatives() -> None:
    for language, word in (("fr", "argan"), ("en", "argan"), ("ar", "أركان")):
        sellers = {
            product["cooperative"]
            for product in PRODUCTS
            if product["state"] == "published" and word in product["titles"][language].lower()
        }
        assert len(sellers) >= 4, language


# ---- languages


def test_every_text_is_written_in_the_three_languages() -> None:
    for place, names in texts():
        assert list(names) == LANGUAGES, place
        for text in names.values():
            assert text, place
            assert text == text.strip(), place
            assert "  " not in text, place
            assert not ARABIC_INDIC_DIGIT.search(text), place
        assert ARABIC_LETTER.search(names["ar"]), place
        assert not ARABIC_LETTER.search(names["fr"] + names["en"]), place


def test_names_descriptions_and_stories_in_arabic_hold_no_latin_word() -> None:
    for row in COOPERATIVES:
        for field in ("names", "story", "pitch"):
            assert not LATIN_LETTER.search(row[field]["ar"]), row["slug"]
    for row in PRODUCTS:
        for field in ("titles", "descriptions"):
            assert not LATIN_LETTER.search(row[field]["ar"]), row["slug"]


def test_french_uses_the_typographic_apostrophe() -> None:
    for place, names in texts():
        assert "'" not in names["fr"] + names["en"], place


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_descriptions_stories_or_titles_are_the_same(language: str) -> None:
    for rows, field in ((PRODUCTS, "titles"), (PRODUCTS, "descriptions"), (COOPERATIVES, "story"), (COOPERATIVES, "pitch")):
        written = [row[field][language] for row in rows]
        assert len(set(written)) == len(written)


@pytest.mark.parametrize("language", LANGUAGES)
def test_lengths_stay_readable(language: str) -> None:
    for row in PRODUCTS:
        assert 40 <= words(row["descriptions"][language]) <= 90, row["slug"]
        assert len(row["titles"][language]) <= 60, row["slug"]
    for row in COOPERATIVES:
        assert 90 <= words(row["story"][language]) <= 160, row["slug"]
        assert len(row["pitch"][language]) <= 120, row["slug"]


# ---- categories


def test_categories_form_a_tree_three_levels_deep() -> None:
    assert len(CATEGORY) == len(CATEGORIES)
    seen: set[str] = set()
    depth: dict[str, int] = {}
    for row in CATEGORIES:
        assert SLUG.fullmatch(row["key"])
        assert row["parent"] is None or row["parent"] in seen, f"{row['key']}: a parent stands before its children"
        depth[row["key"]] = 1 if row["parent"] is None else depth[row["parent"]] + 1
        seen.add(row["key"])
    assert max(depth.values()) == 3
    assert [key for key, level in depth.items() if level == 1] == [
        "food",
        "farm-produce",
        "cosmetics",
        "crafts",
        "textiles",
        "services",
    ]


def test_categories_name_known_drawings_units_and_search_words() -> None:
    for row in CATEGORIES:
        assert row["drawing"] in DRAWINGS
        assert row["units"]
        assert set(row["units"]) <= UNITS
        assert list(row["aliases"]) == LANGUAGES
        assert all(row["aliases"][language] for language in LANGUAGES), row["key"]
        assert all(ARABIC_LETTER.search(word) for word in row["aliases"]["ar"])


def test_sibling_categories_have_different_names() -> None:
    for language in LANGUAGES:
        names = [(row["parent"], row["names"][language]) for row in CATEGORIES]
        assert len(set(names)) == len(names)


def test_goods_carry_customs_codes_and_services_do_not() -> None:
    for row in CATEGORIES:
        assert bool(row["hs"]) == (root_of(row["key"]) != "services"), row["key"]
        assert all(re.fullmatch(r"\d{4}(\.\d{2})?", code) for code in row["hs"])


def test_customs_codes_exist_in_the_harmonized_system(shared: Path) -> None:
    with gzip.open(shared / "data/products/hs-codes.csv.gz", "rt", encoding="utf-8") as lines:
        known = {row["hscode"] for row in csv.DictReader(lines)}
    unknown = [code for row in CATEGORIES for code in row["hs"] if code.replace(".", "") not in known]
    assert unknown == []


def test_every_branch_of_the_tree_offers_something() -> None:
    branches = Counter(root_of(product["category"]) for product in PRODUCTS if product["state"] == "published")
    assert set(branches) == {row["key"] for row in CATEGORIES if row["parent"] is None}
    assert min(branches.values()) >= 3


# ---- cooperatives


def test_the_main_cooperative_makes_argan_in_souss_massa_with_women_only() -> None:
    first, second = COOPERATIVES[:2]
    assert (first["slug"], first["region"], first["sector"]) == ("tifawin", "MA-09", "argan")
    assert first["members"] == first["women"]
    assert [person["role"] for person in first["people"]] == ["chair", "treasurer", "seller", "packer"]
    assert second["commune"] == "Taliouine"
    assert "seller" in [person["role"] for person in second["people"]]


def test_cooperatives_stand_in_the_twelve_regions() -> None:
    morocco = territory_named("morocco")
    region_of = {province.code: province.region for province in morocco.provinces}
    sectors = {sector.key for sector in morocco.sectors}
    assert {row["region"] for row in COOPERATIVES} == {region.code for region in morocco.regions}
    for row in COOPERATIVES:
        assert region_of[row["province"]] == row["region"], row["slug"]
        assert row["sector"] in sectors, row["slug"]


def test_regions_provinces_sectors_and_postcodes_are_real(shared: Path) -> None:
    def column(path: str, *names: str) -> set[tuple[str, ...]]:
        with (shared / "data" / path).open(encoding="utf-8") as lines:
            return {tuple(row[name] for name in names) for row in csv.DictReader(lines)}

    places = column("morocco_regions_provinces.csv", "iso_3166_2", "parent_iso")
    sectors = column("odco_sectors.csv", "key")
    postcodes = column("geo/morocco-postcodes.csv", "zipcode")
    for row in COOPERATIVES:
        assert (row["region"], "MA") in places
        assert (row["province"], row["region"]) in places
        assert (row["sector"],) in sectors
        assert (row["postcode"],) in postcodes, row["slug"]


def test_invented_numbers_pass_the_real_check_digits() -> None:
    for row in COOPERATIVES:
        assert len(row["ice"]) == 15
        assert ice.is_valid(row["ice"]), row["slug"]
        assert rib_holds(row["rib"]), row["slug"]
        assert phonenumbers.is_valid_number(phonenumbers.parse(row["phone"])), row["slug"]
        assert row["phone"].startswith("+212")


def test_a_rib_with_one_digit_changed_is_refused() -> None:
    number = COOPERATIVES[0]["rib"]
    for place, digit in enumerate(number):
        changed = number[:place] + str((int(digit) + 1) % 10) + number[place + 1 :]
        assert not rib_holds(changed)


@pytest.mark.parametrize("field", ["slug", "ice", "rib", "phone", "email", "registration_number", "address"])
def test_no_two_cooperatives_share(field: str) -> None:
    assert len({row[field] for row in COOPERATIVES}) == len(COOPERATIVES)


def test_cooperatives_are_plausible() -> None:
    for row in COOPERATIVES:
        assert SLUG.fullmatch(row["slug"])
        assert re.fullmatch(r"[a-z]+@[a-z-]+\.tiwizi\.example", row["email"])
        assert 2000 <= row["founded"] <= 2020
        assert row["members"] >= 5
        assert 0 <= row["women"] <= row["members"]
        assert set(row["labels"]) <= LABELS
        assert row["address"]


def test_people_have_a_role_and_a_name_in_both_scripts() -> None:
    everyone = [person for row in COOPERATIVES for person in row["people"]]
    assert len({person["name_latin"] for person in everyone}) == len(everyone)
    for row in COOPERATIVES:
        roles = [person["role"] for person in row["people"]]
        assert roles[:3] == ["chair", "treasurer", "seller"]
    for person in everyone:
        assert not ARABIC_LETTER.search(person["name_latin"])
        assert ARABIC_LETTER.search(person["name_arabic"])
        assert not LATIN_LETTER.search(person["name_arabic"])


def test_delivery_tables_name_known_regions_whole_fees_and_ordered_days() -> None:
    known = {region.code for region in territory_named("morocco").regions}
    for row in COOPERATIVES:
        zones = row["delivery"]["zones"]
        assert type(row["delivery"]["pickup"]) is bool
        named = [code for zone in zones for code in zone["regions"]]
        assert len(set(named)) == len(named), row["slug"]
        assert "*" not in named[:-1], f"{row['slug']}: the rest of the country stands last"
        for zone in zones:
            assert set(zone["regions"]) <= known | {"*"}
            assert type(zone["fee"]) is int
            assert zone["fee"] > 0
            assert zone["free_from"] is None or zone["free_from"] > zone["fee"]
            first, last = zone["days"]
            assert 1 <= first <= last


# ---- products


def test_products_stand_in_the_file_of_their_cooperative() -> None:
    assert set(FILES) == set(COOPERATIVE)
    for slug, rows in FILES.items():
        assert {row["cooperative"] for row in rows} == {slug}
        assert {row["origin"] for row in rows} == {COOPERATIVE[slug]["region"]}


def test_products_name_known_things() -> None:
    assert len({product["slug"] for product in PRODUCTS}) == len(PRODUCTS)
    for product in PRODUCTS:
        assert SLUG.fullmatch(product["slug"])
        assert product["category"] in CATEGORY
        assert product["drawing"] in DRAWINGS
        assert set(product["labels"]) <= LABELS
        assert product["state"] in {"published", "draft"}


def test_a_product_stands_in_the_narrowest_category() -> None:
    parents = {row["parent"] for row in CATEGORIES}
    assert [product["slug"] for product in PRODUCTS if product["category"] in parents] == []


def test_variants_are_counted_in_whole_minor_units_and_base_units() -> None:
    for product in PRODUCTS:
        assert 1 <= len(product["variants"]) <= 3
        service = root_of(product["category"]) == "services"
        for variant in product["variants"]:
            assert variant["unit"] in CATEGORY[product["category"]]["units"], variant["sku"]
            for field in ("price", "quantity", "weight_grams", "stock"):
                assert type(variant[field]) is int, variant["sku"]
            assert 1000 <= variant["price"] <= 500_000
            assert variant["quantity"] >= 1
            assert variant["stock"] >= 0
            assert (variant["weight_grams"] == 0) == service, variant["sku"]


def test_a_parcel_weighs_more_than_what_it_holds() -> None:
    grams = {"g": 1, "kg": 1000, "ml": 0.9, "l": 900}
    for variant in VARIANTS:
        if variant["unit"] in grams:
            assert variant["weight_grams"] > variant["quantity"] * grams[variant["unit"]], variant["sku"]


def test_a_larger_pack_costs_more_but_less_for_each_unit() -> None:
    grams = {"g": 1, "kg": 1000, "ml": 1, "l": 1000}
    for product in PRODUCTS:
        sizes = sorted(
            (variant["quantity"] * grams[variant["unit"]], variant["price"])
            for variant in product["variants"]
            if variant["unit"] in grams
        )
        for (small, low), (large, high) in pairwise(sizes):
            if small < large:
                assert low < high, product["slug"]
                assert low * large >= high * small, product["slug"]


def test_variants_of_one_product_can_be_told_apart() -> None:
    for product in PRODUCTS:
        shown = [
            (variant["unit"], variant["quantity"], variant["names"] and variant["names"]["fr"])
            for variant in product["variants"]
        ]
        assert len(set(shown)) == len(shown), product["slug"]


def test_stock_keeping_numbers_and_barcodes_are_unique_and_valid() -> None:
    skus = [variant["sku"] for variant in VARIANTS]
    assert len(set(skus)) == len(skus)
    codes = [variant["barcode"] for variant in VARIANTS if variant["barcode"] is not None]
    assert len(codes) >= 60
    assert len(set(codes)) == len(codes)
    assert all(len(code) == 13 and code.startswith("611") and ean.is_valid(code) for code in codes)


def test_invented_barcodes_belong_to_no_real_product(shared: Path) -> None:
    known = (shared / "data/products/off-morocco-products.csv").read_text(encoding="utf-8")
    assert [variant["barcode"] for variant in VARIANTS if variant["barcode"] and variant["barcode"] in known] == []
