"""Payment intents and their charges: confirm, challenge, decline, succeed, cancel."""

from typing import Any

from app.practice import parameters as read
from app.practice.cards import BY_TOKEN, Card
from app.practice.disputes import open_dispute
from app.practice.errors import ApiError, Declined, missing
from app.practice.store import Body, new_id
from app.practice.work import Work

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELLABLE = CONFIRMABLE
CREATE = {
    "amount",
    "currency",
    "customer",
    "description",
    "metadata",
    "payment_method",
    "payment_method_types",
    "automatic_payment_methods",
    "confirm",
    "return_url",
    "transfer_group",
}


def create_intent(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/payment_intents``; with ``confirm=true`` it is tried at once."""
    read.refuse_unknown(values, CREATE)
    customer = read.text(values, "customer")
    if customer is not None:
        work.get("customer", customer, "customer")
    intent = new_intent(
        work,
        amount=read.required_amount(values),
        currency=read.currency(values),
        metadata=read.metadata(values),
        description=read.text(values, "description"),
        customer=customer,
        transfer_group=read.text(values, "transfer_group"),
    )
    if values.get("confirm") == "true":
        return confirm_intent(work, intent["id"], {k: values[k] for k in ("payment_method", "return_url") if k in values})
    return intent


def new_intent(
    work: Work,
    *,
    amount: int,
    currency: str,
    metadata: dict[str, str],
    description: str | None = None,
    customer: str | None = None,
    transfer_group: str | None = None,
) -> Body:
    identifier = new_id("pi")
    intent = {
        "id": identifier,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "client_secret": new_id(f"{identifier}_secret"),
        "confirmation_method": "automatic",
        "created": work.now,
        "currency": currency,
        "customer": customer,
        "description": description,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": metadata,
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "status": "requires_payment_method",
        "transfer_group": transfer_group,
    }
    work.shelf.add(intent, work.account)
    work.announce("payment_intent.created", intent)
    return intent


def confirm_intent(work: Work, identifier: str, values: dict[str, Any]) -> Body:
    """``POST /v1/payment_intents/:id/confirm``; raises Declined when the bank refuses."""
    read.refuse_unknown(values, {"payment_method", "return_url"})
    intent = work.get("payment_intent", identifier)
    token = read.required_text(values, "payment_method")
    if token not in BY_TOKEN:
        raise missing("payment_method", token, "payment_method")
    intent = try_card(work, intent, BY_TOKEN[token], read.address(values, "return_url"))
    error = intent["last_payment_error"]
    if error is not None:
        raise Declined(
            error["message"], code=error["code"], decline_code=error["decline_code"], charge=error["charge"], intent=intent
        )
    return intent


def try_card(work: Work, intent: Body, card: Card, return_url: str | None) -> Body:
    """Put a card on an intent and ask the bank; the answer is the intent's new status."""
    if intent["status"] not in CONFIRMABLE:
        raise ApiError(
            f"This PaymentIntent's status is {intent['status']}; it cannot be confirmed.",
            code="payment_intent_unexpected_state",
            payment_intent=intent,
        )
    intent.update(payment_method=card.token, last_payment_error=None, next_action=None)
    if card.outcome == "declined":
        return _decline(work, intent, card, card.code or "card_declined", card.message or "Your card was declined.")
    if card.outcome == "challenge":
        if return_url is None:
            raise ApiError("A return_url must be specified.", code="parameter_missing", param="return_url")
        page = f"{work.public_url}/challenge/{intent['id']}?key={intent['client_secret']}"
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": return_url}}
        work.shelf.save(intent)
        work.announce("payment_intent.requires_action", intent)
        return intent
    if card.outcome == "slow":
        intent["status"] = "processing"
        work.shelf.save(intent)
        work.announce("payment_intent.processing", intent)
        return intent
    return _succeed(work, intent, card)


def answer_challenge(work: Work, intent: Body, *, approved: bool) -> Body:
    """What the cardholder told the bank on the 3-D Secure page; a second answer changes nothing."""
    if intent["status"] != "requires_action":
        return intent
    card = BY_TOKEN[intent["payment_method"]]
    intent["next_action"] = None
    if approved:
        return _succeed(work, intent, card)
    message = "We are unable to authenticate your payment method."
    return _decline(work, intent, card, "payment_intent_authentication_failure", message)


def settle_slow(work: Work, intent: Body, *, succeeded: bool) -> Body:
    """The bank's late answer on a payment that was processing."""
    if intent["status"] != "processing":
        return intent
    card = BY_TOKEN[intent["payment_method"]]
    if succeeded:
        return _succeed(work, intent, card)
    return _decline(work, intent, card, "card_declined", "Your card was declined.")


def cancel_intent(work: Work, identifier: str, values: dict[str, Any]) -> Body:
    """``POST /v1/payment_intents/:id/cancel``."""
    read.refuse_unknown(values, {"cancellation_reason"})
    intent = work.get("payment_intent", identifier)
    if intent["status"] not in CANCELLABLE:
        message = f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}."
        raise ApiError(message, code="payment_intent_unexpected_state", payment_intent=intent)
    return drop_intent(work, intent, read.text(values, "cancellation_reason"))


def drop_intent(work: Work, intent: Body, reason: str | None) -> Body:
    intent.update(status="canceled", canceled_at=work.now, cancellation_reason=reason, next_action=None)
    work.shelf.save(intent)
    work.announce("payment_intent.canceled", intent)
    return intent


def fee_for(work: Work, amount: int) -> int:
    """The practice fee in minor units, half up."""
    return (amount * work.fee_per_mille + 500) // 1000


def _succeed(work: Work, intent: Body, card: Card) -> Body:
    charge = _charge(work, intent, card, status="succeeded")
    line = work.book(
        amount=charge["amount"],
        fee=fee_for(work, charge["amount"]),
        currency=charge["currency"],
        kind="charge",
        category="charge",
        source=charge["id"],
    )
    charge.update(balance_transaction=line["id"], amount_captured=charge["amount"], captured=True, paid=True)
    work.shelf.add(charge, work.account)
    intent.update(status="succeeded", latest_charge=charge["id"], amount_received=intent["amount"], next_action=None)
    work.shelf.save(intent)
    work.announce("charge.succeeded", charge)
    work.announce("payment_intent.succeeded", intent)
    if card.outcome == "disputed":
        open_dispute(work, charge, "fraudulent")
    return intent


def _decline(work: Work, intent: Body, card: Card, code: str, message: str) -> Body:
    charge = _charge(work, intent, card, status="failed")
    charge.update(failure_code=code, failure_message=message)
    work.shelf.add(charge, work.account)
    intent.update(status="requires_payment_method", latest_charge=charge["id"], payment_method=None)
    intent["last_payment_error"] = {
        "charge": charge["id"],
        "code": code,
        "decline_code": card.decline_code,
        "message": message,
        "type": "card_error",
    }
    work.shelf.save(intent)
    work.announce("charge.failed", charge)
    work.announce("payment_intent.payment_failed", intent)
    return intent


def _charge(work: Work, intent: Body, card: Card, *, status: str) -> Body:
    return {
        "id": new_id("ch"),
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": False,
        "created": work.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None,
        "failure_message": None,
        "livemode": False,
        "metadata": intent["metadata"],
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": card.token,
        "payment_method_details": {"card": {"brand": "visa", "last4": card.last4}, "type": "card"},
        "refunded": False,
        "status": status,
        "transfer_group": intent["transfer_group"],
    }
