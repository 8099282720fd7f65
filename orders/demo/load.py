"""Orders in every state for the demo's buyer and cooperatives, and twenty thousand of a year past for the large size."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from urllib.parse import urlsplit

from flask import current_app

from app.engines.place import here, today
from app.engines.transactions import transaction
from app.kernel.actor import Actor, guest
from app.module import Progress
from app.payments.queries import METHODS, payable_for
from app.payments.services import begin_visit, finalise, note_page
from catalog.queries import Offer, delivery_choices
from orders.demo.past import load_past
from orders.queries.market import anything_bought, chairs, person_of, stocked
from orders.queries.purchases import purchase
from orders.queries.quotes import QuoteLine, key_of, quote
from orders.rules import purchases
from orders.services import basket
from orders.services.checkout import prepare
from orders.services.confirming import drop_waiting
from orders.services.fulfilment import cancel_as_buyer, give_up, move

BUYER = "buyer@demo.tiwizi.example"
GUESTS = (
    ("Karim Bennani", "+212661000101", "fr", "MA-06", "Casablanca", "27, rue Ibn Batouta"),
    ("سعاد العلوي", "+212661000102", "ar", "MA-04", "سلا", "حي الرحمة، زنقة 12، رقم 8"),
    ("Laura Martin", "+212661000103", "en", "MA-07", "Marrakech", "4, derb Sidi Bouloukat"),
)
# (what is bought: (cooperative, good) by place, how it is paid, what happens then); the last buyers are guests.
STORIES: Sequence[tuple[tuple[tuple[int, int], ...], str, tuple[str, ...]]] = (
    (((0, 0), (1, 0)), "cash", ("accept", "pack", "ship", "hand-over")),
    (((0, 1),), "cash", ("accept", "pack", "ship", "hand-over")),
    (((0, 0),), "cash", ("accept", "pack", "ship")),
    (((0, 2), (2, 0)), "cash", ("accept", "pack")),
    (((0, 1),), "cash", ("accept",)),
    (((0, 0), (1, 1)), "cash", ()),
    (((1, 0),), "cash", ("accept", "pack", "ship", "fail")),
    (((0, 0),), "cash", ("refuse",)),
    (((1, 1),), "cash", ("buyer-cancel",)),
    (((0, 1), (1, 0)), "card", ("pay", "accept", "pack", "ship", "hand-over")),
    (((0, 2),), "card", ("pay", "accept")),
    (((0, 0),), "card", ("pay", "accept", "cancel")),
    (((3, 0), (4, 0)), "cash", ("accept", "pack", "ship")),
    (((5, 0),), "cash", ("accept",)),
    (((1, 0),), "card", ("give-up",)),
    (((0, 1),), "card", ()),
    (((0, 2),), "cash", ("wait",)),
    (((1, 1),), "cash", ("wait", "buyer-drop")),
)
REASONS = {
    "refuse": "La récolte de cette semaine est épuisée.",
    "cancel": "Un bocal a été cassé à l’emballage, il n’en reste pas.",
}


def load(size: str, progress: Progress) -> None:
    """Does nothing when somebody has bought something; the large size adds a year of orders to the small one."""
    if not anything_bought():
        _load_stories()
    if size == "large":
        load_past(progress)
    progress(1, 1)


def _load_stories() -> None:
    buyer_id = person_of(BUYER)
    makers = chairs()
    goods = _by_cooperative(stocked(20, 4000), makers)
    if buyer_id is None or len(goods) < 6:
        return
    card = current_app.extensions["card_gateway"] is not None and "practice" in current_app.extensions
    for index, (wanted, method, story) in enumerate(STORIES):
        name, phone, language, *address = ("Nadia Chraibi", None, "fr", "MA-06", "Casablanca", "12, boulevard Zerktouni")
        who = Actor("person", buyer_id, language="fr")
        if index % 3 == 2 or "wait" in story:
            name, phone, language, *address = GUESTS[index // 3 % len(GUESTS)]
            who = guest(secrets.token_urlsafe(24), language)
        if METHODS[method].by_provider and not card:
            continue
        lines = {goods[maker][good % len(goods[maker])]: 1 + (index + good) % 3 for maker, good in wanted}
        mail = None if phone else BUYER
        at_once = 0 if "wait" in story else None
        _tell(_buy(who, lines, method, (name, phone, mail), address, at_once), story, makers)


def _by_cooperative(offered: Sequence[Offer], makers: Mapping[int, tuple[str, int]]) -> list[list[Offer]]:
    """The goods of each cooperative, those of the demo's two first."""
    by_maker: dict[int, list[Offer]] = {id_: [] for id_ in makers}
    for offer in offered:
        if offer.organisation_id in by_maker:
            by_maker[offer.organisation_id].append(offer)
    return [goods for goods in by_maker.values() if goods]


