"""Something of each public kind, with a page of its own; and what changes each fact that visitors are shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from flask.testing import FlaskClient
from sqlalchemy import select

from academy.services.courses import withdraw_course
from app.accounts.services.organisations import Words, edit_words
from app.accounts.services.verification import suspend_organisation
from app.engines.counters import consume, take
from app.engines.db import db
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from catalog.models import Product
from catalog.queries.offers import STOCK
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import edit_product, withdraw, write_texts
from catalog.services.variants import count_stock
from catalog.services.zones import ZoneFacts, write_zones
from projectbank.models import Sheet
from projectbank.services.deciding import withdraw_sheet
from tests.builders.academy import a_course
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.catalog import a_product, variant_of
from tests.builders.projectbank import a_sheet

PRICE, STOCKED = 12_000, 9


@dataclass(frozen=True)
class World:
    """Ids and addresses of what there is."""

    office: Actor
    chair: Actor
    shop: int
    honey: int
    variant: int
    sheet: int
    course: int
    addresses: dict[str, str]


def build() -> World:
    office, chair = actor_of(an_operator()), a_person("Aïcha")
    shop = a_cooperative("Tifawin", chair=chair, slug="tifawin")
    honey = a_product(shop.id, "Miel de thym", price=PRICE, stock=STOCKED)
    sheet = a_sheet(a_person("Omar"), "Ruche de montagne")
    course = a_course("Calculer ses marges")
    addresses = {
        "home": "/fr/",
        "market": "/fr/market",
        "dear": "/fr/market?price_min=100",
        "in stock": "/fr/market?in_stock=1",
        "cooperatives": "/fr/cooperatives",
        "projects": "/fr/projects",
        "academy": "/fr/academy",
        "product": f"/fr/market/products/{db.session.scalar(select(Product.slug).where(Product.id == honey))}",
        "cooperative": "/fr/cooperatives/tifawin",
        "feed": "/fr/market/goods.atom",
        "feed of the maker": "/fr/cooperatives/tifawin/goods.atom",
        "sheet": f"/fr/projects/{db.session.scalar(select(Sheet.slug).where(Sheet.id == sheet))}",
        "course": f"/fr/academy/courses/{course.slug}",
    }
    return World(office, actor_of(chair), shop.id, honey, variant_of(honey), sheet, course.id, addresses)


def product_of(it: World) -> Product:
    return db.session.get_one(Product, it.honey)


def a_price(it: World, price: int = 9_900) -> None:
    variants = [replace(VariantFacts(price), id=it.variant)]
    edit_product(SYSTEM, it.honey, product_of(it).version, ProductFacts("honey"), variants)


def few_left(it: World) -> None:
    count_stock(it.chair, it.shop, {it.variant: 4})


def held(it: World, count: int = STOCKED) -> None:
    take(STOCK, {it.variant: count}, "purchase:1", now() + timedelta(minutes=30), now())


def sold(it: World) -> None:
    held(it)
    consume("purchase:1")


def a_name_of_goods(it: World, name: str = "Miel de jujubier") -> None:
    write_texts(SYSTEM, it.honey, product_of(it).version, {"fr": TextFacts(name)})


def goods_withdrawn(it: World) -> None:
    withdraw(SYSTEM, it.honey)


def suspended(it: World) -> None:
    suspend_organisation(it.office, it.shop, "Papers are missing.", now())


def words_of_a_cooperative(it: World, name: str = "Coopérative Tafraout") -> None:
    edit_words(it.chair, it.shop, "fr", Words(name, "Nous cueillons.", "Depuis dix ans."))


def delivery(it: World, fee: int = 7_700) -> None:
    write_zones(it.chair, it.shop, [ZoneFacts("delivery", ("MA-09",), fee, 3, 9)])


def sheet_withdrawn(it: World) -> None:
    withdraw_sheet(it.office, it.sheet, db.session.get_one(Sheet, it.sheet).version, "Old figures.")


def course_withdrawn(it: World) -> None:
    withdraw_course(it.office, it.course)


GOODS = ("home", "market", "product", "cooperative")
FEEDS = ("feed", "feed of the maker")
FACTS: dict[str, tuple[Callable[[World], None], tuple[str, ...]]] = {
    "a price": (a_price, (*GOODS, *FEEDS, "dear")),
    "few left": (few_left, ("product",)),
    "held by buyers": (held, ("product", "in stock")),
    "sold out": (sold, (*GOODS, "in stock")),
    "a name of goods": (a_name_of_goods, (*GOODS, *FEEDS)),
    "goods withdrawn": (goods_withdrawn, (*GOODS, *FEEDS, "cooperatives")),
    "a cooperative suspended": (suspended, (*GOODS, *FEEDS, "cooperatives")),
    "words of a cooperative": (words_of_a_cooperative, (*GOODS, *FEEDS, "cooperatives")),
    "delivery": (delivery, ("product", "cooperative")),
    "a sheet withdrawn": (sheet_withdrawn, ("home", "projects", "sheet")),
    "a course withdrawn": (course_withdrawn, ("home", "academy", "course")),
}


def body(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code in (200, 404), address
    return answer.get_data(as_text=True)


def settle(client: FlaskClient, address: str) -> str:
    """Asked until it is kept."""
    return [body(client, address) for _ in range(3)][-1]
