"""The balance that must add up: what is shown, and the proof."""

from collections import Counter

from app.practice.store import Body, Shelf
from app.practice.work import Work

# What each kind of source puts into its account's balance, fees apart.
SIGNS = {"charge": 1, "refund": -1, "transfer": -1, "transfer_reversal": 1, "payout": -1}


def show_balance(work: Work) -> Body:
    """``GET /v1/balance``: practice money is available at once, nothing is pending."""
    held = {code: amount for (account, code), amount in work.shelf.balances().items() if account == work.account}
    codes = sorted(held) or ["mad"]
    return {
        "object": "balance",
        "available": [{"amount": held.get(c, 0), "currency": c, "source_types": {"card": held.get(c, 0)}} for c in codes],
        "livemode": False,
        "pending": [{"amount": 0, "currency": c, "source_types": {"card": 0}} for c in codes],
    }


def balance_problems(shelf: Shelf) -> list[str]:
    """Everything that does not add up, in words; an empty list is the proof."""
    return [*_balances_against_lines(shelf), *_lines_against_sources(shelf), *_parts_against_wholes(shelf)]


def _balances_against_lines(shelf: Shelf) -> list[str]:
    problems = []
    sums: Counter[tuple[str, str]] = Counter()
    for line in shelf.all("balance_transaction"):
        if line["net"] != line["amount"] - line["fee"]:
            problems.append(f"{line['id']}: net {line['net']} is not {line['amount']} - {line['fee']}")
        sums[shelf.account_of(line["id"]), line["currency"]] += line["net"]
    balances = shelf.balances()
    for account, currency in sorted({*sums, *balances}):
        stands, total = balances.get((account, currency), 0), sums[account, currency]
        if stands != total:
            problems.append(f"balance of {account or 'platform'} {currency} is {stands}, its transactions sum to {total}")
    return problems


def _lines_against_sources(shelf: Shelf) -> list[str]:
    problems = []
    booked: dict[str, list[int]] = {}
    for line in shelf.all("balance_transaction"):
        booked.setdefault(line["source"], []).append(line["amount"])
    for kind, sign in SIGNS.items():
        for thing in shelf.all(kind):
            due = [] if thing.get("status") == "failed" else [sign * thing["amount"]]
            if booked.get(thing["id"], []) != due:
                problems.append(f"{thing['id']}: booked {booked.get(thing['id'], [])}, due {due}")
    for dispute in shelf.all("dispute"):
        due = [dispute["amount"], -dispute["amount"]] if dispute["status"] == "won" else [-dispute["amount"]]
        if booked.get(dispute["id"], []) != due:
            problems.append(f"{dispute['id']}: booked {booked.get(dispute['id'], [])}, due {due}")
    return problems


def _parts_against_wholes(shelf: Shelf) -> list[str]:
    problems = []
    refunded: Counter[str] = Counter()
    for refund in shelf.all("refund"):
        refunded[refund["charge"]] += refund["amount"]
    taken: Counter[str] = Counter()
    for charge in shelf.all("charge"):
        taken[charge["payment_intent"]] += charge["amount_captured"]
        if not refunded[charge["id"]] == charge["amount_refunded"] <= charge["amount_captured"]:
            problems.append(f"{charge['id']}: refunds sum to {refunded[charge['id']]}, it says {charge['amount_refunded']}")
    for intent in shelf.all("payment_intent"):
        if taken[intent["id"]] != intent["amount_received"] or intent["amount_received"] not in (0, intent["amount"]):
            problems.append(f"{intent['id']}: received {intent['amount_received']}, charges took {taken[intent['id']]}")
    reversed_: Counter[str] = Counter()
    for reversal in shelf.all("transfer_reversal"):
        reversed_[reversal["transfer"]] += reversal["amount"]
    for transfer in shelf.all("transfer"):
        if not reversed_[transfer["id"]] == transfer["amount_reversed"] <= transfer["amount"]:
            problems.append(f"{transfer['id']}: reversals sum to {reversed_[transfer['id']]}")
    return problems
