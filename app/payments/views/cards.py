"""Payments' card on the operator's desk: what is wrong with cards."""

from collections.abc import Mapping
from typing import Any

from app.engines.language import translate
from app.kernel.actor import Actor
from app.module import Card
from app.payments.queries.alarms import card_alarms


def alarms(actor: Actor, _subject_id: int | None) -> Mapping[str, Any] | None:
    """The sentences; nothing where all is well."""
    found = card_alarms() if actor.operator else []
    return {"alarms": [translate(sentence, setting=setting) for sentence, setting in found]} if found else None


CARDS = (Card("desk", 5, "payments/card_alarms.html", alarms),)
