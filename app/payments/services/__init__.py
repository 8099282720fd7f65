"""Writes of money. What other modules may do stands here by name."""

from app.payments.services.ledger import Booking, cash_booking, post, reversal_booking, reverse_sale, sale_booking
from app.payments.services.payables import Visit, ask_for_payment, begin_visit, close_payable, note_page
from app.payments.services.settlement import finalise, refund_purchase

__all__ = [
    "Booking",
    "Visit",
    "ask_for_payment",
    "begin_visit",
    "cash_booking",
    "close_payable",
    "finalise",
    "note_page",
    "post",
    "refund_purchase",
    "reversal_booking",
    "reverse_sale",
    "sale_booking",
]
