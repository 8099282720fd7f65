"""What payments keep of a person: what they were to pay by card, and what became of it. No card number is ever here."""

from typing import Any

from sqlalchemy import Select, select

from app.engines.own_data import OwnData, Whose
from app.kernel.text import msg
from app.payments.models import Payable, Payment, Refund

MONEY = msg("To account for the money, as the law wants.")


def _payables(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Payable
    return (
        select(
            row.id,
            row.title,
            row.amount,
            row.currency,
            row.language,
            row.state,
            row.created_at,
            row.expires_at,
            row.settled_at.label("paid_at"),
        )
        .where(row.payer_id == whose.person_id)
        .order_by(row.id)
    )


def _payments(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Payment
    return (
        select(row.id, row.provider, row.amount, row.currency, row.state, row.created_at, row.paid_at)
        .join(Payable, Payable.id == row.payable_id)
        .where(Payable.payer_id == whose.person_id)
        .order_by(row.id)
    )


def _refunds(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Refund
    return (
        select(row.id, row.amount, row.currency, row.state, row.asked_at, row.done_at)
        .join(Payment, Payment.id == row.payment_id)
        .join(Payable, Payable.id == Payment.payable_id)
        .where(Payable.payer_id == whose.person_id)
        .order_by(row.id)
    )


OWN_DATA = (
    OwnData("payables", msg("What you were asked to pay by card"), MONEY, _payables),
    OwnData("payments", msg("Your payments by card"), MONEY, _payments),
    OwnData("refunds", msg("Money given back to you"), MONEY, _refunds),
)
