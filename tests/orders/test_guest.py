"""A guest's checkout is no megaphone: names are names, and a stranger's letters and orders have their bounds."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, func, select

from app.engines.db import db
from app.engines.mail import Letter
from orders.models import Purchase
from tests.browsing import post, sign_in, sign_out, text_of
from tests.builders.accounts import a_cooperative, a_person
from tests.builders.orders import a_variant, orders_by, place, problems, recap, stock_of


@pytest.fixture
def oil(app: Flask) -> int:
    chair = a_person("Aïcha", "aicha@example.org")
    return a_variant(a_cooperative("Tifawin", chair=chair, slug="tifawin").id, 12_000, 700)


@pytest.fixture
def limited(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "RATE_LIMITS", True)


def count(table: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def fills(client: FlaskClient, variant_id: int, quantity: int) -> None:
    assert post(client, "/fr/basket/lines", variant=variant_id, quantity=quantity).status_code == 303


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", "Gagnez 10 000 DH sur http://evil.example"),
        ("name", "evil.com"),
        ("name", "Appelez le 06 12 34 56 78"),
        ("commune", "www.evil.ma"),
        ("street", "voir bit.ly/3xYz"),
    ],
)
def test_a_name_and_a_place_are_no_message(client: FlaskClient, oil: int, field: str, typed: str) -> None:
    fills(client, oil, 1)
    fields = recap(client)
    answer = place(client, {**fields, field: typed})
    assert answer.status_code == 422
    assert "aria-invalid" in answer.get_data(as_text=True)
    assert (count(Purchase), count(Letter), stock_of(oil)) == (0, 0, (700, 700))


def test_a_guests_letter_repeats_nothing_that_was_typed(client: FlaskClient, oil: int) -> None:
    fills(client, oil, 1)
    assert place(client, recap(client, name="Gagnez vite", commune="Appelez", street="Vite vite")).status_code == 303
    (letter,) = db.session.scalars(select(Letter).where(Letter.recipient == "nadia@example.org"))
    assert [word for word in ("Gagnez", "Appelez", "Vite") if word in letter.subject + letter.body] == []
    page = client.get(letter.body.split("http://localhost")[1].split()[0])
    assert "Gagnez vite" in text_of(page)  # on the page it stands, for who has its key


def orders_much(client: FlaskClient, oil: int, bottles: int = 50, language: str = "fr", **given: str) -> Purchase:
    """A guest's checkout above what is taken at once; the browser stands on its page then."""
    fills(client, oil, bottles)
    answer = place(client, recap(client, language=language, **given), language)
    assert answer.status_code == 303, text_of(answer)
    db.session.rollback()
    return db.session.scalars(select(Purchase).order_by(Purchase.id.desc())).first()  # type: ignore[return-value]


def statements_of(client: FlaskClient, fields: dict[str, str]) -> int:
    """How many statements the last press asks."""
    told: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        told.append(statement)

    event.listen(db.engine, "before_cursor_execute", listen)
    answer = place(client, fields)
    event.remove(db.engine, "before_cursor_execute", listen)
    assert answer.status_code == 303
    return len(told)


def page_of(client: FlaskClient, purchase: Purchase, language: str = "fr") -> str:
    return text_of(client.get(f"/{language}/orders/{purchase.number}?key={purchase.key}"))


def code_sent() -> str:
    db.session.rollback()
    body = db.session.scalars(select(Letter.body).where(Letter.bound == "order").order_by(Letter.id.desc())).first() or ""
    return re.findall(r": (\d{6})\b", body)[0]


@pytest.mark.parametrize(
    ("language", "waits", "button", "confirmed"),
    [
        ("fr", "Cette commande attend votre confirmation", "Confirmer la commande", "Votre commande est confirmée."),
        ("ar", "هذه الطلبية في انتظار تأكيدكم", "تأكيد الطلبية", "طلبيتكم مؤكدة"),
        ("en", "This order waits for your confirmation", "Confirm the order", "Your order is confirmed."),
    ],
)
@pytest.mark.usefixtures("limited")
def test_a_guest_types_the_code(
    app: Flask, client: FlaskClient, oil: int, language: str, waits: str, button: str, confirmed: str
) -> None:
    purchase = orders_much(client, oil, language=language)
    page = page_of(client, purchase, language)
    assert [words for words in (waits, button, "nadia@example.org") if words not in page] == []
    assert stock_of(oil) == (700, 650)
    code, address = code_sent(), f"/{language}/orders/{purchase.number}/confirm"
    wrong = post(client, address, key=purchase.key, code="1" if code != "000001" else "2")
    assert (wrong.status_code, "aria-invalid" in wrong.get_data(as_text=True)) == (422, True)
    for _ in range(2):
        assert post(client, address, key=purchase.key, code=f" {code[:3]} {code[3:]} ").status_code == 303
    assert confirmed in page_of(client, purchase, language)
    assert waits not in page_of(client, purchase, language)
    assert [order.commercial for order in orders_by(purchase.id)] == ["placed"]
    assert (stock_of(oil), problems(app)) == ((650, 650), [])


