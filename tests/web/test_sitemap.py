"""Search engines find every public page in each language, and nothing else."""

import re
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.accounts.services.organisations import set_picture
from app.engines.journal import record
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.web.pages import sitemap
from catalog.services.products import publish, withdraw
from tests.builders.academy import a_course
from tests.builders.accounts import a_cooperative, a_person, actor_of
from tests.builders.catalog import a_product
from tests.builders.projectbank import a_sheet

ROOT = "http://localhost"


def addresses(client: FlaskClient, path: str) -> list[str]:
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "application/xml")
    return [loc.text or "" for loc in ElementTree.fromstring(answer.data).iter(f"{{{sitemap.SPACE}}}loc")]


def test_the_robots_are_told_where_the_index_is(client: FlaskClient) -> None:
    text = client.get("/robots.txt").get_data(as_text=True)
    assert f"Sitemap: {ROOT}/sitemap.xml\n" in text
    assert "Disallow: /fr/checkout$\n" in text


def closed_by(rules: list[str], path: str) -> list[str]:
    """The rules that close an address, as crawlers match them (RFC 9309): a beginning; `*` is anything, `$` the end."""
    return [rule for rule in rules if re.match(re.escape(rule).replace(r"\*", ".*").replace(r"\$", "$"), path) is not None]


def rules_of(client: FlaskClient) -> list[str]:
    lines = client.get("/robots.txt").get_data(as_text=True).splitlines()
    return [line.removeprefix("Disallow: ") for line in lines if line.startswith("Disallow: ")]


def test_no_rule_for_robots_closes_a_page_of_the_sitemap(app: Flask, client: FlaskClient) -> None:
    """Also a course about selling, goods in a basket, a cooperative called Desk: slugs may begin with what is closed."""
    teacher = a_person("Amal", instructor=True)
    for part in sitemap.CLOSED:
        shop = a_cooperative(f"{part} of Tifawin", slug=f"{part}-of-tifawin")
        a_product(shop.id, f"{part} and more")
        a_product(shop.id, part)
        a_course(f"{part} online and shipping", owner=teacher, state="published")
        a_sheet(teacher, f"{part} for everybody")
    rules = rules_of(client)
    files = addresses(client, "/sitemap.xml")
    found = [address.removeprefix(ROOT) for file in files for address in addresses(client, file.removeprefix(ROOT))]
    assert len([path for path in found if path.rpartition("/")[2].startswith(sitemap.CLOSED)]) >= 3 * 5 * 5
    assert {path: closed for path in found if (closed := closed_by(rules, path))} == {}
    assert closed_by(["/*/sell"], "/fr/academy/courses/selling-online") == ["/*/sell"], "the rule there was"


@pytest.mark.parametrize(
    "path", ["/fr/account/", "/ar/account/password", "/en/basket", "/fr/basket?added=1", "/fr/sell/tifawin/", "/ar/desk/"]
)
def test_pages_of_one_s_own_are_closed_to_robots(client: FlaskClient, path: str) -> None:
    assert closed_by(rules_of(client), path) != []


def test_what_is_public_is_listed_in_three_languages_and_drafts_are_not(app: Flask, client: FlaskClient) -> None:
    shop = a_cooperative("Tifawin", slug="tifawin")
    a_product(shop.id, "Huile d'argan")
    a_product(shop.id, "Savon", published=False)
    files = addresses(client, "/sitemap.xml")
    assert f"{ROOT}/sitemap/ar/product-1.xml" in files
    assert f"{ROOT}/sitemap/en/house-1.xml" in files
    found = [address for file in files for address in addresses(client, file.removeprefix(ROOT))]
    assert len(found) == len(set(found))
    for lang in ("fr", "ar", "en"):
        assert f"{ROOT}/{lang}/market/products/huile-d-argan" in found
        assert f"{ROOT}/{lang}/cooperatives/tifawin" in found
        assert f"{ROOT}/{lang}/academy" in found
    assert not [address for address in found if "savon" in address]
    assert all(client.get(address.removeprefix(ROOT)).status_code == 200 for address in found)


def entries(client: FlaskClient, path: str) -> list[tuple[str, str | None, dict[str, str]]]:
    """(address, last change, {language: address}) of each entry of a file."""
    tree = ElementTree.fromstring(client.get(path).data)
    return [
        (
            entry.findtext(f"{{{sitemap.SPACE}}}loc") or "",
            entry.findtext(f"{{{sitemap.SPACE}}}lastmod"),
            {link.get("hreflang", ""): link.get("href", "") for link in entry.iter("{http://www.w3.org/1999/xhtml}link")},
        )
        for entry in tree
    ]


