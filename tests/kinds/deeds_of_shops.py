"""The deeds of payments, the catalogue and orders."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import select

from app.accounts.models import Code, LongWorkUnderWay
from app.accounts.services import long_work as long_work_services
from app.engines import counters
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.engines.long_work import Portion, packed
from app.engines.mail import Letter
from app.engines.place import today
from app.kernel.actor import SYSTEM, Actor, guest
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.money import Money
from app.payments.gateway import PaymentState, RefundState
from app.payments.models import Payable, Payment, Refund
from app.payments.services import alarms, payables, settlement
from catalog.gateway.goods import Goods
from catalog.models import Lot, Product
from catalog.queries.lots import LOT
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services import bulk, importing, lots, mappings, products, stock, variants, zones
from orders.models import Basket, Order, Purchase
from orders.services import basket, checkout, confirming, fulfilment, placing, recalls
from tests.builders.orders import TERMS, a_wish
from tests.kinds.deeds import Deed, Line, Prepare, deed, latest, line
from tests.kinds.world import SESSION, World, later, organisation

PRICE = 12_000
FEE = 3_000


def version_of(table: Any, id_: int) -> int:
    return db.session.get_one(table, id_, populate_existing=True).version


# payments


def asks_payment(world: World) -> Deed:
    buyer = world.actor("buyer")
    call = partial(payables.ask_for_payment, buyer, "test", 7, Money(500, "MAD"), "T-7", "/fr/", later())
    return deed(buyer, call, "ask-payment", "payable", amount=500, currency="MAD")


def begins_visit(world: World) -> Deed:
    buyer, payable = world.actor("buyer"), world["card_payable"]
    call = partial(payables.begin_visit, buyer, payable)
    return deed(buyer, call, "begin-payment", "payment", latest(Payment), payable=payable)


def money_comes(world: World) -> None:
    state = PaymentState(SESSION, "paid", "pi_1", PRICE + FEE, "MAD", None)
    settlement.finalise(state)
    db.session.flush()


def closes_payable(world: World) -> Deed:
    buyer, payable = world.actor("buyer"), world["card_payable"]

    def lines(_: object) -> list[Line]:
        return [line(buyer, "close-payable", "payable", payable), *abandoned(world)]

    return Deed(partial(payables.close_payable, buyer, payable), lines)


def abandoned(world: World) -> list[Line]:
    """What the house notes when a card purchase is not paid."""
    order, purchase = world["card_order"], world["card"]
    return [
        line(SYSTEM, "abandon-order", "order", order, organisation=world["ours"]),
        line(SYSTEM, "abandon-purchase", "purchase", purchase),
    ]


def refunds(service: str) -> Prepare:
    def prepare(world: World) -> Deed:
        office = world.actor("office")
        money_comes(world)
        given = ("purchase", world["paid"]) if service == "refund_purchase" else (world["payment"],)
        call = partial(getattr(settlement, service), office, *given, Money(500, "MAD"), "a-refund")
        return deed(office, call, "ask-refund", "refund", latest(Refund), payment=world["payment"], amount=500)

    return prepare


def receives(world: World) -> Deed:
    """No actor asks for it: the provider says that the money is there."""
    order, purchase, payment = world["paid_order"], world["paid"], world["payment"]

    def lines(_: object) -> list[Line]:
        facts = {"payable": world["paid_payable"], "amount": PRICE + FEE}
        return [
            line(SYSTEM, "receive-payment", "payment", payment, **facts),
            line(SYSTEM, "place-order", "order", order, organisation=world["ours"]),
            line(SYSTEM, "settle-purchase", "purchase", purchase, placed=1, missed=0),
        ]

    return Deed(partial(money_comes, world), lines)


def refund_ends(status: str, verb: str) -> Prepare:
    def prepare(world: World) -> Deed:
        money_comes(world)
        settlement.ask_refund(SYSTEM, world["payment"], Money(500, "MAD"), "a-refund")
        refund = latest(Refund)()
        state = RefundState("re_1", "pi_1", status, 500, "MAD")  # type: ignore[arg-type]
        return deed(SYSTEM, partial(settlement.note_refund, refund, state), verb, "refund", refund)

    return prepare


# catalogue


def creates_product(world: World) -> Deed:
    seller, ours = world.actor("seller"), world["ours"]
    words, goods = {"fr": TextFacts("Cumin")}, [VariantFacts(900, stock=3)]
    call = partial(products.create_product, seller, ours, words, goods, ProductFacts())
    return deed(seller, call, "create-product", "product", organisation=ours)


def of_product(verb: str, name: str, call: Callable[[Actor, World, int], Any], **facts: object) -> Prepare:
    def prepare(world: World) -> Deed:
        seller, product = world.actor("seller"), world[name]
        told = {key: value(world) if callable(value) else value for key, value in facts.items()}
        return deed(seller, partial(call, seller, world, product), verb, "product", product, **told)

    return prepare


def edits(actor: Actor, world: World, product: int) -> None:
    goods = [VariantFacts(13_000, id=world["variant"])]
    products.edit_product(actor, product, version_of(Product, product), ProductFacts("argan-oil"), goods)


def rewords(actor: Actor, world: World, product: int) -> None:
    products.write_texts(actor, product, version_of(Product, product), {"ar": TextFacts("زيت")})


def counts(world: World) -> Deed:
    packer, variant = world.actor("packer"), world["variant"]
    call = partial(variants.count_stock, packer, world["ours"], {variant: 77})
    return deed(packer, call, "count-stock", "variant", variant, on_hand=77)


def moves_stock(world: World) -> Deed:
    packer, variant = world.actor("packer"), world["variant"]
    call = partial(stock.move_stock, packer, world["ours"], variant, "broken", 3)
    return deed(packer, call, "move-stock", "variant", variant, reason="broken", change=-3)


def a_lot(world: World) -> int:
    """A lot of the goods that are there."""
    day = today() + timedelta(days=90)
    lots.receive_lot(world.actor("packer"), world["ours"], world["variant"], "L-7", day, 5, "key-of-a-lot")
    return db.session.scalars(select(Lot.id).where(Lot.code == "L-7")).one()


def receives_lot(world: World) -> Deed:
    lot, day, variant = a_lot(world), today() + timedelta(days=90), world["variant"]
    packer = world.actor("packer")
    call = partial(lots.receive_lot, packer, world["ours"], variant, "L-7", day, 4, "another-key")
    return deed(packer, call, "receive-lot", "lot", lot, variant=variant, number=4)


def counts_lot(world: World) -> Deed:
    packer, lot = world.actor("packer"), a_lot(world)
    return deed(packer, partial(lots.count_lot, packer, world["ours"], lot, 77, None), "count-lot", "lot", lot, on_hand=77)


def says_shelf_days(world: World) -> Deed:
    seller, product = world.actor("seller"), world["product"]
    call = partial(lots.set_shelf_days, seller, world["ours"], product, 30)
    return deed(seller, call, "set-shelf-days", "product", product, days=30)


def recalls_lot(world: World) -> Deed:
    seller, lot = world.actor("seller"), a_lot(world)
    gone = counters.on_hand_for_update(LOT, lot)
    call = partial(lots.recall_lot, seller, world["ours"], lot, "Glass in a jar")
    return deed(seller, call, "recall-lot", "lot", lot, gone=gone)


def tells_of_recall(world: World) -> Deed:
    seller, lot = world.actor("seller"), a_lot(world)
    lots.recall_lot(seller, world["ours"], lot, "Glass in a jar")
    return deed(seller, partial(recalls.ask_to_tell, seller, world["ours"], lot), "tell-of-recall", "lot", lot)


def ends_lot(world: World) -> Deed:
    office, lot = world.actor("office"), a_lot(world)
    gone = counters.free_for_update(LOT, [lot], now())[lot]
    db.session.get_one(Lot, lot).sells_until = now()
    db.session.flush()
    return deed(office, partial(lots.end_lot, office, lot), "end-lot", "lot", lot, gone=gone)


def says_columns(world: World) -> Deed:
    seller, ours = world.actor("seller"), world["ours"]
    call = partial(mappings.remember_columns, seller, ours, "0" * 64, {"price": "Prix public", "title": "Article"})
    return deed(seller, call, "remember-columns", "organisation", ours, columns=2)


def writes_zones(world: World) -> Deed:
    seller, ours = world.actor("seller"), world["ours"]
    table = [zones.ZoneFacts("delivery", ("MA-06",), 2_000, 1, 2), zones.ZoneFacts("pickup", (), 0, 0, 1, place="Souk")]
    call = partial(zones.write_zones, seller, ours, table)
    return deed(seller, call, "write-delivery-zones", "organisation", ours, zones=2)


def lists_in_bulk(world: World) -> Deed:
    one = bulk.BulkProduct(world["ours"], "cumin", {"fr": TextFacts("Cumin")}, [VariantFacts(900, sku="C")], ProductFacts())
    call = partial(bulk.list_in_bulk, SYSTEM, [one])
    return deed(SYSTEM, call, "list-products-in-bulk", "product", latest(Product), count=1)


def waives_in_bulk(world: World) -> Deed:
    call = partial(bulk.waive_in_bulk, SYSTEM, [world["ours"]], "Inventé")
    return deed(SYSTEM, call, "waive-proofs-in-bulk", "proof", None, count=1)


def imports_goods(world: World) -> Deed:
    """Each product of a file leaves the lines of what was done with it."""
    seller, ours = world.actor("seller"), world["ours"]
    row = Goods(2, "handle:cumin", "only", texts={"fr": TextFacts("Cumin")}, price=900, stock=3)

    def lines(_: object) -> list[Line]:
        made = latest(Product)()
        return [
            line(seller, "create-product", "product", made, organisation=ours),
            line(seller, "publish-product", "product", made),
        ]

    return Deed(partial(importing.import_batch, seller, ours, [[row]], own=False, known={}), lines)


def writes_anew(world: World) -> Deed:
    """What a file says of goods that stand: facts, words and that they are no more for sale; a line each."""
    seller, product = world.actor("seller"), db.session.get_one(products.Product, world["product"])
    said = {"fr": TextFacts("Huile d’argane")}
    sizes = [VariantFacts(900, id=world["variant"])]
    call = partial(
        products.rewrite_product, seller, product, organisation(world, "ours"), ProductFacts(), sizes, said, "withdraw"
    )
    verbs = ("edit-product", "write-product-texts", "withdraw-product")
    return Deed(call, lambda _: [line(seller, verb, "product", product.id) for verb in verbs])


def long_work(do: str) -> Prepare:
    """A large file of goods, sent and called off."""

    def prepare(world: World) -> Deed:
        seller, ours, asked = world.actor("seller"), world["ours"], latest(LongWorkUnderWay)
        pieces = packed([Portion(1, {"own": False, "known": {}, "rows": []})])
        begin = partial(long_work_services.begin_long_work, seller, "catalog.import", ours, pieces, later())
        if do == "begin-long-work":
            return deed(seller, begin, do, "organisation", ours, work=asked)
        begin()
        if do == "cancel-long-work":
            call = partial(long_work_services.cancel_long_work, seller, asked(), later())
            return deed(seller, call, do, "organisation", ours, work=asked, done=0)
        stopped = Invalid("long-work-broke") if do == "stopped-long-work" else None
        call = partial(long_work_services.end_long_work, asked(), stopped, later())
        return deed(SYSTEM, call, do, "organisation", ours, work=asked, done=0)

    return prepare


# orders


def puts_in(world: World) -> Deed:
    buyer, variant = world.actor("buyer"), world["variant"]
    call = partial(basket.add, buyer, variant, 2)
    return deed(buyer, call, "put-in-basket", "basket", latest(Basket), variant=variant, count=2)


def changes_basket(count: int) -> Prepare:
    def prepare(world: World) -> Deed:
        buyer, variant = world.actor("buyer"), world["variant"]
        basket.add(buyer, variant, 2)
        db.session.flush()
        call = partial(basket.change, buyer, variant, count)
        return deed(buyer, call, "change-basket", "basket", latest(Basket)(), variant=variant, count=count)

    return prepare


def merges_basket(world: World) -> Deed:
    founder, visitor = world.actor("founder"), guest("a-visitor-who-signs-in")
    basket.add(visitor, world["variant"], 1)
    db.session.flush()
    return deed(founder, partial(basket.merge, founder, visitor.guest or ""), "merge-basket", "basket", latest(Basket))


def buys(method: str) -> Prepare:
    def prepare(world: World) -> Deed:
        buyer = world.actor("founder")
        basket.add(buyer, world["variant"], 2)
        db.session.flush()
        total = 2 * PRICE + FEE
        wish = a_wish(buyer, method, total=total)

        def lines(purchase: Purchase) -> list[Line]:
            found = [line(buyer, "place-purchase", "purchase", purchase.id, method=method, total=total)]
            if method == "cash":
                order = latest(Order)()
                return [*found, line(buyer, "place-order", "order", order, organisation=world["ours"])]
            payable = latest(Payable)()
            return [*found, line(buyer, "ask-payment", "payable", payable, amount=total, currency="MAD")]

        return Deed(partial(checkout.prepare, buyer, wish, TERMS), lines)

    return prepare


def waits(world: World) -> Purchase:
    """A guest's purchase that waits for its buyer, by mail."""
    visitor = world.actor("guest")
    basket.add(visitor, world["variant"], 2)
    db.session.flush()
    limited = replace(TERMS, unasked_most=0, sender="an-address")
    purchase = checkout.prepare(visitor, a_wish(visitor, total=2 * PRICE + FEE), limited)
    db.session.flush()
    return purchase


