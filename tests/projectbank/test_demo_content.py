"""The demo's project sheets: whole in three languages, within their limits, and right in their sums."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import projectbank
from app.territories.loading import territory_named

LANGUAGES = {"fr", "ar", "en"}
COURSES = {
    "founding-a-cooperative",
    "pricing-and-margins",
    "selling-online-and-shipping",
    "running-a-general-assembly",
}
FIELDS = {
    "slug", "titles", "pitches", "summaries", "region", "province", "sector", "sdgs", "investment", "own_part",
    "members_min", "members_target", "jobs", "needs", "evidence", "market", "equipment", "risks", "permits", "training",
    "category", "kind", "state",
}  # fmt: skip
ARABIC = re.compile("[\u0621-\u064a]")
ARABIC_INDIC_DIGITS = re.compile("[\u0660-\u0669\u06f0-\u06f9]")
HOUSE = Path(projectbank.__path__[0]).parent
FOLDER = HOUSE / "projectbank" / "demo" / "sheets"

sheets = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
each_sheet = pytest.mark.parametrize("sheet", sheets, ids=[sheet["slug"] for sheet in sheets])
morocco = territory_named("morocco")


def every_text(value: Any) -> Iterator[dict[str, str]]:
    """Every mapping of languages inside a sheet."""
    if isinstance(value, dict):
        if set(value) & LANGUAGES:
            yield value
        else:
            for item in value.values():
                yield from every_text(item)
    elif isinstance(value, list):
        for item in value:
            yield from every_text(item)


def test_16_sheets_of_which_13_are_published_2_wait_and_1_was_returned():
    states = [sheet["state"] for sheet in sheets]
    assert (len(states), states.count("published"), states.count("submitted"), states.count("returned")) == (16, 13, 2, 1)
    assert {sheet["kind"] for sheet in sheets} == {"model", "idea", "opportunity"}


def test_files_are_named_after_their_slug():
    assert sorted(path.stem for path in FOLDER.glob("*.json")) == sorted(sheet["slug"] for sheet in sheets)
    assert all(re.fullmatch("[a-z0-9]+(-[a-z0-9]+)*", sheet["slug"]) for sheet in sheets)


def test_published_sheets_reach_all_12_regions_and_at_least_10_sectors():
    published = [sheet for sheet in sheets if sheet["state"] == "published"]
    assert {sheet["region"] for sheet in published} == {region.code for region in morocco.regions}
    assert len({sheet["sector"] for sheet in published}) >= 10


@each_sheet
def test_a_sheet_has_every_field_and_no_other(sheet):
    assert set(sheet) - {"reason"} == FIELDS
    assert ("reason" in sheet) == (sheet["state"] == "returned")


@each_sheet
def test_every_text_is_complete_in_three_languages(sheet):
    texts = list(every_text(sheet))
    assert len(texts) >= 14
    for names in texts:
        assert set(names) == LANGUAGES, names
        assert all(text.strip() == text and text for text in names.values()), names
        assert ARABIC.search(names["ar"]), names
        assert not ARABIC_INDIC_DIGITS.search(names["ar"]), names
        assert not ARABIC.search(names["fr"] + names["en"]), names


@each_sheet
def test_texts_stay_within_the_limits_of_a_sheet(sheet):
    assert max(map(len, sheet["titles"].values())) <= 80
    assert max(map(len, sheet["pitches"].values())) <= 160
    assert max(map(len, sheet["summaries"].values())) <= 1200


@each_sheet
def test_place_field_and_goals_exist_in_the_territory(sheet):
    region = morocco.region(sheet["region"])
    assert sheet["province"] is None or morocco.province(sheet["province"]).region == region.code
    assert morocco.sector(sheet["sector"])
    assert 1 <= len(set(sheet["sdgs"])) == len(sheet["sdgs"]) <= 3
    assert all(morocco.sdg(number) for number in sheet["sdgs"])
    assert sheet["training"]
    assert set(sheet["training"]) <= COURSES


def test_a_sheet_leads_to_a_category_of_the_market():
    keys = {item["key"] for item in json.loads((HOUSE / "catalog" / "categories.json").read_text(encoding="utf-8"))}
    named = [sheet["category"] for sheet in sheets if sheet["category"]]
    assert len(named) >= 12
    assert set(named) <= keys


@each_sheet
def test_money_adds_up(sheet):
    equipment = sum(item["quantity"] * item["unit_price"] for item in sheet["equipment"])
    assert 0 < equipment <= sheet["investment"]
    # What is not equipment pays for premises, first stock and the wait for the first sale: there must be some.
    assert sheet["investment"] - equipment >= sheet["investment"] // 25
    assert 0 < sheet["own_part"] < sheet["investment"]
    assert sheet["own_part"] * 10 >= sheet["investment"] * 4


@each_sheet
def test_members_jobs_and_risks_are_possible(sheet):
    assert 5 <= sheet["members_min"] <= sheet["members_target"]
    assert sheet["jobs"] >= 1
    assert sheet["risks"]
    assert all(1 <= risk[scale] <= 5 for risk in sheet["risks"] for scale in ("likelihood", "impact"))
    assert all(item["quantity"] >= 1 and item["life_years"] >= 1 for item in sheet["equipment"])


@each_sheet
def test_evidence_names_its_year_and_source(sheet):
    for item in sheet["evidence"]:
        assert set(item) == {"figure", "year", "source"}
        assert 2000 <= item["year"] <= 2026
        assert item["source"].strip()


@each_sheet
def test_figures_are_the_same_in_each_language(sheet):
    """A number changed in one language and not in another is the commonest slip in a translated sheet."""

    def large_numbers(text: str) -> list[int]:
        joined = re.sub(r"(?<=\d)[ ,\u00a0\u202f](?=\d{3}(?!\d))", "", text)
        return sorted(int(digits) for digits in re.findall(r"\d+", joined) if int(digits) >= 1000)

    found = {language: large_numbers(text) for language, text in sheet["summaries"].items()}
    assert found["fr"] == found["ar"] == found["en"]
