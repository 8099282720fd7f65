"""Reads of money. What other modules may ask stands here by name; the rest is read file by file inside payments."""

from app.payments.gateway.amounts import least_charge
from app.payments.gateway.current import cards_not_now
from app.payments.queries.ledger import Booked, booked, booked_keys, otherwise_booked, sale_as_booked
from app.payments.queries.payables import PayableFacts, payable_for, payable_references, payables_of, refunded, refunds_of
from app.payments.rules import METHODS, Method

__all__ = [
    "METHODS",
    "Booked",
    "Method",
    "PayableFacts",
    "booked",
    "booked_keys",
    "cards_not_now",
    "least_charge",
    "otherwise_booked",
    "payable_for",
    "payable_references",
    "payables_of",
    "refunded",
    "refunds_of",
    "sale_as_booked",
]
