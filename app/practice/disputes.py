"""Disputes: the bank takes the money back until somebody wins."""

from typing import Any

from app.practice import parameters as read
from app.practice.errors import ApiError
from app.practice.store import Body, new_id
from app.practice.work import Work

ANSWER_WITHIN = 7 * 24 * 3600


def open_dispute(work: Work, charge: Body, reason: str) -> Body:
    """Take what is left of a charge out of the balance and ask for evidence."""
    left = charge["amount"] - charge["amount_refunded"]
    if charge["status"] != "succeeded" or charge["disputed"] or left < 1:
        raise ApiError(f"Charge {charge['id']} cannot be disputed.", code="charge_not_disputable")
    identifier = new_id("dp")
    line = work.book(
        amount=-left, fee=0, currency=charge["currency"], kind="adjustment", category="dispute", source=identifier
    )
    charge["disputed"] = True
    work.shelf.save(charge)
    dispute = {
        "id": identifier,
        "object": "dispute",
        "amount": left,
        "balance_transactions": [line],
        "charge": charge["id"],
        "created": work.now,
        "currency": charge["currency"],
        "evidence": {},
        "evidence_details": {"due_by": work.now + ANSWER_WITHIN, "has_evidence": False, "submission_count": 0},
        "is_charge_refundable": False,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    work.shelf.add(dispute, work.account)
    work.announce("charge.dispute.created", dispute)
    work.announce("charge.dispute.funds_withdrawn", dispute)
    return dispute


def decide_dispute(work: Work, dispute: Body, *, won: bool) -> Body:
    """The bank's ruling; a dispute that is won brings the money back. A second ruling changes nothing."""
    if dispute["status"] in ("won", "lost"):
        return dispute
    if won:
        line = work.book(
            amount=dispute["amount"],
            fee=0,
            currency=dispute["currency"],
            kind="adjustment",
            category="dispute_reversal",
            source=dispute["id"],
        )
        dispute["balance_transactions"].append(line)
    dispute["status"] = "won" if won else "lost"
    work.shelf.save(dispute)
    if won:
        work.announce("charge.dispute.funds_reinstated", dispute)
    work.announce("charge.dispute.closed", dispute)
    return dispute


def close_dispute(work: Work, identifier: str, values: dict[str, Any]) -> Body:
    """``POST /v1/disputes/:id/close``: the house gives in."""
    read.refuse_unknown(values, set())
    return decide_dispute(work, work.get("dispute", identifier), won=False)
