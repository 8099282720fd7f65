"""Reads of money. What other modules may ask stands here by name; the rest is read file by file inside payments."""

from app.payments.queries.ledger import Booked, booked, sale_as_booked
from app.payments.queries.payables import PayableFacts, payable_for, payables_of, refunds_of
from app.payments.rules import METHODS, Method

__all__ = [
    "METHODS",
    "Booked",
    "Method",
    "PayableFacts",
    "booked",
    "payable_for",
    "payables_of",
    "refunds_of",
    "sale_as_booked",
]
