"""What orders hear: money that came or never came, a guest who signed in."""

from typing import Any

from app.engines.own_data import Whose
from app.kernel.actor import Actor
from orders.rules import purchases
from orders.services import basket, erasure, placing


def on_payment_settled(_sender: Any, purpose: str, reference: int, **_ids: int) -> None:
    if purpose == purchases.PURPOSE:
        placing.settle_purchase(reference)


def on_payment_abandoned(_sender: Any, purpose: str, reference: int, **_ids: int) -> None:
    if purpose == purchases.PURPOSE:
        placing.abandon_purchase(reference)


def on_guest_signed_in(_sender: Any, person_id: int, guest: str | None, **_ids: int) -> None:
    if guest:
        basket.merge(Actor("person", person_id), guest)


def on_person_erased(_sender: Any, whose: Whose, name: str, **_more: object) -> None:
    """Their purchases lose name and address, their basket goes, in the same transaction."""
    erasure.erase_buyer(whose, name)
