"""The plate of orders."""

from app.accounts.signals import guest_signed_in, person_erased
from app.kernel.text import msg
from app.module import Module, Schedule, Work
from app.payments.signals import payment_abandoned, payment_settled
from orders import jobs, listeners
from orders.demo.letters import write_samples
from orders.demo.load import load
from orders.queries import checks, own_data
from orders.services.confirming import LAPSE_JOB
from orders.services.letters import NOTICE_KINDS
from orders.services.recalls import TELL
from orders.views import basket, buyer, confirming, desk, lots, office
from orders.views.blueprint import orders
from orders.views.cards import CARDS, MENU, STEPS, page_context
from orders.views.checkout import steps

MODULE = Module(
    name="orders",
    blueprints=[orders],
    subscriptions=[
        (payment_settled, listeners.on_payment_settled),
        (payment_abandoned, listeners.on_payment_abandoned),
        (guest_signed_in, listeners.on_guest_signed_in),
        (person_erased, listeners.on_person_erased),
    ],
    jobs={
        LAPSE_JOB: Work(jobs.lapse, "house"),
        "orders.forget-senders": Work(jobs.forget_senders, "house"),
        TELL: Work(jobs.tell_of_recall, "long"),
    },
    schedule=(Schedule("orders.forget-senders", 86400),),
    notice_kinds=NOTICE_KINDS,
    landing=office.landing,
    cards=CARDS,
    steps=STEPS,
    menu=MENU,
    checks={
        "order-sums": checks.broken_sums,
        "order-states": checks.impossible_states,
        "order-tallies": checks.wrong_tallies,
        "order-ways": checks.unknown_ways,
        "order-ledger": checks.unbooked_orders,
        "order-holds": checks.stray_holds,
        "order-waits": checks.forgotten_waits,
        "order-money": checks.unanswered_money,
    },
    own_data=own_data.OWN_DATA,
    ties=own_data.ties,
    refusals={
        "orders-still-open": msg("Orders are still open: %(count)s. Cancel them, or wait until they have arrived."),
        "basket-empty": msg("Your basket is empty."),
        "no-basket": msg("Your browser refuses cookies; without them there can be no basket."),
        "basket-full": msg("A basket holds %(most)s different goods at the most."),
        "other-currency": msg("Your basket holds goods in another currency than %(currency)s. Order those first."),
        "count-out-of-range": msg("Choose a quantity between 1 and %(most)s."),
        "no-longer-sold": msg("No longer on sale: %(title)s"),
        "waits-for-permit": msg("Not for sale now, a permit of the cooperative is not valid: %(title)s"),
        "sold-out-meanwhile": msg("Not enough is left of “%(title)s”: %(available)s. Nothing was ordered."),
        "total-changed": msg("The total has changed. Nothing was ordered."),
        "delivery-changed": msg("A cooperative has changed its delivery. Choose again."),
        "day-not-said": msg("Say which day would suit you, and how many you will be."),
        "not-delivered-there": msg("One of the cooperatives does not deliver to this region."),
        "already-ordered": msg("This order was placed before, by somebody else on this device."),
        "lot-not-recalled": msg("This lot is still for sale: nobody is told of a recall."),
        "too-little-for-cards": msg("Cards are taken from %(least)s on. Choose another way to pay."),
        "method-unknown": msg("Choose how you want to pay."),
        "too-many-waiting": msg(
            "Some of your orders wait for you already. Confirm or pay them first, or sign in and order with your account."
        ),
        "confirmation-over": msg("The day to confirm this order is over; its goods are free again."),
        "order-moved-on": msg("Somebody has moved this order on in the meantime."),
        "too-late-to-cancel": msg("This order can no longer be cancelled: it is on its way."),
        "action-unknown": msg("An order knows no such step."),
    },
    demo=load,
    letter_samples=write_samples,
    page_context=page_context,
)

__all__ = ["MODULE", "basket", "buyer", "confirming", "desk", "lots", "office", "steps"]