def begins_to_wait(world: World) -> Deed:
    visitor, total = world.actor("guest"), 2 * PRICE + FEE
    basket.add(visitor, world["variant"], 2)
    db.session.flush()
    wish, limited = a_wish(visitor, total=total), replace(TERMS, unasked_most=0, sender="an-address")

    def lines(purchase: Purchase) -> list[Line]:
        return [
            line(visitor, "place-purchase", "purchase", purchase.id, method="cash", total=total),
            line(visitor, "wait-order", "order", latest(Order)(), organisation=world["ours"]),
            line(visitor, "ask-code", "code", latest(Code)(), purpose="order"),
        ]

    return Deed(partial(checkout.prepare, visitor, wish, limited), lines)


def another_code(world: World) -> Deed:
    visitor, purchase = world.actor("guest"), waits(world)
    call = partial(confirming.send_code_again, visitor, purchase.id)
    return deed(visitor, call, "ask-code", "code", latest(Code), purpose="order")


def confirms(world: World) -> Deed:
    visitor, purchase = world.actor("guest"), waits(world)
    order, body = latest(Order)(), db.session.scalars(select(Letter.body).order_by(Letter.id.desc())).first()
    code = re.findall(r": (\d{6})\b", body or "")[0]

    def lines(_: object) -> list[Line]:
        return [
            line(visitor, "confirm-purchase", "purchase", purchase.id),
            line(visitor, "place-order", "order", order, organisation=world["ours"]),
        ]

    return Deed(partial(confirming.confirm_by_code, visitor, purchase.id, code), lines)


