"""What orders tell buyers and cooperatives: once per event and reader, in their language, in the event's transaction."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from app.engines.db import db
from app.engines.language import comma, day, moment, money, translate
from app.engines.mail import site_address
from app.engines.notice_kinds import NoticeKind
from app.kernel.bounds import Unasked
from app.kernel.contacts import MAIL, PHONE, ContactValue
from app.kernel.names import after_its_kind
from app.kernel.text import msg
from app.notices.services import Reader, Words, tell, tell_each
from app.payments.queries import METHODS
from catalog.queries import WAYS, LotLine
from orders.models import Order, Purchase
from orders.queries.lots import TakenFromLot
from orders.queries.sellers import order_office, sellers

# What the buyer reads after each move of a cooperative; None: nobody moved it but the house, another letter tells.
BUYER_SENTENCES = {
    "accept": (msg("%(seller)s has accepted your order %(number)s"), msg("It is being prepared.")),
    "refuse": (
        msg("%(seller)s cannot deliver your order %(number)s"),
        msg("Nothing will be delivered, and you owe nothing for it."),
    ),
    "pack": (msg("Your order %(number)s is packed"), msg("%(seller)s has packed it.")),
    "ship": (msg("Your order %(number)s is on its way"), msg("%(seller)s has handed it to the carrier.")),
    "fail": (msg("Your order %(number)s could not be delivered"), msg("%(seller)s will contact you to try again.")),
    "hand-over": (
        msg("Your order %(number)s has arrived"),
        msg("%(seller)s has handed it over. Thank you for buying from a cooperative."),
    ),
    "cancel": (msg("Your order %(number)s is cancelled"), msg("Nothing will be delivered, and you owe nothing for it.")),
}


BOUGHT, RECEIVED = "orders.bought", "orders.received"
NOTICE_KINDS = (
    NoticeKind(BOUGHT, msg("What you ordered")),
    NoticeKind(RECEIVED, msg("Orders that your cooperative receives"), "orders"),
)


def _buyer(purchase: Purchase) -> Reader:
    """By the contact that was given with the order, and on the screen of who was signed in."""
    kind, value = (MAIL, purchase.mail) if purchase.mail else (PHONE, purchase.phone)
    return Reader(purchase.buyer_id, ContactValue(kind, value) if value else None, purchase.language)


def order_page(purchase: Purchase, thanks: bool = False) -> str:
    """The path of the buyer's page; its key lets a guest in; just after buying it says thanks."""
    asked = {**({} if purchase.buyer_id else {"key": purchase.key}), **({"thanks": "1"} if thanks else {})}
    return f"/{purchase.language}/orders/{purchase.number}" + (f"?{urlencode(asked)}" if asked else "")


def _tell_buyer(
    purchase: Purchase, event: str, write: Callable[[str], Words], unasked: Unasked | None, secret: bool = False
) -> bool:
    """False when the letter is beyond its bound: the order's page tells the same."""
    return tell(BOUGHT, event, _buyer(purchase), write, territory=purchase.territory, unasked=unasked, secret=secret)


def _caused(purchase: Purchase) -> Unasked | None:
    """A letter that a buyer causes by buying: bounded until the contact is known to be the buyer's."""
    if purchase.confirmed_at is not None:
        return None
    by = f"person:{purchase.buyer_id}" if purchase.buyer_id else f"sender:{purchase.sender or purchase.key}"
    return Unasked("order", by)


def _news(purchase: Purchase) -> Unasked | None:
    """A letter about what a cooperative did."""
    return None if purchase.confirmed_at is not None else Unasked("order-news", f"purchase:{purchase.id}")