def _buy(
    who: Actor,
    lines: Mapping[Offer, int],
    method: str,
    face: tuple[str, str | None, str | None],
    address: Sequence[str],
    at_once: int | None,
) -> int:
    """The purchase; `at_once`: how much of a guest's is taken before it is confirmed, in minor units (None: anything)."""
    for offer, count in lines.items():
        with transaction():
            basket.add(who, offer.variant_id, count)
    region, commune, street = address
    ways = delivery_choices({offer.organisation_id: offer.carriage for offer in lines}, region)
    chosen = {id_: key_of(choices[0]) for id_, choices in ways.items()}
    config = current_app.config
    wanted = [QuoteLine(offer, count) for offer, count in lines.items()]
    total = quote(wanted, ways, chosen, config["COMMISSION"], here(), today()).total
    name, phone, mail = face
    wish = purchases.Wish(
        secrets.token_urlsafe(24), name, phone, mail, region, commune, street, method, chosen, total.amount, "2026-1"
    )
    terms = purchases.Terms(here().key, config["COMMISSION"], timedelta(minutes=config["HOLD_MINUTES"]), at_once)
    with transaction():
        return prepare(who, wish, terms).id


def _tell(purchase_id: int, story: Sequence[str], makers: Mapping[int, tuple[str, int]]) -> None:
    for event in story:
        if event == "pay":
            _pay(purchase_id)
            continue
        if event in ("give-up", "buyer-drop"):
            with transaction():
                (give_up if event == "give-up" else drop_waiting)(Actor("guest"), purchase_id)
            continue
        if event == "wait":
            continue
        for order in purchase(purchase_id).orders:
            with transaction():
                if event == "buyer-cancel":
                    cancel_as_buyer(Actor("guest"), order.id, order.version)
                    continue
                roles = MappingProxyType({order.organisation_id: frozenset({"chair"})})
                chair = Actor("person", makers[order.organisation_id][1], roles=roles)
                move(
                    chair,
                    order.id,
                    event,
                    order.version,
                    reason=REASONS.get(event, ""),
                    carrier="Amana",
                    tracking=f"AM{order.id:09}MA",
                )


def _pay(purchase_id: int) -> None:
    """A buyer pays on the practice provider's page, as one would in a browser."""
    payable = payable_for(purchases.PURPOSE, purchase_id)
    gateway = current_app.extensions["card_gateway"]
    if payable is None:
        return
    with transaction():
        visit = begin_visit(Actor("guest"), payable.id)
    page = gateway.start_checkout(
        reference=visit.reference,
        amount=visit.amount,
        description=visit.title,
        return_url="http://localhost/",
        cancel_url="http://localhost/",
        locale="fr",
        expires_at=visit.expires_at,
        idempotency_key=visit.idempotency_key,
    )
    with transaction():
        note_page(visit.payment_id, page.id, page.url)
    browser = current_app.extensions["practice"].test_client()
    browser.post("/" + urlsplit(page.url).path.removeprefix("/practice").lstrip("/"), data={"card": "success"})
    state = gateway.payment_state(page.id)
    with transaction():
        finalise(state)
