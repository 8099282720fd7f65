"""While somebody types, the search field offers kinds, words and cooperatives of which something is on sale."""

import re
from html import unescape
from urllib.parse import quote, unquote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from app.engines.db import db
from app.engines.housekeeping import drain_search, rebuild_search
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from catalog.services.products import withdraw
from tests.builders.accounts import a_cooperative
from tests.builders.catalog import a_product

OPTION = re.compile(r'<li role="option" aria-selected="false" data-href="([^"]*)">.*?<bdi>(.*?)</bdi>.*?small">(.*?)<', re.S)


def offered(client: FlaskClient, typed: str, language: str = "fr") -> list[tuple[str, str, str]]:
    """Where each suggestion goes, what it says, and how many goods it tells."""
    page = client.get(f"/{language}/market/suggest?q={quote(typed)}")
    assert page.status_code == 200, typed
    found = OPTION.findall(page.get_data(as_text=True))
    return [(unquote(unescape(href)), unescape(name), count) for href, name, count in found]


def goes_to(client: FlaskClient, typed: str, language: str = "fr") -> list[str]:
    return [href.removeprefix(f"/{language}/") for href, _name, _count in offered(client, typed, language)]


@pytest.fixture
def shop(app: Flask) -> int:
    """A cooperative with four jars of honey, a carpet and a soap."""
    tifawin = a_cooperative("Tifawin", slug="tifawin")
    for number in range(4):
        a_product(tifawin.id, titles={"fr": f"Miel de thym {number}", "ar": "عسل الزعتر"}, category="honey")
    a_product(tifawin.id, titles={"fr": "Tapis de laine", "ar": "زربية من صوف"}, category="carpets")
    a_product(tifawin.id, "Savon noir", category="soaps")
    rebuild_search()  # counts are the index's own: nothing of another test may stand in it
    return tifawin.id


def test_a_beginning_is_completed_to_kinds_words_and_cooperatives_with_their_goods(client: FlaskClient, shop: int) -> None:
    assert offered(client, "tapi") == [
        ("/fr/market?category=carpets", "Tapis et tissages de laine", "1 produit"),
        ("/fr/market?q=tapis", "tapis", "1 produit"),
    ]
    assert offered(client, "tifa") == [
        ("/fr/market?q=tifawin", "tifawin", "6 produits"),
        ("/fr/cooperatives/tifawin", "Tifawin", "6 produits"),
    ]
    assert offered(client, "savon no")[-1] == ("/fr/market?q=savon+noir", "savon noir", "1 produit")


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("carp", "carpets"), ("TAPI", "carpets"), ("tapís", "carpets"), ("زرب", "carpets"), ("الزرا", "carpets"),
        ("zarb", "carpets"), ("ⵜⴰⵣⵔ", "carpets"), ("ⵜⴰⵣⵔⴱⵉⵜ", "carpets"),
        ("ass", "honey"), ("3ass", "honey"), ("asal", "honey"), ("عس", "honey"), ("hone", "honey"), ("sabo", "soaps"),
    ],
)  # fmt: skip
def test_a_kind_is_offered_in_whatever_language_and_script_it_is_begun(
    client: FlaskClient, shop: int, typed: str, kind: str
) -> None:
    for language in ("fr", "ar", "en"):
        assert f"market?category={kind}" in goes_to(client, typed, language), (language, typed)


def test_what_most_goods_are_of_comes_first_and_no_more_than_eight(client: FlaskClient, shop: int) -> None:
    for number, word in enumerate(("mira", "mirage", "miroir", "mirabelle", "mirador", "mirliton", "mironton", "mirza")):
        for _ in range(number % 2 + 1):
            a_product(shop, f"Objet {word}", category="wood")
    drain_search()
    found = offered(client, "mir")
    assert [count for _href, _name, count in found] == ["2 produits"] * 4 + ["1 produit"] * 4
    assert len(offered(client, "mi")) == 8


def test_what_is_no_longer_on_sale_is_not_offered(client: FlaskClient, shop: int) -> None:
    shoe = a_product(a_cooperative("Amane", slug="amane").id, "Babouche rouge", category="leather")
    drain_search()
    assert goes_to(client, "babou") == ["market?category=leather", "market?q=babouche"]
    assert goes_to(client, "aman") == ["market?q=amane", "cooperatives/amane"]
    with transaction():
        withdraw(SYSTEM, shoe)
    drain_search()
    assert goes_to(client, "babou") == []
    assert goes_to(client, "aman") == []


@pytest.mark.parametrize(
    "typed", ["", " ", "a", "%", "__", "'\"<", "م", "x" * 5000, "🦄🦄", "NULL", "a%b", "( OR", "\u202e"]
)
def test_too_little_and_what_nobody_says_offers_nothing(client: FlaskClient, shop: int, typed: str) -> None:
    page = client.get(f"/fr/market/suggest?q={quote(typed)}").get_data(as_text=True)
    assert 'data-told=""' in page
    assert "<li" not in page


def test_how_many_there_are_is_told_in_words(client: FlaskClient, shop: int) -> None:
    for language, told in (("fr", "2 suggestions"), ("en", "2 suggestions"), ("ar", "اقتراحان")):
        page = client.get(f"/{language}/market/suggest?q=tapi").get_data(as_text=True)
        assert f'data-told="{told}"' in page, language


def test_an_answer_takes_three_statements_at_most(client: FlaskClient, shop: int) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "generation" not in statement:
            statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        page = client.get("/fr/market/suggest?q=tapi")
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert len(statements) <= 3, statements
    assert page.status_code == 200


def test_the_field_says_where_it_asks_and_is_a_plain_field_without_script(client: FlaskClient) -> None:
    for language in ("fr", "ar", "en"):
        page = client.get(f"/{language}/market").get_data(as_text=True)
        field = re.search(r'<input id="site-q"[^>]*>', page)
        assert field
        assert f'data-suggest="/{language}/market/suggest"' in field[0]
        assert "role=" not in field[0]
        assert "aria-expanded" not in field[0]
