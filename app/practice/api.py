"""The stand-in's interface under ``/v1``: who asks, idempotency keys, and one function per address."""

import hmac
from collections.abc import Callable
from functools import partial
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from app.practice.balance import show_balance
from app.practice.checkout import create_session, expire_session
from app.practice.connect import (
    create_account,
    create_account_link,
    create_payout,
    create_transfer,
    reverse_transfer,
)
from app.practice.customers import create_customer
from app.practice.disputes import close_dispute
from app.practice.errors import ApiError
from app.practice.idempotency import claim_key, fingerprint_of, keep_answer, release_key
from app.practice.intents import cancel_intent, confirm_intent, create_intent
from app.practice.parameters import read_parameters
from app.practice.provider import Practice
from app.practice.reading import COLLECTIONS, expand, show_one, show_page, show_reversals
from app.practice.refunds import create_refund
from app.practice.store import Body, new_id
from app.practice.work import PLATFORM, Work

api = Blueprint("api", __name__, url_prefix="/v1")

Create = Callable[[Work, dict[str, Any]], Body]
Act = Callable[[Work, str, dict[str, Any]], Body]
CREATES: dict[str, Create] = {
    "accounts": create_account,
    "account_links": create_account_link,
    "checkout/sessions": create_session,
    "customers": create_customer,
    "payment_intents": create_intent,
    "payouts": create_payout,
    "refunds": create_refund,
    "transfers": create_transfer,
}
ACTS: dict[tuple[str, str], Act] = {
    ("checkout/sessions", "expire"): expire_session,
    ("disputes", "close"): close_dispute,
    ("payment_intents", "cancel"): cancel_intent,
    ("payment_intents", "confirm"): confirm_intent,
    ("transfers", "reversals"): reverse_transfer,
}


def practice() -> Practice:
    """The stand-in this application serves."""
    served: Practice = current_app.extensions["practice"]
    return served


@api.before_request
def refuse_strangers() -> None:
    """Only who knows the secret key may ask."""
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {practice().secret_key}".encode()):
        raise ApiError("Invalid API Key provided.", status=401)


@api.after_request
def mark(answer: Response) -> Response:
    answer.headers["Request-Id"] = new_id("req", 14)
    return answer


@api.errorhandler(ApiError)
def refuse(error: ApiError) -> tuple[Response, int]:
    return jsonify(error.body), error.status


@api.errorhandler(HTTPException)
def refuse_address(error: HTTPException) -> tuple[Response, int]:
    words = f"Unrecognized request URL ({request.method}: {request.path})."
    return jsonify({"error": {"type": "invalid_request_error", "message": words}}), error.code or 500


@api.get("/balance")
def balance() -> Response:
    return _answer_read(show_balance)


@api.get("/<path:address>")
def read_address(address: str) -> Response:
    """One object, a list of objects, or the reversals of a transfer."""
    steps = address.split("/")
    if address in COLLECTIONS:
        return _answer_read(lambda work: show_page(work, address, _query()))
    if "/".join(steps[:-1]) in COLLECTIONS:
        return _answer_read(lambda work: show_one(work, "/".join(steps[:-1]), steps[-1]))
    if len(steps) == 3 and steps[0] == "transfers" and steps[2] == "reversals":
        return _answer_read(lambda work: show_reversals(work, steps[1], _query()))
    raise _unknown()


@api.post("/<path:address>")
def write_address(address: str) -> Response:
    """Make an object, or do something with one."""
    values = read_parameters(request.get_data(as_text=True))
    if address in CREATES:
        return _answer_write(partial(_create, CREATES[address], values), values)
    collection, _, rest = address.rpartition("/")
    things, _, identifier = collection.rpartition("/")
    act = ACTS.get((things, rest))
    if act is None:
        raise _unknown()
    return _answer_write(partial(_act, act, identifier, values), values)


def _create(create: Create, values: dict[str, Any], work: Work) -> Body:
    return create(work, values)


def _act(act: Act, identifier: str, values: dict[str, Any], work: Work) -> Body:
    return act(work, identifier, values)


def _answer_read(show: Callable[[Work], Body]) -> Response:
    # A write transaction, because reading a session whose time is over expires it.
    with practice().work(_account()) as work:
        return jsonify(expand(work, show(work), _query().get("expand")))


def _answer_write(do: Callable[[Work], Body], values: dict[str, Any]) -> Response:
    """Do it once for an idempotency key; the answer is stored with its effect."""
    account, key = _account(), request.headers.get("Idempotency-Key")
    if key is None:
        return _respond(*_perform(do, values, account, None))
    if not 1 <= len(key) <= 255:
        raise ApiError("Idempotency keys have at most 255 characters.", kind="idempotency_error")
    fingerprint = fingerprint_of(request.path, request.get_data(as_text=True))
    with practice().store.writing() as shelf:
        kept = claim_key(shelf, account, key, fingerprint, practice().clock())
    if kept is not None:
        answer = _respond(*kept)
        answer.headers["Idempotent-Replayed"] = "true"
        return answer
    try:
        return _respond(*_perform(do, values, account, key))
    except Exception:
        with practice().store.writing() as shelf:
            release_key(shelf, account, key)
        raise


def _perform(do: Callable[[Work], Body], values: dict[str, Any], account: str, key: str | None) -> tuple[int, Body]:
    with practice().work(account, key) as work:
        try:
            status, body = 200, expand(work, do(work), values.get("expand"))
        except ApiError as error:
            if not error.lasting:
                raise
            status, body = error.status, error.body
        if key is not None:
            keep_answer(work.shelf, account, key, status, body)
        return status, body


def _respond(status: int, body: Body) -> Response:
    answer = jsonify(body)
    answer.status_code = status
    return answer


def _query() -> dict[str, Any]:
    return read_parameters(request.query_string.decode("utf-8", "replace"))


def _account() -> str:
    """The connected account the platform asks for, or the platform itself."""
    named = request.headers.get("Stripe-Account")
    if named is None:
        return PLATFORM
    with practice().look() as work:
        if work.shelf.find(named, "account", PLATFORM) is None:
            raise ApiError(f"The provided key does not have access to account '{named}'.", status=403)
    return named


def _unknown() -> ApiError:
    return ApiError(f"Unrecognized request URL ({request.method}: {request.path}).", status=404)