def answers(action: str) -> Prepare:
    def prepare(world: World) -> Deed:
        packer, _purchase = world.actor("packer"), waits(world)
        order, verbs = latest(Order)(), ["lapse-order"] if action == "lapse" else ["confirm-by-phone", "place-order"]

        def lines(_: object) -> list[Line]:
            return [line(packer, verb, "order", order, organisation=world["ours"]) for verb in verbs]

        return Deed(partial(confirming.answer_for_buyer, packer, order, action, version_of(Order, order)), lines)

    return prepare


def drops(world: World) -> Deed:
    visitor, purchase = world.actor("guest"), waits(world)
    order = latest(Order)()
    call = partial(confirming.drop_waiting, visitor, purchase.id)
    return deed(visitor, call, "lapse-order", "order", order, organisation=world["ours"])


def steps(*before: str, action: str, name: str = "cash_order") -> Prepare:
    """A step of a cooperative with an order that has gone through the steps before."""

    def prepare(world: World) -> Deed:
        seller, order = world.actor("seller"), world[name]
        for one in before:
            fulfilment.move(seller, order, one, version_of(Order, order), "Épuisé")
            db.session.flush()
        call = partial(fulfilment.move, seller, order, action, version_of(Order, order), "Épuisé")
        return deed(seller, call, f"{action}-order", "order", order, organisation=world["ours"])

    return prepare


