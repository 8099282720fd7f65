"""The plate of payments."""

import logging

from flask import Flask

from app.kernel.text import msg
from app.module import Module, Schedule, Work
from app.payments import jobs
from app.payments.gateway import AT_ONCE, InProcessClient, PatientClient, StripeGateway
from app.payments.queries import invariants
from app.payments.queries.alarms import alarms_for_a_person
from app.payments.queries.own_data import OWN_DATA
from app.payments.services.payables import END_VISITS_JOB
from app.payments.services.settlement import REFUND_JOB
from app.payments.views import webhook
from app.payments.views.cards import CARDS
from app.payments.views.pay import pay
from app.settings import PRACTICE_KEY

log = logging.getLogger("tiwizi.payments")


def start(app: Flask) -> None:
    """Wire the card provider: Stripe where there is a key, the provider of this process in practice mode, else none."""
    key, secret = app.config["STRIPE_SECRET_KEY"], app.config["STRIPE_WEBHOOK_SECRET"]
    practice = app.extensions.get("practice")
    app.extensions["card_gateway"] = None
    if key:
        client = PatientClient(app.config["CARD_SECONDS"], AT_ONCE, app.config["OUTBOUND_ALLOW"])
        address, first_wait = app.config["STRIPE_ADDRESS"], app.config["PAUSE_SECONDS"]
        app.extensions["card_gateway"] = StripeGateway(
            key, secret, http_client=client, seconds=app.config["CARD_SECONDS"], first_wait=first_wait, address=address
        )
        if not secret:
            log.error("cards without TIWIZI_STRIPE_WEBHOOK_SECRET")
    elif practice is not None:
        in_process = InProcessClient(practice.wsgi_app)
        app.extensions["card_gateway"] = StripeGateway(PRACTICE_KEY, secret, http_client=in_process)


MODULE = Module(
    name="app.payments",
    blueprints=[pay],
    jobs={
        REFUND_JOB: Work(jobs.send_refund, "payments", priority=10),
        END_VISITS_JOB: Work(jobs.end_visits, "payments", priority=10),
        "payments.close-overdue": Work(jobs.close_overdue, "payments"),
        "payments.reconcile": Work(jobs.reconcile, "payments"),
    },
    schedule=[
        Schedule("payments.close-overdue", 60),
        Schedule("payments.reconcile", 300),
    ],
    checks={
        "ledger": invariants.broken_sets,
        "payments": invariants.unmatched_payments,
        "refunds": invariants.unmatched_refunds,
    },
    attention={"refunds": invariants.refused_refunds, "cards": alarms_for_a_person},
    cards=CARDS,
    own_data=OWN_DATA,
    refusals={
        "card-provider-unavailable": msg("The card service does not answer. Nothing was charged; try again in a moment."),
        "card-provider-refused": msg("The card service refused this."),
        "webhook-refused": msg("This notice is not from the card service."),
        "payable-not-open": msg("This payment is closed. Your goods are no longer reserved; order them again."),
        "payable-gone": msg("This payment is closed."),
        "payment-gone": msg("This payment cannot be found."),
        "amount-differs": msg("The amount paid differs from the amount due."),
        "refund-too-large": msg("No more can be given back than was paid."),
        "ledger-unbalanced": msg("The amounts of this booking do not add up."),
        "ledger-empty": msg("This booking moves no money."),
        "commission-out-of-range": msg("The commission is out of range."),
    },
    start=start,
)

__all__ = ["MODULE", "webhook"]
