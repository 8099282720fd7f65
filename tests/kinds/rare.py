"""What a page says only now and then: sold out, not verified, nowhere delivered, mistaken, found instead."""

from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any

from flask import Flask
from sqlalchemy import select, update

from app.accounts.models import Organisation, OrganisationText, Person
from app.engines.db import db
from app.engines.transactions import transaction
from app.kernel.actor import Actor, guest
from app.kernel.clock import now
from app.payments.models import Payable
from catalog.models import DeliveryZone, Lot, Product, Variant
from catalog.services.lots import recall_lot
from orders.models import Order, Purchase
from orders.services.checkout import prepare
from tests.browsing import Browser, post
from tests.builders.accounts import a_cooperative, a_person, actor_of, joins
from tests.builders.catalog import a_product, variant_of
from tests.builders.lots import a_lot
from tests.builders.orders import CASABLANCA, CONTACT, TERMS, a_purchase, a_wish, orders_of, pay_key, puts, takes
from tests.kinds.written import Page

FILE = b"title,price,stock\nMiel,120,3\nSafran,abc,1\nCumin,,2\n"
ASKED = b"Nom,Prix,Prix de la carte\nMiel,12,14\n"
UNCOUNTED = b"title,price\nArgan,120\n"


class RareShops:
    """One cooperative that nobody has verified, one that says little of itself, one that delivers to one region."""

    def __init__(self, house: Flask, shop_id: int, chair: Person) -> None:
        self.people = {name.lower(): a_person(name, f"{name.lower()}@example.org") for name in ("Lonely", "Far", "Hand")}
        a_cooperative("Tifrit", state="submitted", chair=chair, slug="tifrit")
        a_cooperative("Assif", chair=self.people["lonely"], slug="assif")
        near = a_cooperative(
            "Adrar", chair=self.people["far"], slug="adrar", phone="+212528000118", mail="adrar@example.org"
        )
        self.near = near.id
        joins(self.people["hand"], near, "packer")
        self._goods(shop_id)
        self._orders(chair)
        self._lots(near)
        with transaction() as session:
            row = session.get_one(OrganisationText, (near.id, "fr"))
            row.language = "ar"  # it was written in Arabic alone
        self.browsers = {"visitor": self._basket(house, self.herb), "late visitor": self._basket(house, self.tea)}
        self.browsers |= {"guest of a night": self._basket(house, self.night), "with herbs": self._basket(house, self.night)}
        post(self.browsers["with herbs"], "/fr/basket/lines", variant=str(self.herb), quantity="1")

    def _goods(self, shop_id: int) -> None:
        self.henna = a_product(shop_id, "Henné", 2_000, stock=0, barcode="6111234567802", weight_grams=250, sku="HENNE")
        self.draft = a_product(shop_id, "Figues", 2_500, published=False)
        self.empty = a_product(shop_id, "Dattes", None, published=False)
        self.herb = variant_of(a_product(self.near, "Verveine", 4_000, stock=30))
        self.tea_product = a_product(self.near, "Thé", 4_000, stock=1)
        self.tea = variant_of(self.tea_product)
        night = a_product(self.near, "Nuit au gîte", 30_000, stock=9, category="lodging")
        self.night = variant_of(night)
        home = {"organisation_id": self.near, "currency": "MAD", "days_min": 1, "days_max": 2, "position": 1}
        with transaction() as session:
            session.add(DeliveryZone(**home, kind="delivery", regions=[CASABLANCA], fee=2_500))
            self.slugs = {
                name: session.get_one(Product, made).slug
                for name, made in (("henna", self.henna), ("draft", self.draft), ("night", night))
            }

    def _orders(self, chair: Person) -> None:
        far = actor_of(self.people["far"])
        sent = a_purchase({self.herb: 1}, "cash", far)
        for step in ("accept", "pack", "ship"):
            takes(far, orders_of(sent)[0], step)
        self.sent = (sent.number, orders_of(sent)[0].number)
        half = a_purchase({self.herb: 1}, "cash", far)
        for step in ("accept", "pack", "ship"):
            takes(far, orders_of(half)[0], step)
        self.half = (half.number, orders_of(half)[0].number)
        late = a_purchase({self.herb: 1}, "card", far)
        self.pay, self.late = pay_key(late.id), late.number
        waiting = {"by mail": self._waits("mail@example.org", None), "by phone": self._waits(None, "+212612345699")}
        self.waiting = {how: (one.number, one.key) for how, one in waiting.items()}
        self.to_confirm = orders_of(waiting["by mail"])[0].number
        stay = a_purchase({self.night: 1}, "cash", far, asked={self.near: "Samedi, à deux"})
        takes(far, orders_of(stay)[0], "accept")
        self.stay = (stay.number, orders_of(stay)[0].number)
        own = self._waits("far@example.org", None, far)
        self.own = own.number
        with transaction() as session:
            there = {sent.id: ("Amana", "RR12"), half.id: ("Amana", None)}
            for purchase, (carrier, tracking) in there.items():
                session.execute(
                    update(Order).where(Order.purchase_id == purchase).values(carrier=carrier, tracking=tracking or "")
                )
            session.execute(update(Order).where(Order.purchase_id == sent.id).values(delivery_kind="delivery"))
            session.execute(update(Purchase).where(Purchase.id == half.id).values(mail=None))
            session.execute(update(Payable).where(Payable.key == self.pay).values(expires_at=Payable.created_at))

    def _lots(self, near: Organisation) -> None:
        far = self.people["far"]
        jars = a_product(self.near, "Amlou", 5_000, stock=0, category="sweets-spreads")
        size = variant_of(jars)
        self.lots = {code: a_lot(near, far, size, code, days) for code, days in (("L-1", 30), ("L-2", 60), ("L-3", 90))}
        with_lot = orders_of(a_purchase({size: 5}))[0]
        a_purchase({size: 1}, phone=None)
        called = a_purchase({size: 1}, mail=None)
        takes(actor_of(far), orders_of(called)[0], "accept")
        with transaction() as session:
            recall_lot(actor_of(far), self.near, self.lots["L-1"], "Un couvercle mal fermé.")
            session.get_one(Lot, self.lots["L-3"]).sells_until = now()
        self.jars, self.with_lot, self.other_lot = jars, with_lot.number, orders_of(called)[0].number

    def _waits(self, mail: str | None, phone: str | None, actor: Actor | None = None) -> Purchase:
        """A purchase that waits until its buyer has confirmed it."""
        who = actor or guest(f"a guest {mail or phone}")
        puts(who, {self.herb: 1})
        with transaction():
            limited = replace(TERMS, unasked_most=0, sender=f"an address {mail or phone}")
            return prepare(who, a_wish(who, mail=mail, phone=phone), limited)

    def _basket(self, house: Flask, variant: int) -> Browser:
        browser = Browser(house)
        assert post(browser, "/fr/basket/lines", variant=str(variant), quantity="1").status_code == 303
        return browser


