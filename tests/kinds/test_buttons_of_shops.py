"""A button of orders and goods stands exactly where the house agrees to it: for each state, for each role."""

from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest
from flask import Flask

from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.transactions import transaction
from catalog.models import DeliveryZone, Product, ProductPicture
from orders.models import Order, Purchase
from orders.rules.states import DECIDING, HANDLING
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.orders import a_purchase, orders_of, takes
from tests.builders.payments import a_payable
from tests.kinds.pressing import Button, Stage
from tests.kinds.written import Page, check_written, standing_still
from tests.schema import empty_tables

pytestmark = pytest.mark.sqlite_only
STEPS = sorted(DECIDING | HANDLING)
ROLES = ("chair", "seller", "packer", "treasurer", "member")
OTHERS = ("seller", "treasurer", "member", "neighbour")
WALKS: dict[str, tuple[str, ...]] = {
    "new": (),
    "accepted": ("accept",),
    "packed": ("accept", "pack"),
    "shipped": ("accept", "pack", "ship"),
    "failed": ("accept", "pack", "ship", "fail"),
    "delivered": ("accept", "pack", "ship", "hand-over"),
    "refused": ("refuse",),
    "cancelled": ("accept", "cancel"),
    "collected": ("accept", "pack", "hand-over"),
    "to collect": ("accept", "pack"),
}
PICKED_UP = ("collected", "to collect")


class Shops:
    """Two cooperatives, an order in every state, a product in every state, a purchase that waits for its card."""

    def __init__(self) -> None:
        self.people: dict[str, Any] = {role: a_person(role.title()) for role in ROLES}
        self.people |= {"buyer": a_person("Nadia"), "stranger": a_person("Karim"), "office": an_operator()}
        self.people["neighbour"] = a_person("Brahim")
        self.shop = a_cooperative("Tifawin", chair=self.people["chair"])
        for role in ROLES[1:]:
            joins(self.people[role], self.shop, role)
        a_cooperative("Assif", chair=self.people["neighbour"])
        self.oil = variant_of(a_product(self.shop.id, "Huile", stock=100))
        self.orders: dict[str, Order] = {}
        buyer = actor_of(self.people["buyer"])
        self.pending = a_purchase({self.oil: 1}, "card", buyer)
        for name, walk in WALKS.items():
            if name in PICKED_UP:
                self._collects()
            self.orders[name] = self._walked(a_purchase({self.oil: 1}, "cash", buyer), walk)
        self.guest = a_purchase({self.oil: 1})
        self.purchases = {name: db.session.get_one(Purchase, order.purchase_id) for name, order in self.orders.items()}
        self.goods = {state: self._product(state) for state in ("draft", "published", "withdrawn")}
        a_payable(reference=900)

    def _collects(self) -> None:
        """From now on the goods are collected at the cooperative's own place."""
        with transaction() as session:
            if session.query(DeliveryZone).count() == 0:
                zone = DeliveryZone(
                    organisation_id=self.shop.id, position=1, kind="pickup", regions=[], place="Souk", fee=0, currency="MAD"
                )
                zone.free_from, zone.days_min, zone.days_max = None, 0, 1
                session.add(zone)

    def _walked(self, purchase: Purchase, walk: tuple[str, ...]) -> Order:
        chair = actor_of(self.people["chair"])
        for action in walk:
            takes(chair, orders_of(purchase)[0], action)
        return orders_of(purchase)[0]

    def _product(self, state: str) -> int:
        made = a_product(self.shop.id, f"Savon {state}", published=False)
        with transaction() as session:
            session.get_one(Product, made).state = state
            for place in (1, 2):
                session.add(
                    ProductPicture(product_id=made, position=place, stem=f"pictures/ab/cd{made}x{place}", width=9, height=9)
                )
        return made


@pytest.fixture(scope="module")
def shops(_house: Flask) -> Iterator[Shops]:
    with _house.app_context(), standing_still():
        empty_tables(_house.config["INSTANCE"] / "empty.db")
        shops = Shops()
        shops.numbers = {name: (order.number, order.version) for name, order in shops.orders.items()}
        shops.slug = shops.shop.slug
        shops.open = {name: (one.number, one.key) for name, one in shops.purchases.items()}
        shops.open |= {name: (one.number, one.key) for name, one in (("pending", shops.pending), ("guest", shops.guest))}
        shops.waiting = [(one.number, one.version) for one in (*orders_of(shops.pending), *orders_of(shops.guest))]
        shops.pictures = {
            state: [one.id for one in db.session.query(ProductPicture).filter_by(product_id=made).order_by("position")]
            for state, made in shops.goods.items()
        }
        drain_search()
        shops.stage = Stage(_house, shops.people)
        yield shops
        db.session.remove()


