"""Columns nobody knows are asked about on the page, with some of what stands in them, and the answer is kept."""

import io
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.errors import Invalid, NotFound
from catalog.gateway.headers import digest_of
from catalog.models import ImportMapping, Product, Variant
from catalog.queries.offers import STOCK
from catalog.services.mappings import MOST_MAPPINGS, remember_columns
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.counters import counter

IMPORT = "/fr/sell/tifawin/products/import"
FILE = "Nom,Prix,Prix barré,Dispo boutique\nMiel,12,15,4\nSavon,5,,9\nPot,7,8,9\nBol,3,4,1\n"


@pytest.fixture
def shop(app: Flask, client: FlaskClient) -> Organisation:
    shop, seller = a_cooperative("Tifawin", slug="tifawin"), a_person("Yasmine")
    joins(seller, shop, "seller")
    sign_in(client, seller)
    return shop


def send(client: FlaskClient, content: str = FILE, step: str = "look", slug: str = "tifawin") -> Any:
    address = IMPORT.replace("tifawin", slug)
    return post(client, address, file=(io.BytesIO(content.encode()), "goods.csv"), format="auto", step=step)


def say(client: FlaskClient, *means: tuple[str, str], headers: str | None = None) -> Any:
    lines = {
        f"c{n}-{part}": value for n, line in enumerate(means) for part, value in zip(("column", "means"), line, strict=True)
    }
    return post(client, f"{IMPORT}/columns", known_by=headers or digest_of(FILE.splitlines()[0].split(",")), **lines)


def test_a_column_is_asked_about_with_three_samples_and_never_again(client: FlaskClient, shop: Organisation) -> None:
    asked = send(client, step="write")
    page = asked.get_data(as_text=True)
    assert asked.status_code == 422
    assert [f'value="{header}"' in page for header in ("Prix barré", "Dispo boutique", "Nom", "Prix")] == [
        True,
        True,
        False,
        False,
    ]
    assert [page.count(f"<bdi>{sample}</bdi>") for sample in ("15", "8", "4", "9", "1")] == [1, 1, 2, 1, 1]
    assert db.session.scalar(select(func.count()).select_from(Product)) == 0
    said = say(client, ("Prix barré", "ignore"), ("Dispo boutique", "stock"))
    assert (said.status_code, said.headers["Location"]) == (303, IMPORT)
    assert "Gardé pour les fichiers" in text_of(client.get(IMPORT))
    assert send(client, step="write").status_code == 200
    rows = db.session.execute(select(Variant.id, Variant.price).order_by(Variant.id)).all()
    assert [(price, counter(STOCK, id_).on_hand) for id_, price in rows] == [(1200, 4), (500, 9), (700, 9), (300, 1)]
    [line] = db.session.scalars(select(JournalLine).where(JournalLine.verb == "remember-columns"))
    assert (line.subject_id, line.facts) == (shop.id, {"columns": 1, "starts_with": 0})


def test_what_is_said_holds_for_these_columns_and_this_cooperative(client: FlaskClient, shop: Organisation) -> None:
    say(client, ("Prix barré", "ignore"), ("Dispo boutique", "stock"))
    assert send(client, FILE.replace("Prix barré", "Prix barre")).status_code == 422
    other = a_cooperative("Amane", slug="amane")
    seller = a_person("Salma")
    joins(seller, other, "seller")
    sign_in(client, seller)
    assert send(client, slug="amane").status_code == 422
    assert post(client, f"{IMPORT}/columns", known_by="0" * 64).status_code == 404


def test_a_file_whose_names_stand_under_unknown_words_is_asked_about_all_of_them(
    client: FlaskClient, shop: Organisation
) -> None:
    content = "Quoi,Combien ça coûte,Prix\nMiel,x,12\n"
    page = send(client, content).get_data(as_text=True)
    assert [f'value="{header}"' in page for header in ("Quoi", "Combien ça coûte", "Prix")] == [True] * 3
    headers = digest_of(content.splitlines()[0].split(","))
    assert (
        say(client, ("Quoi", "title"), ("Combien ça coûte", "ignore"), ("Prix", "price"), headers=headers).status_code == 303
    )
    assert send(client, content, "write").status_code == 200
    assert db.session.scalars(select(Product.slug)).all() == ["miel"]


@pytest.mark.parametrize(
    ("means", "words"),
    [
        ((("Prix barré", ""), ("Dispo boutique", "stock")), "Choisissez ce qu’elle dit."),
        ((("Prix barré", "stock"), ("Dispo boutique", "stock")), "Une autre colonne le dit déjà."),
        ((("Prix barré", "gold"), ("Dispo boutique", "stock")), ""),
    ],
)
def test_an_answer_that_cannot_be_taken_keeps_what_was_chosen(
    client: FlaskClient, shop: Organisation, means: tuple[tuple[str, str], ...], words: str
) -> None:
    answer = say(client, *means)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert 'value="Dispo boutique"' in answer.get_data(as_text=True)
    assert db.session.scalar(select(func.count()).select_from(ImportMapping)) == 0


def test_so_many_answers_are_kept_and_the_oldest_go(app: Flask, shop: Organisation) -> None:
    seller = a_person("Karima")
    joins(seller, shop, "seller")
    actor = actor_of(seller)
    for number in range(MOST_MAPPINGS + 2):
        with transaction():
            remember_columns(actor, shop.id, f"{number:064x}", {"price": "Prix"})
    kept = db.session.scalars(select(ImportMapping.headers).order_by(ImportMapping.headers)).all()
    assert (len(kept), f"{0:064x}" in kept, f"{MOST_MAPPINGS + 1:064x}" in kept) == (MOST_MAPPINGS, False, True)
    for headers, said in (("x", {"price": "P"}), ("0" * 64, {"gold": "P"})):
        with pytest.raises(Invalid, match="catalog-map-wrong"), transaction():
            remember_columns(actor, shop.id, headers, said)
    stranger = actor_of(a_person("Buyer"))
    with pytest.raises(NotFound), transaction():
        remember_columns(stranger, shop.id, "0" * 64, {"price": "P"})