def cancels(world: World) -> Deed:
    buyer, order = world.actor("buyer"), world["cash_order"]
    call = partial(fulfilment.cancel_as_buyer, buyer, order, version_of(Order, order))
    return deed(buyer, call, "cancel-order", "order", order, organisation=world["ours"])


def gives_up(world: World) -> Deed:
    buyer, purchase = world.actor("buyer"), world["card"]

    def lines(_: object) -> list[Line]:
        return [
            line(buyer, "close-payable", "payable", world["card_payable"]),
            *abandoned(world),
            line(buyer, "give-up-purchase", "purchase", purchase),
        ]

    return Deed(partial(fulfilment.give_up, buyer, purchase), lines)


def pays_back(world: World) -> Deed:
    money_comes(world)
    office, order = world.actor("office"), db.session.get_one(Order, world["paid_order"])
    facts = {"payment": world["payment"], "amount": PRICE + FEE}
    return deed(office, partial(placing.pay_back, office, order), "ask-refund", "refund", latest(Refund), **facts)


ADD, EDIT = "catalog.services.products.", "orders.services.fulfilment.move"
DEEDS: dict[str, Prepare] = {
    "app.payments.services.alarms.note_key": lambda world: deed(
        world.actor("office"), lambda: alarms.note_key(world.actor("office"), True), "card-key-refused", "card-key"
    ),
    "app.payments.services.payables.ask_for_payment": asks_payment,
    "app.payments.services.payables.begin_visit": begins_visit,
    "app.payments.services.payables.close_payable": closes_payable,
    "app.payments.services.settlement.refund_purchase": refunds("refund_purchase"),
    "app.payments.services.settlement.ask_refund": refunds("ask_refund"),
    "app.payments.services.settlement.finalise": receives,
    "app.payments.services.settlement.note_refund": refund_ends("succeeded", "refund-done"),
    "app.payments.services.settlement.note_refund (failed)": refund_ends("failed", "refund-failed"),
    f"{ADD}create_product": creates_product,
    f"{ADD}edit_product": of_product("edit-product", "product", edits),
    f"{ADD}write_texts": of_product("write-product-texts", "product", rewords),
    f"{ADD}publish": of_product("publish-product", "draft_product", lambda a, _w, p: products.publish(a, p)),
    f"{ADD}withdraw": of_product("withdraw-product", "product", lambda a, _w, p: products.withdraw(a, p)),
    f"{ADD}discard": of_product("discard-product", "draft_product", lambda a, _w, p: products.discard(a, p)),
    f"{ADD}add_pictures": of_product(
        "add-pictures",
        "product",
        lambda a, _w, p: products.add_pictures(a, p, [Picture("pictures/3", 9, 9), Picture("pictures/4", 9, 9)]),
        count=2,
    ),
    f"{ADD}remove_picture": of_product(
        "remove-picture",
        "product",
        lambda a, w, p: products.remove_picture(a, p, w["pictures"][0]),
        picture=lambda w: w["pictures"][0],
    ),
    f"{ADD}put_first": of_product(
        "put-picture-first",
        "product",
        lambda a, w, p: products.put_first(a, p, w["pictures"][1]),
        picture=lambda w: w["pictures"][1],
    ),
    "catalog.services.variants.count_stock": counts,
    "catalog.services.stock.move_stock": moves_stock,
    "catalog.services.lots.receive_lot": receives_lot,
    "catalog.services.lots.count_lot": counts_lot,
    "catalog.services.lots.set_shelf_days": says_shelf_days,
    "catalog.services.lots.recall_lot": recalls_lot,
    "catalog.services.lots.end_lot": ends_lot,
    "catalog.services.mappings.remember_columns": says_columns,
    "catalog.services.zones.write_zones": writes_zones,
    "catalog.services.bulk.list_in_bulk": lists_in_bulk,
    "catalog.services.bulk.waive_in_bulk": waives_in_bulk,
    "catalog.services.importing.import_batch": imports_goods,
    "app.accounts.services.long_work.begin_long_work": long_work("begin-long-work"),
    "catalog.services.importing.import_batch (what stands)": writes_anew,
    "app.accounts.services.long_work.cancel_long_work": long_work("cancel-long-work"),
    "app.accounts.services.long_work.end_long_work": long_work("done-long-work"),
    "app.accounts.services.long_work.end_long_work (stopped)": long_work("stopped-long-work"),
    "orders.services.recalls.ask_to_tell": tells_of_recall,
    "orders.services.basket.add": puts_in,
    "orders.services.basket.change": changes_basket(5),
    "orders.services.basket.change (out)": changes_basket(0),
    "orders.services.basket.merge": merges_basket,
    "orders.services.checkout.prepare": buys("cash"),
    "orders.services.checkout.prepare (card)": buys("card"),
    "orders.services.checkout.prepare (waits)": begins_to_wait,
    "orders.services.confirming.send_code_again": another_code,
    "orders.services.confirming.confirm_by_code": confirms,
    "orders.services.confirming.answer_for_buyer": answers("place"),
    "orders.services.confirming.answer_for_buyer (lapse)": answers("lapse"),
    "orders.services.confirming.drop_waiting": drops,
    EDIT: steps(action="accept"),
    f"{EDIT} (refuse)": steps(action="refuse"),
    f"{EDIT} (pack)": steps("accept", action="pack"),
    f"{EDIT} (ship)": steps("accept", "pack", action="ship"),
    f"{EDIT} (fail)": steps("accept", "pack", "ship", action="fail"),
    f"{EDIT} (hand-over)": steps("accept", "pack", "ship", action="hand-over"),
    f"{EDIT} (cancel)": steps("accept", action="cancel"),
    "orders.services.fulfilment.cancel_as_buyer": cancels,
    "orders.services.fulfilment.give_up": gives_up,
    "orders.services.placing.pay_back": pays_back,
}