def expected(role: str, stage: str) -> set[str]:
    """The steps a role may take in a stage, told here a second time."""
    steps = {
        "new": {"accept", "refuse"},
        "accepted": {"pack", "cancel"},
        "packed": {"ship", "cancel"},
        "shipped": {"fail", "hand-over"},
        "failed": {"ship", "cancel"},
        "to collect": {"hand-over", "cancel"},
    }.get(stage, set())
    allowed = {"chair": DECIDING | HANDLING, "seller": DECIDING | HANDLING, "packer": HANDLING}.get(role, frozenset())
    return steps & allowed


@pytest.mark.parametrize(("stage", "role"), [*product(WALKS, ("chair", "packer")), *product(("new", "packed"), OTHERS)])
def test_a_step_of_an_order(shops: Any, stage: str, role: str) -> None:
    number, version = shops.numbers[stage]
    page = f"/fr/sell/{shops.slug}/orders/{number}"
    typed = {"version": str(version), "reason": "Épuisé"}
    seen = shops.stage.look(role, page, {action: Button(f"{page}/{action}", {}, typed) for action in STEPS})
    assert (seen.shown, seen.agreed, seen.unknown) == (expected(role, stage), expected(role, stage), [])


CANCELLABLE = {"new", "accepted", "packed", "to collect"}


@pytest.mark.parametrize(
    ("stage", "who"), [*product(WALKS, ("buyer",)), *product(("new", "delivered"), ("stranger", "office", "chair"))]
)
def test_a_buyer_cancels_and_nobody_else(shops: Any, stage: str, who: str) -> None:
    (number, _key), (order, version) = shops.open[stage], shops.numbers[stage]
    page = f"/fr/orders/{number}"
    cancel = Button(f"{page}/cancel", {"order": order}, {"version": str(version)})
    seen = shops.stage.look(who, page, {"cancel": cancel, "give up": Button(f"{page}/give-up")})
    right = {"cancel"} if who == "buyer" and stage in CANCELLABLE else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize(("name", "with_key"), list(product(("pending", "guest"), (True, False))))
@pytest.mark.parametrize("who", ["buyer", "guest", "stranger", "office"])
def test_who_holds_the_key_of_the_letter_acts_as_the_buyer(shops: Any, who: str, name: str, with_key: bool) -> None:
    number, key = shops.open[name]
    order, version = shops.waiting[("pending", "guest").index(name)]
    page, marks = f"/fr/orders/{number}", {"key": key} if with_key else {}
    buttons = {
        "cancel": Button(f"{page}/cancel", {"order": order, **marks}, {"version": str(version)}),
        "give up": Button(f"{page}/give-up", marks),
    }
    seen = shops.stage.look(who, f"{page}?key={key}" if with_key else page, buttons)
    acts = with_key or (name == "pending" and who == "buyer")
    right = {"give up" if name == "pending" else "cancel"} if acts else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


MOVES = {"draft": {"publish", "discard"}, "published": {"withdraw"}, "withdrawn": {"publish", "discard"}}


@pytest.mark.parametrize(("state", "who"), list(product(MOVES, (*ROLES, "neighbour"))))
def test_a_product_comes_and_goes(shops: Any, state: str, who: str) -> None:
    page = f"/fr/sell/{shops.slug}/products/{shops.goods[state]}"
    buttons = {move: Button(f"{page}/{move}") for move in ("publish", "withdraw", "discard")}
    seen = shops.stage.look(who, page, buttons, beside=[page])
    right = MOVES[state] if who in ("chair", "seller") else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


@pytest.mark.parametrize("who", [*ROLES, "neighbour"])
def test_pictures_are_put_first_and_removed(shops: Any, who: str) -> None:
    """The first picture is first already: it is not offered."""
    page = f"/fr/sell/{shops.slug}/products/{shops.goods['draft']}"
    first, second = shops.pictures["draft"]
    buttons = {
        "remove the first": Button(f"{page}/pictures/{first}/remove"),
        "remove the second": Button(f"{page}/pictures/{second}/remove"),
        "put the second first": Button(f"{page}/pictures/{second}/first"),
    }
    moves = [f"{page}/{move}" for move in ("publish", "withdraw", "discard")]
    seen = shops.stage.look(who, f"{page}/pictures", buttons, beside=[*moves, f"{page}/pictures"])
    right = set(buttons) if who in ("chair", "seller") else set()
    assert (seen.shown, seen.agreed, seen.unknown) == (right, right, [])


