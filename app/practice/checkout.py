"""Hosted checkout sessions: made by the house, paid or left by the buyer, expired by the clock."""

from typing import Any

from app.practice import parameters as read
from app.practice.cards import Card
from app.practice.errors import ApiError
from app.practice.intents import answer_challenge, drop_intent, new_intent, settle_slow, try_card
from app.practice.store import Body, new_id
from app.practice.work import Work

SHORTEST_LIFE = 30 * 60
LONGEST_LIFE = 24 * 3600
LOCALES = ("auto", "ar", "en", "fr")
CREATE = {
    "mode",
    "line_items",
    "success_url",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "expires_at",
    "locale",
    "metadata",
    "payment_intent_data",
    "payment_method_types",
}


def create_session(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/checkout/sessions`` in payment mode."""
    read.refuse_unknown(values, CREATE)
    if values.get("mode") != "payment":
        raise ApiError("Practice mode knows only mode=payment.", param="mode")
    lines = _lines(values)
    expires_at = read.whole_number(values, "expires_at") or work.now + LONGEST_LIFE
    if not work.now + SHORTEST_LIFE <= expires_at <= work.now + LONGEST_LIFE:
        raise ApiError(
            "The `expires_at` timestamp must be between 30 minutes and 24 hours from Checkout Session creation.",
            param="expires_at",
        )
    locale = read.text(values, "locale") or "auto"
    if locale not in LOCALES:
        raise ApiError(f"Invalid locale: must be one of {', '.join(LOCALES)}", param="locale")
    identifier = new_id("cs_test", 40)
    total = sum(line["amount"] * line["quantity"] for line in lines)
    session = {
        "id": identifier,
        "object": "checkout.session",
        "amount_subtotal": total,
        "amount_total": total,
        "cancel_url": read.address(values, "cancel_url"),
        "client_reference_id": read.text(values, "client_reference_id"),
        "created": work.now,
        "currency": lines[0]["currency"],
        "customer": read.text(values, "customer"),
        "customer_email": read.text(values, "customer_email"),
        "expires_at": expires_at,
        "livemode": False,
        "locale": locale,
        "metadata": read.metadata(values),
        "mode": "payment",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "practice": {"lines": lines, "intent": _intent_data(values)},
        "status": "open",
        "success_url": read.address(values, "success_url", required=True),
        "url": f"{work.public_url}/pay/{identifier}",
    }
    return shown(work.shelf.add(session, work.account))


def shown(session: Body) -> Body:
    """A session as the interface shows it: without what the stand-in keeps for itself."""
    return {key: value for key, value in session.items() if key != "practice"}


def expire_session(work: Work, identifier: str, values: dict[str, Any]) -> Body:
    """``POST /v1/checkout/sessions/:id/expire``; only an open session can be."""
    read.refuse_unknown(values, set())
    session = fresh_session(work, work.get("checkout.session", identifier))
    if session["status"] != "open":
        message = f'Only Checkout Sessions with a status in ["open"] can be expired. This one is {session["status"]}.'
        raise ApiError(message, code="resource_invalid_state")
    return shown(_expire(work, session))


def fresh_session(work: Work, session: Body) -> Body:
    """The session, expired first if its time is over."""
    if session["status"] == "open" and session["expires_at"] <= work.now:
        return _expire(work, session)
    return session


def expire_due(work: Work) -> None:
    """Expire every open session whose time is over, of every account."""
    for session in work.shelf.all("checkout.session", status="open"):
        fresh_session(work.of(work.shelf.account_of(session["id"])), session)


def pay_session(work: Work, session: Body, card: Card) -> tuple[Body, Body | None]:
    """The buyer gives a card; returns the session and the intent. A session that is no longer open is left as it is."""
    session = fresh_session(work, session)
    if session["status"] != "open":
        return session, None
    intent = work.shelf.find(session["payment_intent"]) if session["payment_intent"] else None
    if intent is None:
        kept = session["practice"]["intent"]
        intent = new_intent(
            work,
            amount=session["amount_total"],
            currency=session["currency"],
            metadata=kept["metadata"],
            description=kept["description"],
            customer=session["customer"],
            transfer_group=kept["transfer_group"],
        )
        session["payment_intent"] = intent["id"]
        work.shelf.save(session)
    intent = try_card(work, intent, card, session["url"])
    return _follow(work, session, intent), intent


def answer_session(work: Work, session: Body, intent: Body, *, approved: bool) -> Body:
    """The buyer answered the bank's challenge; too late is too late."""
    session = fresh_session(work, session)
    if session["status"] != "open":
        return session
    return _follow(work, session, answer_challenge(work, intent, approved=approved))


def settle_session(work: Work, session: Body, intent: Body, *, succeeded: bool) -> Body:
    """The bank's late answer reaches a session that was complete but unpaid."""
    if intent["status"] != "processing":
        return session
    intent = settle_slow(work, intent, succeeded=succeeded)
    if intent["status"] == "succeeded":
        session["payment_status"] = "paid"
        work.shelf.save(session)
    ending = "succeeded" if succeeded else "failed"
    work.announce(f"checkout.session.async_payment_{ending}", shown(session))
    return session


def session_of(work: Work, intent: Body) -> Body | None:
    """The session an intent belongs to, if any."""
    sessions = work.shelf.all("checkout.session", payment_intent=intent["id"])
    return sessions[0] if sessions else None


def _follow(work: Work, session: Body, intent: Body) -> Body:
    if intent["status"] not in ("succeeded", "processing"):
        return session
    session["status"] = "complete"
    session["payment_status"] = "paid" if intent["status"] == "succeeded" else "unpaid"
    work.shelf.save(session)
    work.announce("checkout.session.completed", shown(session))
    return session


def _expire(work: Work, session: Body) -> Body:
    session["status"] = "expired"
    work.shelf.save(session)
    intent = work.shelf.find(session["payment_intent"]) if session["payment_intent"] else None
    if intent is not None and intent["status"] != "canceled":
        drop_intent(work, intent, "abandoned")
    work.announce("checkout.session.expired", shown(session))
    return session


def _lines(values: dict[str, Any]) -> list[dict[str, Any]]:
    items = values.get("line_items")
    if not isinstance(items, list) or not items or not all(isinstance(item, dict) for item in items):
        raise ApiError("Missing required param: line_items.", code="parameter_missing", param="line_items")
    lines = []
    for item in items:
        price = item.get("price_data")
        product = price.get("product_data") if isinstance(price, dict) else None
        if not isinstance(price, dict) or not isinstance(product, dict):
            raise ApiError("Practice mode needs price_data with product_data.", param="line_items")
        lines.append(
            {
                "name": read.required_text(product, "name"),
                "amount": read.required_amount(price, "unit_amount"),
                "currency": read.currency(price),
                "quantity": read.amount(item, "quantity") or 1,
            }
        )
    if len({line["currency"] for line in lines}) != 1:
        raise ApiError("All line items must have the same currency.", param="line_items")
    return lines


def _intent_data(values: dict[str, Any]) -> dict[str, Any]:
    data = values.get("payment_intent_data") or {}
    if not isinstance(data, dict):
        raise ApiError("Invalid payment_intent_data", param="payment_intent_data")
    read.refuse_unknown(data, {"metadata", "description", "transfer_group"})
    return {
        "metadata": read.metadata(data),
        "description": read.text(data, "description"),
        "transfer_group": read.text(data, "transfer_group"),
    }
