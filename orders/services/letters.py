"""The letters of orders: one per event and recipient, in the reader's language, in the event's transaction."""

from urllib.parse import urlencode

from app.engines.db import db
from app.engines.language import comma, day, moment, money, speaking, translate
from app.engines.mail import post, site_address
from app.kernel.bounds import Unasked
from app.kernel.names import after_its_kind
from app.kernel.text import msg
from app.payments.queries import METHODS
from catalog.queries import WAYS
from orders.models import Order, Purchase
from orders.queries.sellers import Recipient, office_recipients, sellers

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


def _buyer(purchase: Purchase) -> Recipient | None:
    kind = "mail" if purchase.mail else "phone"
    value = purchase.mail or purchase.phone
    return Recipient(kind, value, purchase.language) if value else None


def order_page(purchase: Purchase, thanks: bool = False) -> str:
    """The path of the buyer's page; its key lets a guest in; just after buying it says thanks."""
    asked = {**({} if purchase.buyer_id else {"key": purchase.key}), **({"thanks": "1"} if thanks else {})}
    return f"/{purchase.language}/orders/{purchase.number}" + (f"?{urlencode(asked)}" if asked else "")


def _send(
    to: Recipient, subject: str, parts: list[str], key: str, unasked: Unasked | None = None, secret: bool = False
) -> bool:
    """False when the letter is beyond its bound: the order's page tells the same."""
    body = "\n\n".join(part for part in parts if part)
    return post(to.kind, to.value, subject, body, to.language, f"{key}:{to.kind}:{to.value}", unasked, secret=secret)


def _caused(purchase: Purchase) -> Unasked | None:
    """A letter that a buyer causes by buying: bounded until the contact is known to be the buyer's."""
    if purchase.confirmed_at is not None:
        return None
    by = f"person:{purchase.buyer_id}" if purchase.buyer_id else f"sender:{purchase.sender or purchase.key}"
    return Unasked("order", by)


def _news(purchase: Purchase) -> Unasked | None:
    """A letter about what a cooperative did."""
    return None if purchase.confirmed_at is not None else Unasked("order-news", f"purchase:{purchase.id}")


def _link(path: str) -> str:
    return site_address(path)


def write_purchase_placed(purchase: Purchase, orders: list[Order]) -> None:
    """The proof of purchase to the buyer: each cooperative, its amounts and the promised days."""
    to = _buyer(purchase)
    if to is None:
        return
    with speaking(to.language, purchase.territory):
        known = sellers((order.organisation_id for order in orders), to.language)
        lines = [
            translate(
                "%(number)s, %(seller)s: %(total)s (delivery %(fee)s), promised between %(first)s and %(last)s",
                number=order.number,
                seller=known[order.organisation_id].name,
                total=money(order.total, order.currency),
                fee=money(order.delivery_fee, order.currency),
                first=day(order.promised_from),
                last=day(order.promised_to),
            )
            for order in orders
        ]
        total = sum(order.total for order in orders)
        paid = translate(METHODS[purchase.method].asked, total=money(total, purchase.currency))
        _send(
            to,
            translate("Your order %(number)s is confirmed", number=purchase.number),
            [
                translate("Thank you. Your order is confirmed."),
                "\n".join(lines),
                paid,
                translate("Follow it here:"),
                _link(order_page(purchase)),
                translate("You bought under the terms of version %(version)s.", version=purchase.terms_version),
            ],
            f"purchase:{purchase.id}:{orders[0].id}:placed",
            _caused(purchase),
        )


def write_waiting(purchase: Purchase, orders: list[Order], code_id: int, code: str) -> bool:
    """The code by which the buyer says that it was them; nothing that was typed stands in it. False when it is not sent."""
    to = _buyer(purchase)
    if to is None or purchase.expires_at is None:
        return False
    with speaking(to.language, purchase.territory):
        total = money(sum(order.total for order in orders), purchase.currency)
        return _send(
            to,
            translate("Confirm your order %(number)s", number=purchase.number),
            [
                translate(
                    "Somebody, perhaps you, has ordered goods for %(total)s to be delivered and paid in cash, and gave this "
                    "contact. Nothing is packed before you confirm it.",
                    total=total,
                ),
                translate("With this code you confirm the order: %(code)s", code=code),
                translate("Type it on the page of the order; there you can ask for another code:"),
                _link(order_page(purchase)),
                translate(
                    "If it was not you, do nothing: without the code nothing happens, and the goods are free again after "
                    "%(end)s.",
                    end=moment(purchase.expires_at, "short"),
                ),
            ],
            f"purchase:{purchase.id}:code:{code_id}",
            _caused(purchase),
            secret=True,
        )


