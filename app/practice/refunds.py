"""Refunds of charges, whole or in parts, never more than was taken."""

from typing import Any

from app.practice import parameters as read
from app.practice.errors import ApiError
from app.practice.store import Body, new_id
from app.practice.work import Work

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create_refund(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/refunds`` for a charge or a payment intent; without an amount, all that is left."""
    read.refuse_unknown(values, {"payment_intent", "charge", "amount", "reason", "metadata"})
    reason = read.text(values, "reason")
    if reason is not None and reason not in REASONS:
        raise ApiError(f"Invalid reason: must be one of {', '.join(REASONS)}", param="reason")
    charge = _charge_of(work, values)
    left = charge["amount"] - charge["amount_refunded"]
    amount = read.amount(values) or left
    if charge["disputed"]:
        raise ApiError(f"Charge {charge['id']} has been charged back.", code="charge_disputed")
    if left == 0:
        raise ApiError(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    if amount > left:
        raise ApiError(
            f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left}).",
            code="amount_too_large",
            param="amount",
        )
    identifier = new_id("re")
    line = work.book(amount=-amount, fee=0, currency=charge["currency"], kind="refund", category="refund", source=identifier)
    refund = {
        "id": identifier,
        "object": "refund",
        "amount": amount,
        "balance_transaction": line["id"],
        "charge": charge["id"],
        "created": work.now,
        "currency": charge["currency"],
        "metadata": read.metadata(values),
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "succeeded",
    }
    work.shelf.add(refund, work.account)
    charge["amount_refunded"] += amount
    charge["refunded"] = charge["amount_refunded"] == charge["amount"]
    work.shelf.save(charge)
    work.announce("refund.created", refund)
    work.announce("charge.refunded", charge)
    return refund


def _charge_of(work: Work, values: dict[str, Any]) -> Body:
    identifier = read.text(values, "charge")
    if identifier is None:
        intent = work.get("payment_intent", read.required_text(values, "payment_intent"), "payment_intent")
        if intent["status"] != "succeeded":
            raise ApiError(
                f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.",
                code="payment_intent_unexpected_state",
            )
        identifier = intent["latest_charge"]
    charge = work.get("charge", identifier, "charge")
    if charge["status"] != "succeeded":
        raise ApiError(f"Charge {identifier} did not succeed; there is nothing to refund.", code="charge_not_refundable")
    return charge