def rare_pages(rare: RareShops, goods: Mapping[str, int], stock: int) -> dict[str, Page]:
    """Of the market and its cooperatives, of baskets and orders; `stock` is a variant of Tifawin."""
    home, assif, adrar = "/fr/sell/tifawin", "/fr/sell/assif", "/fr/sell/adrar"
    elsewhere = {**CONTACT, "region": "MA-01", "region_shown": "MA-01", "step": "recap", "method": "cash"}
    night = {**CONTACT, "region": CASABLANCA, "region_shown": CASABLANCA, "step": "recap", "method": "cash", "terms": "y"}
    night |= {f"delivery_{rare.near}": "visit-0", f"asked_{rare.near}": "Samedi, à deux"}
    with_key = {how: f"/fr/orders/{number}?key={key}" for how, (number, key) in rare.waiting.items()}
    row = {"z1-kind": "delivery", "z1-regions": CASABLANCA, "z1-fee": "20", "z1-days_min": "1", "z1-days_max": "2"}
    second = {"z2-kind": "pickup", "z2-place": "Souk", "z2-fee": "0", "z2-days_min": "0", "z2-days_max": "1"}
    count = {f"stock_{stock}": "beaucoup", f"was_{stock}": "3"}
    return {
        "cooperative that nobody has verified": Page("chair", "/fr/cooperatives/tifrit"),
        "cooperative with nothing on sale": Page("guest", "/fr/cooperatives/assif"),
        "cooperative written in Arabic": Page("guest", "/fr/cooperatives/adrar"),
        "henna, sold out": Page("guest", f"/fr/market/products/{rare.slugs['henna']}"),
        "figs, a draft": Page("chair", f"/fr/market/products/{rare.slugs['draft']}"),
        "figs, for others": Page("guest", f"/fr/market/products/{rare.slugs['draft']}"),
        "market of one kind": Page("guest", "/fr/market?category=honey"),
        "market, words that nothing has all of": Page("guest", "/fr/market?q=henné zanzibar"),
        "market, a word misspelt": Page("guest", "/fr/market?q=verveime"),
        "market, suggested": Page("guest", "/fr/market/suggest?q=tifa", whole=True),
        "market, nothing to suggest": Page("guest", "/fr/market/suggest?q=zz", whole=True),
        "goods of an office that is not verified": Page("chair", "/fr/sell/tifrit/products"),
        "a new product of an office that is not verified": Page("chair", "/fr/sell/tifrit/products/new"),
        "stock of nothing": Page("lonely", f"{assif}/stock"),
        "members, nobody invited": Page("lonely", f"{assif}/members"),
        "orders of an office that has none": Page("lonely", f"{assif}/orders"),
        "pictures of a product without": Page("chair", f"{home}/products/{rare.draft}/pictures"),
        "stock, mistaken": Page("chair", f"{home}/stock", count),
        "a product changed meanwhile": Page(
            "chair", f"{home}/products/{goods['Savon']}", {"version": "0", "v0-price": "30"}
        ),
        "a new product, kept kind": Page("chair", f"{home}/products/new", {"category": "honey", "title": "", "price": "x"}),
        "delivery, the first line refused": Page("chair", f"{home}/delivery", {**row, **second, "z1-days_max": "99"}),
        "delivery, the last line refused": Page("chair", f"{home}/delivery", {**row, **second, "z2-place": ""}),
        "delivery, without a region": Page("chair", f"{home}/delivery", {k: v for k, v in row.items() if k != "z1-regions"}),
        "delivery, one line refused": Page("chair", f"{home}/delivery", {**row, "z1-days_max": "99"}),
        "a file of goods, looked at": Page("chair", f"{home}/products/import", in_file("look")),
        "a file of goods, asked about": Page("chair", f"{home}/products/import", in_file("look", ASKED)),
        "a file of goods without a stock": Page("chair", f"{home}/products/import", in_file("look", UNCOUNTED)),
        "a column, said of nothing": Page("chair", f"{home}/products/import/columns", {"c0-column": "Prix", "c0-means": ""}),
        "checkout without an account": Page("visitor", f"/fr/checkout?region={CASABLANCA}"),
        "checkout where nobody delivers": Page("visitor", "/fr/checkout?region=MA-01"),
        "checkout where nobody delivers, sent": Page("visitor", "/fr/checkout", elsewhere),
        "basket of a visitor": Page("visitor", "/fr/basket"),
        "a night": Page("visitor", f"/fr/market/products/{rare.slugs['night']}"),
        "a night in a basket": Page("guest of a night", "/fr/basket"),
        "a night in a basket, with herbs": Page("with herbs", "/fr/basket"),
        "checkout of a night": Page("guest of a night", "/fr/checkout"),
        "summary of a night": Page("guest of a night", "/fr/checkout", night),
        "bought, a night": Page("far", f"/fr/orders/{rare.stay[0]}"),
        "order of a night": Page("far", f"{adrar}/orders/{rare.stay[1]}"),
        "more than there are": Page("late visitor", "/fr/basket/lines", {"variant": str(rare.tea), "quantity": "5"}),
        **{f"to be confirmed {how}": Page("guest", address) for how, address in with_key.items()},
        "to be confirmed, a wrong code": Page("guest", with_key["by mail"].replace("?", "/confirm?"), code_of(rare)),
        "to be confirmed, one's own": Page("far", f"/fr/orders/{rare.own}"),
        "to be confirmed, for the office": Page("office", f"/fr/orders/{rare.waiting['by mail'][0]}"),
        "order to be confirmed": Page("far", f"{adrar}/orders/{rare.to_confirm}"),
        "lots": Page("far", f"{adrar}/products/{rare.jars}/lots"),
        "lots, for who packs": Page("hand", f"{adrar}/products/{rare.jars}/lots"),
        "lots of what has none": Page("far", f"{adrar}/products/{rare.tea_product}/lots"),
        "lots, mistaken": Page("far", f"{adrar}/products/{rare.jars}/lots", {"form_key": "k" * 32, "number": "0"}),
        "days to keep, mistaken": Page("far", f"{adrar}/products/{rare.jars}/lots/days", {"days": "many"}),
        **{f"lot {code}": Page("far", f"{adrar}/lots/{lot}") for code, lot in rare.lots.items()},
        "lot L-2, for who packs": Page("hand", f"{adrar}/lots/{rare.lots['L-2']}"),
        "lot L-2, miscounted": Page("far", f"{adrar}/lots/{rare.lots['L-2']}/count", {"seen": "5", "number": "-1"}),
        "lot L-2, recalled without a reason": Page("far", f"{adrar}/lots/{rare.lots['L-2']}/recall", {"reason": ""}),
        "order out of a recalled lot": Page("far", f"{adrar}/orders/{rare.with_lot}"),
        "order out of a lot": Page("far", f"{adrar}/orders/{rare.other_lot}"),
        "orders to confirm": Page("far", f"{adrar}/orders?state=to-confirm"),
        "order sent by a carrier": Page("far", f"{adrar}/orders/{rare.sent[1]}"),
        "order sent without a number": Page("far", f"{adrar}/orders/{rare.half[1]}"),
        "order, a step that is over": Page("far", f"{adrar}/orders/{rare.sent[1]}/accept", {"version": "1"}),
        "bought, sent by a carrier": Page("far", f"/fr/orders/{rare.sent[0]}"),
        "bought, sent without a number": Page("far", f"/fr/orders/{rare.half[0]}"),
        "to pay, too late": Page("far", f"/fr/pay/{rare.pay}"),
        "bought, to pay too late": Page("far", f"/fr/orders/{rare.late}"),
        "a file of goods, written": Page("chair", f"{home}/products/import", in_file("write")),
    }


def in_file(step: str, content: bytes = FILE) -> dict[str, Any]:
    return {"file": (BytesIO(content), "goods.csv"), "format": "auto", "step": step}


def code_of(rare: RareShops) -> dict[str, str]:
    return {"key": rare.waiting["by mail"][1], "code": "000000"}


def a_size_of(product_id: int) -> int:
    """The id of a variant of it."""
    return db.session.scalars(select(Variant.id).where(Variant.product_id == product_id).order_by(Variant.id)).first() or 0