def write_lapsed(purchase: Purchase) -> None:
    """Nobody has confirmed the order: its goods are free."""
    to = _buyer(purchase)
    if to is None:
        return
    with speaking(to.language, purchase.territory):
        _send(
            to,
            translate("Your order %(number)s was not confirmed", number=purchase.number),
            [translate("Nobody has confirmed it within a day, so its goods are free again. Nothing will be delivered.")],
            f"purchase:{purchase.id}:lapsed",
            _caused(purchase),
        )


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
    recipients = office_recipients(order.organisation_id)
    for to in recipients:
        own = sellers([order.organisation_id], to.language)[order.organisation_id]
        with speaking(to.language, own.territory):
            facts = {"number": order.number, "total": money(order.total, order.currency), "day": day(order.promised_to)}
            path = f"/{to.language}/sell/{own.slug}/orders/{order.number}"
            _send(to, translate(subject, **facts), [translate(sentence, **facts), _link(path)], f"order:{order.id}:{event}")


def write_move(order: Order, action: str) -> None:
    """What the cooperative did, to the buyer."""
    purchase = db.session.get_one(Purchase, order.purchase_id)
    to = _buyer(purchase)
    if to is None:
        return
    subject, sentence = BUYER_SENTENCES[action]
    with speaking(to.language, purchase.territory):
        seller = sellers([order.organisation_id], to.language)[order.organisation_id].name
        facts = {"seller": after_its_kind(seller, to.language), "number": order.number}
        parts = [translate(sentence, **facts)]
        packed = WAYS[order.delivery_kind].packed
        if action == "pack" and packed:
            parts.append(translate(packed, place=order.pickup_place))
        if action == "ship" and (order.carrier or order.tracking):
            parts.append(
                translate(
                    "Carrier: %(carrier)s. Tracking number: %(tracking)s",
                    carrier=order.carrier or "-",
                    tracking=order.tracking or "-",
                )
            )
        if action in ("ship", "pack") and order.payment == "due-cash":
            parts.append(translate("Please have %(total)s ready in cash.", total=money(order.total, order.currency)))
        if order.reason and action in ("refuse", "cancel"):
            parts.append(translate("The cooperative writes: %(reason)s", reason=order.reason))
        if order.payment == "refunded":
            parts.append(translate(METHODS[purchase.method].returned, total=money(order.total, order.currency)))
        _send(
            to,
            translate(subject, **facts),
            [*parts, _link(order_page(purchase))],
            f"order:{order.id}:{order.version}:{action}",
            _news(purchase),
        )


def write_not_deliverable(purchase: Purchase, orders: list[Order]) -> None:
    """The money came too late for some of the goods: what is given back."""
    to = _buyer(purchase)
    if to is None:
        return
    with speaking(to.language, purchase.territory):
        total = money(sum(order.total for order in orders), purchase.currency)
        numbers = comma().join(order.number for order in orders)
        _send(
            to,
            translate("Part of your order %(number)s is sold out", number=purchase.number),
            [
                translate("Your payment came after the goods of %(numbers)s were sold to somebody else.", numbers=numbers),
                translate(METHODS[purchase.method].returned, total=total),
                _link(order_page(purchase)),
            ],
            f"purchase:{purchase.id}:not-deliverable",
            _news(purchase),
        )


def write_abandoned(purchase: Purchase, basket_again: bool) -> None:
    """Nobody paid: the goods are free again, and in the buyer's basket if there is still one."""
    to = _buyer(purchase)
    if to is None:
        return
    with speaking(to.language, purchase.territory):
        _send(
            to,
            translate("Your order %(number)s was not paid", number=purchase.number),
            [
                translate("The payment did not come, so the goods are no longer reserved. Nothing was charged."),
                *((translate("They lie in your basket again."), _link(f"/{to.language}/basket")) if basket_again else ()),
            ],
            f"purchase:{purchase.id}:abandoned",
            _caused(purchase),
        )