@pytest.mark.usefixtures("limited")
def test_only_who_has_the_key_confirms_drops_or_asks_for_a_code(client: FlaskClient, oil: int) -> None:
    purchase = orders_much(client, oil)
    code, sent = code_sent(), count(Letter)
    for step in ("confirm", "code", "give-up"):
        for key in ("", "another-key"):
            assert post(client, f"/fr/orders/{purchase.number}/{step}", key=key, code=code).status_code == 404
    assert (count(Letter), stock_of(oil)) == (sent, (700, 650))
    assert post(client, f"/fr/orders/{purchase.number}/code", key=purchase.key).status_code == 303
    assert (count(Letter), code_sent() != code) == (sent + 1, True)
    assert post(client, f"/fr/orders/{purchase.number}/give-up", key=purchase.key).status_code == 303
    assert "Non confirmée" in page_of(client, purchase)
    assert stock_of(oil) == (700, 700)


@pytest.mark.usefixtures("limited")
def test_the_cooperative_sees_that_it_waits_packs_nothing_and_calls(app: Flask, client: FlaskClient, oil: int) -> None:
    purchase = orders_much(client, oil)
    sign_in(client, 1)
    (order,) = orders_by(purchase.id)
    base = "/fr/sell/tifawin/orders"
    assert order.number in text_of(client.get(f"{base}?state=to-confirm"))
    assert order.number not in text_of(client.get(base))
    page = text_of(client.get(f"{base}/{order.number}"))
    said = (
        "En attente de la confirmation de l’acheteur",
        "Ne préparez rien encore",
        "Confirmée par téléphone",
        "+212612345678",
    )
    assert [words for words in said if words not in page] == []
    assert "Accepter la commande" not in page
    for action in ("accept", "pack"):
        assert post(client, f"{base}/{order.number}/{action}", version=order.version).status_code == 409
    assert post(client, f"{base}/{order.number}/place", version=order.version).status_code == 303
    assert "Accepter la commande" in text_of(client.get(f"{base}/{order.number}"))
    assert (stock_of(oil), problems(app)) == ((650, 650), [])


@pytest.mark.usefixtures("limited")
def test_without_a_mail_address_and_a_gateway_the_cooperative_will_call(
    app: Flask, client: FlaskClient, oil: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    purchase_page = orders_much(client, oil, mail="")
    assert 'name="code"' in client.get(f"/fr/orders/{purchase_page.number}?key={purchase_page.key}").get_data(as_text=True)
    monkeypatch.setitem(app.config, "DEMO", False)
    purchase = orders_much(client, oil, mail="")
    page = page_of(client, purchase)
    assert "La coopérative vous appellera pour la confirmer :" in page
    assert "Un code a été envoyé" not in page
    assert 'name="code"' not in client.get(f"/fr/orders/{purchase.number}?key={purchase.key}").get_data(as_text=True)


@pytest.mark.usefixtures("limited")
def test_the_fourth_that_would_wait_is_refused_and_nothing_is_lost(client: FlaskClient, oil: int) -> None:
    for _ in range(3):
        orders_much(client, oil)
        sign_out(client)
    fills(client, oil, 1)
    answer = place(client, recap(client))
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "3600")
    assert "vous attendent déjà" in text_of(answer)
    assert (count(Purchase), stock_of(oil)) == (3, (700, 550))
    assert "Votre panier est vide" not in text_of(client.get("/fr/basket"))


@pytest.mark.parametrize(
    ("most", "stands"), [(-1, "placed"), (0, "unconfirmed"), (15_000, "placed"), (14_999, "unconfirmed")]
)
@pytest.mark.usefixtures("limited")
def test_the_setting_says_how_much_is_taken_at_once(
    app: Flask, client: FlaskClient, oil: int, monkeypatch: pytest.MonkeyPatch, most: int, stands: str
) -> None:
    monkeypatch.setitem(app.config, "UNCONFIRMED_CASH", most)
    purchase = orders_much(client, oil, 1)
    assert [order.commercial for order in orders_by(purchase.id)] == [stands]


@pytest.mark.usefixtures("limited")
def test_the_checkout_asks_two_statements_more_for_its_limits(app: Flask, client: FlaskClient, oil: int) -> None:
    counted = []
    for limits in (False, True):
        app.config["RATE_LIMITS"] = limits
        fills(client, oil, 1)
        counted.append(statements_of(client, recap(client)))
    lock = db.engine.dialect.name == "postgresql"  # where writers are not alone, words are locked
    assert counted[1] - counted[0] == 2 + lock