def write_purchase_placed(purchase: Purchase, orders: list[Order]) -> None:
    """The proof of purchase to the buyer: each cooperative, its amounts and the promised days."""

    def write(language: str) -> Words:
        known = sellers((order.organisation_id for order in orders), language)
        lines = [_line_of(order, known[order.organisation_id].name) for order in orders]
        total = money(sum(order.total for order in orders), purchase.currency)
        page = order_page(purchase)
        parts = (
            translate("Thank you. Your order is confirmed."),
            "\n".join(lines),
            translate(METHODS[purchase.method].asked, total=total),
            translate("Follow it here:"),
            site_address(page),
            translate("You bought under the terms of version %(version)s.", version=purchase.terms_version),
        )
        return Words(translate("Your order %(number)s is confirmed", number=purchase.number), parts, page)

    _tell_buyer(purchase, f"purchase:{purchase.id}:{orders[0].id}:placed", write, _caused(purchase))


def _line_of(order: Order, seller: str) -> str:
    if WAYS[order.delivery_kind].by_agreement:
        return translate(
            "%(number)s, %(seller)s: %(total)s, on a day that you agree on. You asked for: %(asked)s",
            number=order.number,
            seller=seller,
            total=money(order.total, order.currency),
            asked=order.asked,
        )
    return translate(
        "%(number)s, %(seller)s: %(total)s (delivery %(fee)s), promised between %(first)s and %(last)s",
        number=order.number,
        seller=seller,
        total=money(order.total, order.currency),
        fee=money(order.delivery_fee, order.currency),
        first=day(order.promised_from),
        last=day(order.promised_to),
    )


def write_waiting(purchase: Purchase, orders: list[Order], code_id: int, code: str) -> bool:
    """The code by which the buyer says that it was them; nothing that was typed stands in it. False when it is not sent."""
    expires_at, page = purchase.expires_at, order_page(purchase)
    if expires_at is None or _buyer(purchase).contact is None:
        return False

    def write(_language: str) -> Words:
        brings_code = translate("With this code you confirm the order: %(code)s", code=code)
        parts = (
            translate(
                "Somebody, perhaps you, has ordered goods for %(total)s to be delivered and paid in cash, and gave this "
                "contact. Nothing is packed before you confirm it.",
                total=money(sum(order.total for order in orders), purchase.currency),
            ),
            brings_code,
            translate("Type it on the page of the order; there you can ask for another code:"),
            site_address(page),
            translate(
                "If it was not you, do nothing: without the code nothing happens, and the goods are free again after "
                "%(end)s.",
                end=moment(expires_at, "short"),
            ),
        )
        return Words(translate("Confirm your order %(number)s", number=purchase.number), parts, page, brings_code)

    return _tell_buyer(purchase, f"purchase:{purchase.id}:code:{code_id}", write, _caused(purchase), secret=True)


def write_lapsed(purchase: Purchase) -> None:
    """Nobody has confirmed the order: its goods are free."""

    def write(_language: str) -> Words:
        said = translate("Nobody has confirmed it within a day, so its goods are free again. Nothing will be delivered.")
        subject = translate("Your order %(number)s was not confirmed", number=purchase.number)
        return Words(subject, [said], order_page(purchase))

    _tell_buyer(purchase, f"purchase:{purchase.id}:lapsed", write, _caused(purchase))


def write_order_for_seller(order: Order) -> None:
    """A new order to those of the cooperative who decide about orders."""
    _tell_office(
        order,
        "placed",
        msg("New order %(number)s"),
        msg("A new order of %(total)s waits for you. Accept it and prepare it before %(day)s."),
    )


def write_buyer_cancelled(order: Order) -> None:
    _tell_office(
        order,
        "cancelled",
        msg("Order %(number)s was cancelled"),
        msg("The buyer has cancelled this order of %(total)s. Its goods are back in your stock."),
    )


def _tell_office(order: Order, event: str, subject: str, sentence: str) -> None:
    office = order_office(order.organisation_id)

    def write(language: str) -> Words:
        facts = {"number": order.number, "total": money(order.total, order.currency), "day": day(order.promised_to)}
        page = f"/{language}/sell/{office.slug}/orders/{order.number}"
        return Words(translate(subject, **facts), (translate(sentence, **facts), site_address(page)), page)

    tell_each(RECEIVED, f"order:{order.id}:{event}", office.readers, write, office.territory)