def test_an_entry_tells_when_it_was_last_changed_and_its_languages(
    app: Flask, client: FlaskClient, time_machine: Any
) -> None:
    """The moment is the stored one, whenever the file is read; pages without one tell none."""
    time_machine.move_to(datetime(2026, 5, 4, 8, 30, 15, tzinfo=UTC))
    shop = a_cooperative("Tifawin", slug="tifawin")
    oil = a_product(shop.id, "Huile d'argan")
    teacher = a_person("Amal", instructor=True)
    a_course("Prix", owner=teacher, state="published")
    a_sheet(teacher, "Safran")
    time_machine.move_to(datetime(2026, 5, 9, 10, 0, tzinfo=UTC))
    with transaction():
        withdraw(SYSTEM, oil)
        publish(SYSTEM, oil)
    time_machine.move_to(datetime(2027, 1, 1, tzinfo=UTC))
    end = "/market/products/huile-d-argan"
    alike = {code: f"{ROOT}/{code}{end}" for code in ("fr", "ar", "en")}
    for code, address in alike.items():
        assert entries(client, f"/sitemap/{code}/product-1.xml") == [
            (address, "2026-05-09T10:00:00Z", {**alike, "x-default": alike["fr"]})
        ]
    for kind in ("cooperative", "course", "project"):
        [(_address, changed, languages)] = entries(client, f"/sitemap/fr/{kind}-1.xml")
        assert (kind, changed, len(languages)) == (kind, "2026-05-04T08:30:15Z", 4)
    assert {changed for _address, changed, _languages in entries(client, "/sitemap/fr/house-1.xml")} == {None}


def test_a_cooperative_s_page_was_changed_when_its_words_were(app: Flask, client: FlaskClient, time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 5, 4, 8, 30, 15, tzinfo=UTC))
    chair = a_person("Itto")
    shop = a_cooperative("Tifawin", slug="tifawin", chair=chair)
    time_machine.move_to(datetime(2026, 6, 1, 12, 0, tzinfo=UTC))
    with transaction():
        set_picture(actor_of(chair), shop.id, None)
    time_machine.move_to(datetime(2026, 7, 1, 12, 0, tzinfo=UTC))
    with transaction():
        record(SYSTEM, "open-paper", "organisation", shop.id, paper=1)
    assert [changed for _a, changed, _l in entries(client, "/sitemap/en/cooperative-1.xml")] == ["2026-06-01T12:00:00Z"]


def test_a_kind_with_many_pages_gets_several_files(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sitemap, "MOST", 2)
    shop = a_cooperative("Tifawin")
    for number in range(5):
        a_product(shop.id, f"Miel {number}")
    assert len([file for file in addresses(client, "/sitemap.xml") if "/fr/product-" in file]) == 3
    assert addresses(client, "/sitemap/fr/product-3.xml") == [f"{ROOT}/fr/market/products/miel-4"]
    assert client.get("/sitemap/fr/product-1.xml").is_streamed  # and never held as a whole
    assert client.get("/sitemap/fr/product-4.xml").status_code == 404
    assert client.get("/sitemap/fr/product-0.xml").status_code == 404
    assert client.get("/sitemap/fr/person-1.xml").status_code == 404


@pytest.mark.parametrize(
    ("asked", "told"),
    [("/fr/market?q=argan&sort=new", "/fr/market"), ("/ar/market?page=2", "/ar/market?page=2"), ("/en/", "/en/")],
)
def test_a_page_names_its_one_address_and_its_languages(client: FlaskClient, asked: str, told: str) -> None:
    page = client.get(asked).get_data(as_text=True)
    assert f'<link rel="canonical" href="{ROOT}{told}">' in page
    assert f'<link rel="alternate" hreflang="ar" href="{ROOT}/ar/' in page


def named_by(client: FlaskClient, address: str) -> tuple[list[str], dict[str, str]]:
    """(canonical addresses, {language: address of the page in it}) as the page says."""
    page = client.get(address).get_data(as_text=True)
    return (
        re.findall(r'<link rel="canonical" href="([^"]*)">', page),
        dict(re.findall(r'<link rel="alternate" hreflang="([^"]*)" href="([^"]*)">', page)),
    )


@pytest.mark.parametrize(
    "asked", ["", "?q=argan", "?sort=cheapest&region=MA-09", "?page=1", "?utm_source=letter", "?page=x"]
)
def test_canonical_and_languages_of_every_public_page_agree(app: Flask, client: FlaskClient, asked: str) -> None:
    """Whatever is asked, a page has one address, and the three languages name one another by theirs."""
    a_product(a_cooperative("Tifawin", slug="tifawin").id, "Huile d'argan")
    a_course("Prix")
    found = [one for file in addresses(client, "/sitemap.xml") for one in addresses(client, file.removeprefix(ROOT))]
    assert len(found) == 21
    for address in found:
        path = address.removeprefix(ROOT)
        alike = {code: f"{ROOT}/{code}{path[3:]}" for code in ("fr", "ar", "en")}
        alike["x-default"] = alike["fr"]
        assert named_by(client, path + asked) == ([address], alike)


def test_a_later_page_of_a_list_is_a_page_of_its_own_in_each_language(client: FlaskClient) -> None:
    for code in ("fr", "ar", "en"):
        told, languages = named_by(client, f"/{code}/market?page=2&q=miel")
        assert told == [f"{ROOT}/{code}/market?page=2"]
        alike = {one: f"{ROOT}/{one}/market?page=2" for one in ("fr", "ar", "en")}
        assert languages == {**alike, "x-default": alike["fr"]}
