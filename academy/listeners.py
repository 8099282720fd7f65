"""What follows from what happened in academy: the learner and the instructor are told."""

from typing import Any

from academy.services import erasure, letters
from app.engines.own_data import Whose


def on_certificate_issued(_sender: object, certificate_id: int, person_id: int, **_more: object) -> None:
    """The learner hears where anyone can check it."""
    letters.write_certificate(certificate_id, person_id)


def on_course_published(
    _sender: object, course_id: int, owner_id: int | None, actor_id: int | None, **_more: object
) -> None:
    """The instructor hears that the course is in the catalogue."""
    _to_instructor(course_id, owner_id, actor_id, "published")


def on_course_returned(_sender: object, course_id: int, owner_id: int | None, actor_id: int | None, **_more: object) -> None:
    """The instructor hears why the course came back."""
    _to_instructor(course_id, owner_id, actor_id, "returned")


def on_course_taken_out(
    _sender: object, course_id: int, owner_id: int | None, actor_id: int | None, **_more: object
) -> None:
    """The instructor hears that the office took the course out of the catalogue."""
    _to_instructor(course_id, owner_id, actor_id, "taken-out")


def _to_instructor(course_id: int, owner_id: int | None, actor_id: int | None, decision: str) -> None:
    """Nobody hears of what the system loads."""
    if owner_id is not None and actor_id is not None:
        letters.write_decision(course_id, owner_id, decision)


def on_person_erased(_sender: Any, whose: Whose, name: str, certificates: bool, **_more: object) -> None:
    """Their answers and drafts go, in the same transaction."""
    erasure.erase_learner(whose, name, certificates)
    erasure.erase_drafts(whose)
