"""Connected accounts: joining, transfers to them, reversals, and payouts to banks."""

from typing import Any

from app.practice import parameters as read
from app.practice.errors import ApiError, missing
from app.practice.store import Body, new_id
from app.practice.work import PLATFORM, Work

LINK_LIVES = 5 * 60
PAYOUT_TAKES = 2 * 24 * 3600
DUE = ["external_account", "tos_acceptance.date"]


def create_account(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/accounts``; it can receive nothing until its owner has gone through the account link."""
    read.refuse_unknown(
        values, {"type", "country", "email", "business_type", "business_profile", "capabilities", "controller", "metadata"}
    )
    account = {
        "id": new_id("acct", 16),
        "object": "account",
        "business_profile": {"name": read.text(values.get("business_profile") or {}, "name")},
        "business_type": read.text(values, "business_type"),
        "capabilities": {"card_payments": "inactive", "transfers": "inactive"},
        "charges_enabled": False,
        "country": read.text(values, "country") or "CA",
        "created": work.now,
        "default_currency": "cad",
        "details_submitted": False,
        "email": read.text(values, "email"),
        "metadata": read.metadata(values),
        "payouts_enabled": False,
        "requirements": {"currently_due": list(DUE), "disabled_reason": "requirements.past_due", "past_due": []},
        "type": read.text(values, "type") or "express",
    }
    work.shelf.add(account, work.account)
    return account


def create_account_link(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/account_links``: a page good for five minutes."""
    read.refuse_unknown(values, {"account", "refresh_url", "return_url", "type", "collection_options"})
    account = work.get("account", read.required_text(values, "account"), "account")
    identifier = new_id("link", 40)
    link = {
        "id": identifier,
        "object": "account_link",
        "account": account["id"],
        "created": work.now,
        "expires_at": work.now + LINK_LIVES,
        "refresh_url": read.address(values, "refresh_url", required=True),
        "return_url": read.address(values, "return_url", required=True),
        "url": f"{work.public_url}/onboarding/{identifier}",
    }
    work.shelf.add(link, work.account)
    return {name: link[name] for name in ("object", "created", "expires_at", "url")}


def complete_account(work: Work, account: Body) -> Body:
    """Its owner has told everything: it may be paid now."""
    if account["details_submitted"]:
        return account
    account.update(charges_enabled=True, payouts_enabled=True, details_submitted=True)
    account["capabilities"] = {"card_payments": "active", "transfers": "active"}
    account["requirements"] = {"currently_due": [], "disabled_reason": None, "past_due": []}
    work.shelf.save(account)
    work.of(account["id"]).announce("account.updated", account)
    return account


def create_transfer(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/transfers``: from the platform's balance to an account's; with a source charge never more than it."""
    read.refuse_unknown(
        values, {"amount", "currency", "destination", "source_transaction", "transfer_group", "metadata", "description"}
    )
    amount, currency = read.required_amount(values), read.currency(values)
    account = work.get("account", read.required_text(values, "destination"), "destination")
    if account["capabilities"]["transfers"] != "active":
        raise ApiError(
            "Your destination account needs to have the `transfers` capability enabled.",
            code="insufficient_capabilities_for_transfer",
        )
    source = read.text(values, "source_transaction")
    if source is not None:
        _refuse_beyond_charge(work, work.get("charge", source, "source_transaction"), amount, currency)
    _refuse_beyond_balance(work, amount, currency)
    identifier, arrival = new_id("tr"), new_id("py")
    line = work.book(amount=-amount, fee=0, currency=currency, kind="transfer", category="transfer", source=identifier)
    work.of(account["id"]).book(amount=amount, fee=0, currency=currency, kind="payment", category="charge", source=arrival)
    transfer = {
        "id": identifier,
        "object": "transfer",
        "amount": amount,
        "amount_reversed": 0,
        "balance_transaction": line["id"],
        "created": work.now,
        "currency": currency,
        "description": read.text(values, "description"),
        "destination": account["id"],
        "destination_payment": arrival,
        "livemode": False,
        "metadata": read.metadata(values),
        "reversed": False,
        "source_transaction": source,
        "transfer_group": read.text(values, "transfer_group"),
    }
    work.shelf.add(transfer, work.account)
    work.announce("transfer.created", transfer)
    return transfer


def reverse_transfer(work: Work, identifier: str, values: dict[str, Any]) -> Body:
    """``POST /v1/transfers/:id/reversals``: limited by the transfer and by what the account still holds."""
    read.refuse_unknown(values, {"amount", "metadata", "description"})
    transfer = work.get("transfer", identifier)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = read.amount(values) or left
    if left == 0 or amount > left:
        raise ApiError(f"Reversal amount ({amount}) is greater than what is left ({left}).", code="amount_too_large")
    holder = work.of(transfer["destination"])
    _refuse_beyond_balance(holder, amount, transfer["currency"])
    reversal_id, back = new_id("trr"), new_id("pyr")
    line = work.book(
        amount=amount,
        fee=0,
        currency=transfer["currency"],
        kind="transfer_refund",
        category="transfer_reversal",
        source=reversal_id,
    )
    holder.book(amount=-amount, fee=0, currency=transfer["currency"], kind="payment_refund", category="refund", source=back)
    reversal = {
        "id": reversal_id,
        "object": "transfer_reversal",
        "amount": amount,
        "balance_transaction": line["id"],
        "created": work.now,
        "currency": transfer["currency"],
        "destination_payment_refund": back,
        "metadata": read.metadata(values),
        "transfer": transfer["id"],
    }
    work.shelf.add(reversal, work.account)
    transfer["amount_reversed"] += amount
    transfer["reversed"] = transfer["amount_reversed"] == transfer["amount"]
    work.shelf.save(transfer)
    work.announce("transfer.reversed", transfer)
    return reversal


def create_payout(work: Work, values: dict[str, Any]) -> Body:
    """``POST /v1/payouts``: out of the account's balance, on its way to a bank for two days."""
    read.refuse_unknown(values, {"amount", "currency", "description", "metadata", "statement_descriptor"})
    amount, currency = read.required_amount(values), read.currency(values)
    if work.account != PLATFORM:
        account = work.of(PLATFORM).get("account", work.account, "account")
        if not account["payouts_enabled"]:
            raise ApiError("This account cannot make payouts yet.", code="payouts_not_allowed")
    _refuse_beyond_balance(work, amount, currency)
    identifier = new_id("po")
    line = work.book(amount=-amount, fee=0, currency=currency, kind="payout", category="payout", source=identifier)
    payout = {
        "id": identifier,
        "object": "payout",
        "amount": amount,
        "arrival_date": work.now + PAYOUT_TAKES,
        "automatic": False,
        "balance_transaction": line["id"],
        "created": work.now,
        "currency": currency,
        "description": read.text(values, "description"),
        "failure_code": None,
        "livemode": False,
        "metadata": read.metadata(values),
        "method": "standard",
        "status": "in_transit",
        "type": "bank_account",
    }
    work.shelf.add(payout, work.account)
    work.announce("payout.created", payout)
    return payout


def arrive_payouts(work: Work) -> None:
    """Mark as paid every payout whose day has come, of every account."""
    for payout in work.shelf.all("payout", status="in_transit"):
        if payout["arrival_date"] <= work.now:
            payout["status"] = "paid"
            work.shelf.save(payout)
            work.of(work.shelf.account_of(payout["id"])).announce("payout.paid", payout)


def _refuse_beyond_balance(work: Work, amount: int, currency: str) -> None:
    if amount > work.balance_in(currency):
        raise ApiError("You have insufficient available funds in your balance.", code="balance_insufficient")


def _refuse_beyond_charge(work: Work, charge: Body, amount: int, currency: str) -> None:
    if charge["status"] != "succeeded" or charge["currency"] != currency:
        raise missing("charge", charge["id"], "source_transaction")
    moved = sum(transfer["amount"] for transfer in work.shelf.all("transfer", work.account, source_transaction=charge["id"]))
    if moved + amount > charge["amount"]:
        raise ApiError("Transfers cannot exceed the amount of the source charge.", code="amount_too_large", param="amount")