def write_move(order: Order, action: str) -> None:
    """What the cooperative did, to the buyer."""
    purchase = db.session.get_one(Purchase, order.purchase_id)
    subject, sentence = BUYER_SENTENCES[action]

    def write(language: str) -> Words:
        seller = sellers([order.organisation_id], language)[order.organisation_id].name
        facts = {"seller": after_its_kind(seller, language), "number": order.number}
        page = order_page(purchase)
        parts = (translate(sentence, **facts), *_about_move(order, purchase, action), site_address(page))
        return Words(translate(subject, **facts), parts, page)

    _tell_buyer(purchase, f"order:{order.id}:{order.version}:{action}", write, _news(purchase))


def _about_move(order: Order, purchase: Purchase, action: str) -> Iterator[str]:
    """Where the parcel is, what is paid at the door, why it was refused, what comes back."""
    total, packed = money(order.total, order.currency), WAYS[order.delivery_kind].packed
    if action == "pack" and packed:
        yield translate(packed, place=order.pickup_place)
    if action == "ship" and (order.carrier or order.tracking):
        yield translate(
            "Carrier: %(carrier)s. Tracking number: %(tracking)s",
            carrier=order.carrier or "-",
            tracking=order.tracking or "-",
        )
    if action in ("ship", "pack") and order.payment == "due-cash":
        yield translate("Please have %(total)s ready in cash.", total=total)
    if order.reason and action in ("refuse", "cancel"):
        yield translate("The cooperative writes: %(reason)s", reason=order.reason)
    if order.payment == "refunded":
        yield translate(METHODS[purchase.method].returned, total=total)


def write_recall(purchase: Purchase, lot: LotLine, taken: TakenFromLot) -> None:
    """The cooperative recalls what the buyer has: which lot it is, why, and whom to ask."""

    def write(language: str) -> Words:
        seller = sellers([taken.organisation_id], language)[taken.organisation_id].name
        page = order_page(purchase)
        parts = (
            translate(
                "%(seller)s recalls goods that you have bought. Do not eat them and do not use them.",
                seller=after_its_kind(seller, language),
            ),
            translate(
                "%(title)s, lot %(lot)s, best before %(day)s: %(count)s in your order %(number)s",
                title=taken.title,
                lot=lot.code,
                day=day(lot.best_before),
                count=taken.quantity,
                number=taken.number,
            ),
            translate("The cooperative writes: %(reason)s", reason=lot.recall_reason),
            translate("Ask the cooperative what becomes of them. How to reach it stands with your order:"),
            site_address(page),
        )
        return Words(translate("Goods of your order %(number)s are recalled", number=taken.number), parts, page)

    _tell_buyer(purchase, f"lot:{lot.id}:{taken.order_id}:recalled", write, _news(purchase))


def write_not_deliverable(purchase: Purchase, orders: list[Order]) -> None:
    """The money came too late for some of the goods: what is given back."""

    def write(_language: str) -> Words:
        total, page = money(sum(order.total for order in orders), purchase.currency), order_page(purchase)
        numbers = comma().join(order.number for order in orders)
        parts = (
            translate("Your payment came after the goods of %(numbers)s were sold to somebody else.", numbers=numbers),
            translate(METHODS[purchase.method].returned, total=total),
            site_address(page),
        )
        return Words(translate("Part of your order %(number)s is sold out", number=purchase.number), parts, page)

    _tell_buyer(purchase, f"purchase:{purchase.id}:not-deliverable", write, _news(purchase))


def write_abandoned(purchase: Purchase, basket_again: bool) -> None:
    """Nobody paid: the goods are free again, and in the buyer's basket if there is still one."""

    def write(language: str) -> Words:
        basket = f"/{language}/basket"
        parts = (
            translate("The payment did not come, so the goods are no longer reserved. Nothing was charged."),
            *((translate("They lie in your basket again."), site_address(basket)) if basket_again else ()),
        )
        subject = translate("Your order %(number)s was not paid", number=purchase.number)
        return Words(subject, parts, basket if basket_again else order_page(purchase))

    _tell_buyer(purchase, f"purchase:{purchase.id}:abandoned", write, _caused(purchase))
