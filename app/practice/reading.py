"""What can be read of the stand-in: one object, a page of objects, and ids expanded into objects."""

from typing import Any

from app.practice import parameters as read
from app.practice.checkout import fresh_session, shown
from app.practice.errors import ApiError, missing
from app.practice.store import Body
from app.practice.work import Work

# Address → kind of object, and the fields a list may be narrowed by.
COLLECTIONS: dict[str, tuple[str, frozenset[str]]] = {
    "accounts": ("account", frozenset()),
    "balance_transactions": ("balance_transaction", frozenset({"currency", "source", "type"})),
    "charges": ("charge", frozenset({"customer", "payment_intent", "transfer_group"})),
    "checkout/sessions": ("checkout.session", frozenset({"customer", "payment_intent", "status"})),
    "customers": ("customer", frozenset({"email"})),
    "disputes": ("dispute", frozenset({"charge", "payment_intent"})),
    "events": ("event", frozenset({"type"})),
    "payment_intents": ("payment_intent", frozenset({"customer"})),
    "payouts": ("payout", frozenset({"status"})),
    "refunds": ("refund", frozenset({"charge", "payment_intent"})),
    "transfers": ("transfer", frozenset({"destination", "transfer_group"})),
}
MOST = 100


def show_one(work: Work, collection: str, identifier: str) -> Body:
    """One object of the account."""
    thing = work.get(COLLECTIONS[collection][0], identifier)
    return shown(fresh_session(work, thing)) if thing["object"] == "checkout.session" else thing


def show_page(work: Work, collection: str, values: dict[str, Any]) -> Body:
    """A list object, newest first; ``starting_after`` or ``ending_before`` go on from an id."""
    kind, narrow = COLLECTIONS[collection]
    fields = {name: values[name] for name in narrow if name in values}
    return page_of(work, kind, f"/v1/{collection}", values, fields, narrow)


def show_reversals(work: Work, transfer_id: str, values: dict[str, Any]) -> Body:
    """The reversals of one transfer."""
    transfer = work.get("transfer", transfer_id)
    url = f"/v1/transfers/{transfer['id']}/reversals"
    return page_of(work, "transfer_reversal", url, values, {"transfer": transfer["id"]}, frozenset())


def page_of(work: Work, kind: str, url: str, values: dict[str, Any], fields: dict[str, Any], known: frozenset[str]) -> Body:
    read.refuse_unknown(values, {"limit", "starting_after", "ending_before", *known})
    asked = read.whole_number(values, "limit")
    limit = 10 if asked is None else asked
    if not 1 <= limit <= MOST:
        raise ApiError("This value must be between 1 and 100.", code="parameter_invalid_integer", param="limit")
    after, before = (_position(work, kind, values, name) for name in ("starting_after", "ending_before"))
    if after is not None and before is not None:
        raise ApiError("You may only specify one of starting_after and ending_before.", param="starting_after")
    things, more = work.shelf.page(kind, work.account, fields, limit, after, before)
    return {"object": "list", "url": url, "data": [shown(thing) for thing in things], "has_more": more}


def expand(work: Work, answer: Body, paths: Any) -> Body:
    """Replace ids by their objects along paths such as ``payment_intent.latest_charge`` or ``data.charge``."""
    if paths is None:
        return answer
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths) or len(paths) > 10:
        raise ApiError("Invalid expand", param="expand")
    for path in paths:
        steps = path.split(".")
        if len(steps) > 4:
            raise ApiError("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(work, answer, steps, path)
    return answer


def _expand(work: Work, body: Body, steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name not in body:
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
    if isinstance(body[name], str):
        thing = work.shelf.find(body[name], account=work.account)
        if thing is None:
            raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
        body[name] = shown(thing)
    if rest and body[name] is not None:
        for inner in body[name] if isinstance(body[name], list) else [body[name]]:
            _expand(work, inner, rest, path)


def _position(work: Work, kind: str, values: dict[str, Any], name: str) -> int | None:
    identifier = read.text(values, name)
    if identifier is None:
        return None
    if work.shelf.find(identifier, kind, work.account) is None:
        raise missing(kind, identifier, name)
    return work.shelf.sequence(identifier)