def pages_to_read(shops: Any) -> dict[str, Page]:
    """An order at every stage and a product in every state, for everybody who reads it differently."""
    home = f"/fr/sell/{shops.slug}"
    draft, listed = (f"{home}/products/{shops.goods[state]}" for state in ("draft", "published"))
    order = {stage: f"{home}/orders/{number}" for stage, (number, _version) in shops.numbers.items()}
    bought = {name: f"/fr/orders/{number}" for name, (number, _key) in shops.open.items()}
    with_key = {name: f"{bought[name]}?key={shops.open[name][1]}" for name in ("pending", "guest")}
    return {
        **{f"order {stage} for the chair": Page("chair", order[stage]) for stage in WALKS},
        **{f"order new for the {role}": Page(role, order["new"]) for role in ("packer", "treasurer", "member")},
        "order refused without a reason": Page("chair", f"{order['new']}/refuse", {"version": "1", "reason": ""}),
        **{f"bought, {name}": Page("buyer", address) for name, address in bought.items()},
        **{f"bought with the key, {name}": Page("guest", address) for name, address in with_key.items()},
        "just bought": Page("buyer", f"{bought['new']}?thanks=1"),
        "just bought by a guest": Page("guest", f"{with_key['guest']}&thanks=1"),
        "bought, for the office": Page("office", bought["new"]),
        "bought, too late to cancel": Page("buyer", f"{bought['shipped']}/cancel", late(shops)),
        "my orders": Page("buyer", "/fr/orders"),
        "no orders": Page("stranger", "/fr/orders"),
        "desk, orders": Page("office", "/fr/desk/orders"),
        "desk, orders found": Page("office", "/fr/desk/orders?q=nothing"),
        "desk": Page("office", "/fr/desk/"),
        **{f"orders {tab}": Page("chair", f"{home}/orders?state={tab}") for tab in ("new", "to-pack", "stopped")},
        "orders found": Page("packer", f"{home}/orders?q=nothing"),
        **{f"dashboard for the {role}": Page(role, f"{home}/") for role in ("chair", "packer", "treasurer")},
        **{f"a {state} product": Page("seller", f"{home}/products/{made}") for state, made in shops.goods.items()},
        "a product with mistakes": Page("seller", draft, {"v0-price": "cher", "v0-stock": "-1", "v0-unit": "g"}),
        **{f"{part} of a product": Page("seller", f"{draft}/{part}") for part in ("pictures", "words?to=ar", "words?to=fr")},
        "pictures of a listed product": Page("seller", f"{listed}/pictures"),
        "a new product": Page("seller", f"{home}/products/new"),
        "a new product with mistakes": Page("seller", f"{home}/products/new", {"title": "", "price": "x"}),
        "products": Page("seller", f"{home}/products"),
        "products on sale": Page("seller", f"{home}/products?state=published"),
        "no products": Page("neighbour", "/fr/sell/assif/products"),
        **{f"stock for the {role}": Page(role, f"{home}/stock") for role in ("seller", "packer")},
        "stock of a product": Page("packer", f"{listed}/stock"),
        "lots of a product": Page("packer", f"{listed}/lots"),
        "lots of a product, for the seller": Page("seller", f"{draft}/lots", {"number": ""}),
        "stock of a product, nothing typed": Page("packer", f"{draft}/stock", {"form_key": "of-a-form", "number": ""}),
        "delivery": Page("chair", f"{home}/delivery"),
        "no delivery": Page("neighbour", "/fr/sell/assif/delivery"),
        "import": Page("chair", f"{home}/products/import"),
        "a product on the market": Page("guest", "/fr/market/products/huile", whole=True),
        "a product on the market in Arabic": Page("buyer", "/ar/market/products/huile"),
        "a cooperative": Page("guest", "/fr/cooperatives/tifawin", whole=True),
        "a cooperative for its chair": Page("chair", "/fr/cooperatives/tifawin"),
        "market": Page("guest", "/fr/market", whole=True),
        "market, nothing found": Page("guest", "/fr/market?q=zzz&price_max=1&in_stock=1"),
        "market, filtered": Page("guest", "/fr/market?q=huile&price_min=1&sort=cheap&cooperative=tifawin"),
        "cooperatives": Page("guest", "/fr/cooperatives"),
        "cooperatives, nothing found": Page("guest", "/fr/cooperatives?region=MA-01&q=zzz"),
        **{f"home for {who}": Page(who, "/fr/", whole=True) for who in ("guest", "buyer", "chair", "office")},
        **{f"path of {who}": Page(who, "/fr/my-path") for who in ("buyer", "chair", "office")},
    }


def late(shops: Any) -> dict[str, str]:
    order, version = shops.numbers["shipped"]
    return {"order": order, "version": str(version)}


def test_pages_of_orders_and_goods_are_as_they_were_written(shops: Any, write_pages: bool) -> None:
    check_written("shops", shops.stage.browsers, pages_to_read(shops), write_pages, shops.stage.ids)
