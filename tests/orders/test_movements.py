"""Every change of a stock is written down with who, why and when, in one transaction with the change."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade
from sqlalchemy import select, text

from app.accounts.models import Organisation, Person
from app.engines.counters import Short, take
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import Invalid, NotAllowed, NotFound, Refusal
from catalog.models import Product, StockMovement
from catalog.queries import STOCK
from catalog.queries.movements import unexplained_stock
from catalog.rules.facts import ProductFacts, VariantFacts
from catalog.services import stock
from catalog.services.products import edit_product
from catalog.services.stock import move_stock
from catalog.services.variants import count_stock
from orders.services.fulfilment import cancel_as_buyer
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.dying import killed_at
from tests.builders.orders import a_purchase, a_variant, orders_of, problems, stock_of, takes
from tests.engines.together import at_once


@pytest.fixture
def oil(shop: Organisation) -> int:
    return a_variant(shop.id, 12_000, 10)


def moved(variant_id: int) -> list[tuple[str, int, int | None, str | None]]:
    """(why, by how much, by whom, which order) of every change, oldest first."""
    db.session.rollback()
    rows = db.session.execute(
        select(StockMovement.reason, StockMovement.change, StockMovement.person_id, StockMovement.reference)
        .where(StockMovement.variant_id == variant_id)
        .order_by(StockMovement.id)
    )
    return [tuple(row) for row in rows]


def within(act: Callable[..., Any], *given: Any) -> Any:
    with transaction():
        return act(*given)


def test_the_whole_life_of_a_jar_is_written_down(app: Flask, chair: Person, shop: Organisation, oil: int) -> None:
    who, me, shop_id = actor_of(chair), chair.id, shop.id
    purchase = a_purchase({oil: 3}, "cash")
    within(count_stock, who, shop_id, {oil: 6}, {oil: 7})
    within(move_stock, who, shop_id, oil, "broken", 2)
    within(move_stock, who, shop_id, oil, "made", 12)
    order = orders_of(purchase)[0]
    takes(who, order, "refuse")
    assert moved(oil) == [
        ("counted", 10, None, None),
        ("sold", -3, None, f"{purchase.number}-1"),
        ("counted", -1, me, None),
        ("broken", -2, me, None),
        ("made", 12, me, None),
        ("returned", 3, me, f"{purchase.number}-1"),
    ]
    assert stock_of(oil) == (19, 19)
    assert problems(app) == []


def test_a_card_order_leaves_the_stock_when_it_is_paid_and_no_line_before(app: Flask, shop: Organisation, oil: int) -> None:
    buyer = a_person("Nadia")
    purchase = a_purchase({oil: 2}, "cash", actor_of(buyer))
    a_purchase({oil: 4}, "card", actor_of(buyer))
    assert moved(oil) == [("counted", 10, None, None), ("sold", -2, buyer.id, f"{purchase.number}-1")]
    assert stock_of(oil) == (8, 4)
    order_id, version = orders_of(purchase)[0].id, orders_of(purchase)[0].version
    assert within(cancel_as_buyer, actor_of(buyer), order_id, version)
    assert not within(cancel_as_buyer, actor_of(buyer), order_id, version)
    assert moved(oil)[-1] == ("returned", 2, buyer.id, f"{purchase.number}-1")
    assert len(moved(oil)) == 3
    assert problems(app) == []


def test_each_size_of_a_purchase_bears_the_number_of_its_own_order(app: Flask, shop: Organisation, oil: int) -> None:
    other = a_variant(a_cooperative("Adrar", chair=a_person("Brahim")).id, 5_000, 4)
    purchase = a_purchase({oil: 1, other: 2})
    numbers = {order.organisation_id: order.number for order in orders_of(purchase)}
    assert moved(oil)[-1][1::2] == (-1, numbers[shop.id])
    assert moved(other)[-1][1] == -2
    assert {moved(oil)[-1][3], moved(other)[-1][3]} == set(numbers.values())


def test_a_new_size_is_for_sale_with_what_was_typed_beside_it(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation
) -> None:
    product = a_product(shop.id, "Miel de thym", stock=5)
    size = variant_of(product)
    sign_in(client, chair)
    page = text_of(client.get(f"/fr/sell/tifawin/products/{product}"))
    assert page.count("Combien en avez-vous") == 1
    version = db.session.get_one(Product, product).version
    form: dict[str, object] = {"version": version, "category": "honey", "origin": ""}
    form |= {"v0-id": size, "v0-quantity": "1", "v0-unit": "piece", "v0-price": "120", "v0-active": "y", "v0-stock": "99"}
    form |= {"v1-id": "", "v1-quantity": "500", "v1-unit": "g", "v1-price": "70", "v1-active": "y", "v1-stock": "7"}
    slug = db.session.get_one(Product, product).slug
    assert post(client, f"/fr/sell/tifawin/products/{product}", **form).status_code == 303
    made = db.session.execute(
        select(StockMovement.variant_id, StockMovement.reason, StockMovement.change, StockMovement.person_id)
        .where(StockMovement.variant_id != size)
        .order_by(StockMovement.id)
    ).all()
    assert [tuple(row)[1:] for row in made] == [("counted", 7, chair.id)]
    assert stock_of(made[0][0]) == (7, 7)
    assert stock_of(size) == (5, 5)  # a size that stands is counted on its own page
    assert "500 g" in text_of(client.get(f"/fr/market/products/{slug}"))
    assert "Épuisé" not in text_of(client.get(f"/fr/market/products/{slug}"))


def test_a_change_by_hand_that_cannot_be_changes_nothing(app: Flask, chair: Person, shop: Organisation, oil: int) -> None:
    who, shop_id = actor_of(chair), shop.id
    with transaction():
        take(STOCK, {oil: 4}, "somebody", now().replace(year=2099), now())
    before = moved(oil)
    packer, member, stranger = a_person("Sami"), a_person("Hind"), a_person("Omar")
    joins(packer, shop, "packer")
    joins(member, shop, "member")
    elsewhere = a_variant(a_cooperative("Adrar", chair=stranger).id)
    tried: list[tuple[Any, int, str, int, type[Refusal]]] = [
        (who, oil, "broken", 7, Short),  # six are free, four are being paid for
        (who, oil, "sold", 1, Invalid),
        (who, oil, "counted", 1, Invalid),
        (who, oil, "nonsense", 1, Invalid),
        (who, oil, "made", 0, Invalid),
        (who, oil, "made", 10_000_000, Invalid),
        (who, elsewhere, "made", 1, NotFound),
        (actor_of(member), oil, "made", 1, NotAllowed),
        (actor_of(stranger), oil, "made", 1, NotFound),
    ]
    for actor, variant, reason, number, refusal in tried:
        with pytest.raises(refusal):
            within(move_stock, actor, shop_id, variant, reason, number)
    assert moved(oil) == before
    assert stock_of(oil) == (10, 6)
    within(move_stock, actor_of(packer), shop_id, oil, "broken", 6)
    assert moved(oil)[-1] == ("broken", -6, packer.id, None)
    assert stock_of(oil) == (4, 0)


def test_a_form_sent_twice_is_one_movement_also_at_once(app: Flask, chair: Person, shop: Organisation, oil: int) -> None:
    who, shop_id = actor_of(chair), shop.id
    press = lambda: within(move_stock, who, shop_id, oil, "made", 5, "key-of-a-form")  # noqa: E731  # the same each time
    assert at_once(app, [press, press]) == [None, None]
    press()
    assert moved(oil)[1:] == [("made", 5, chair.id, None)]
    assert stock_of(oil) == (15, 15)
    with pytest.raises(Short):  # what was refused may be sent again, corrected
        within(move_stock, who, shop_id, oil, "lost", 16, "key-of-another")
    within(move_stock, who, shop_id, oil, "lost", 15, "key-of-another")
    assert stock_of(oil) == (0, 0)
    assert problems(app) == []


def test_of_two_who_take_the_last_ones_out_at_once_one_does(app: Flask, chair: Person, shop: Organisation, oil: int) -> None:
    who, shop_id = actor_of(chair), shop.id
    answers = at_once(app, [lambda: within(move_stock, who, shop_id, oil, "lost", 7) for _ in range(2)])
    assert sorted(type(one).__name__ for one in answers) == ["NoneType", "Short"]
    assert [change for _why, change, *_ in moved(oil)] == [10, -7]
    assert stock_of(oil) == (3, 3)


@pytest.mark.parametrize("point", ["stock-counted", "stock-moved"])
def test_killed_half_way_neither_the_stock_nor_its_list_has_changed(
    app: Flask, chair: Person, shop: Organisation, oil: int, point: str
) -> None:
    who, shop_id = actor_of(chair), shop.id
    deed: tuple[Any, ...] = (count_stock, who, shop_id, {oil: 3})
    if point == "stock-moved":
        deed = (move_stock, who, shop_id, oil, "broken", 7)
    assert killed_at(app, point, lambda: within(*deed))
    assert moved(oil) == [("counted", 10, None, None)]
    assert stock_of(oil) == (10, 10)
    within(*deed)
    assert moved(oil)[1:] == [("counted" if point == "stock-counted" else "broken", -7, chair.id, None)]
    assert problems(app) == []


def test_the_check_names_a_size_whose_list_does_not_add_up(
    app: Flask, chair: Person, shop: Organisation, oil: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(unexplained_stock()) == []
    with monkeypatch.context() as without:
        without.setattr(stock, "note", lambda *_given: None)
        within(count_stock, actor_of(chair), shop.id, {oil: 8})
    assert list(unexplained_stock()) == [f"variant {oil}: there are 8, its movements make 10"]


def test_an_older_instance_begins_its_list_with_what_there_is(app: Flask, shop: Organisation, oil: int) -> None:
    empty = a_variant(shop.id, stock=0)
    a_purchase({oil: 4})
    db.session.remove()
    downgrade(revision="20261127_2231")
    with db.engine.begin() as connection:
        assert connection.execute(text("SELECT on_hand FROM counter WHERE subject = :oil"), {"oil": oil}).scalar() == 6
    upgrade()
    assert moved(oil) == [("began", 6, None, None)]
    assert moved(empty) == []
    assert list(unexplained_stock()) == []


def test_the_page_lists_every_change_with_who_and_which_order(
    app: Flask, client: FlaskClient, chair: Person, shop: Organisation, oil: int
) -> None:
    product = db.session.scalars(select(Product.id)).first()
    address = f"/fr/sell/tifawin/products/{product}/stock"
    packer = a_person("Sami Amrani")
    joins(packer, shop, "packer")
    sign_in(client, packer)
    number = a_purchase({oil: 3}, actor=actor_of(a_person("Nadia"))).number
    assert f'href="{address}"' in client.get("/fr/sell/tifawin/stock").get_data(as_text=True)
    key = re.search(r'name="form_key"[^>]*value="(\w{32})"', client.get(address).get_data(as_text=True))
    assert key is not None
    for _ in range(2):
        answer = post(client, address, form_key=key[1], variant=oil, reason="broken", number="2")
        assert answer.status_code == 303
    page = " ".join(re.sub("<[^>]+>", " ", client.get(address).get_data(as_text=True)).split())
    assert "Cassé ou abîmé · Sami Amrani −2" in page
    assert f"Vendu {number}-1 −3" in page
    assert "Nadia" not in page
    for given in ({"form_key": ""}, {"number": ""}, {"reason": "sold"}, {"number": "99"}, {"variant": 999_999}):
        refused = post(client, address, **{"form_key": "another", "variant": oil, "reason": "lost", "number": "1", **given})
        assert refused.status_code in (409, 422), given
    assert [change for _why, change, *_ in moved(oil)] == [10, -3, -2]
    sign_in(client, a_person("Omar"))
    assert client.get(address).status_code in (403, 404)


def test_an_import_says_that_a_file_did_it(app: Flask, chair: Person, shop: Organisation) -> None:
    product = a_product(shop.id, stock=5)
    size, version = variant_of(product), db.session.get_one(Product, product).version
    sizes = [VariantFacts(12_000, stock=5, id=size)]
    within(edit_product, actor_of(chair), product, version, ProductFacts("honey"), sizes)
    assert moved(size) == [("counted", 5, None, None)]  # the same number is no change
