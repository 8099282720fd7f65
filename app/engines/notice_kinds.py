"""Kinds of notices: modules declare on their plates what they tell people; app.notices tells it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from flask import current_app


@dataclass(frozen=True)
class NoticeKind:
    """A kind of thing that people are told: `key` begins with its module ("orders.bought"), `label` says it to them.

    It stands on the screen in any case. `topic` is the choice of their preferences that turns its letters off; without one
    they always come: about money, about one's own orders, and what somebody decided about one's own work.
    """

    key: str
    label: str
    topic: str | None = None


def notice_kind(key: str) -> NoticeKind:
    """The kind that a module has declared."""
    kinds: Mapping[str, NoticeKind] = current_app.extensions["notice_kinds"]
    return kinds[key]


def notice_labels() -> dict[str, str]:
    """{key: what the kind is called}, of the modules that are there."""
    kinds: Mapping[str, NoticeKind] = current_app.extensions["notice_kinds"]
    return {key: kind.label for key, kind in kinds.items()}


def notices_kept() -> tuple[timedelta, timedelta]:
    """How long a notice is kept after it was read, and how long after it was told to who has not read it."""
    settings = current_app.config
    return timedelta(days=settings["KEEP_NOTICES_DAYS"]), timedelta(days=settings["KEEP_UNREAD_NOTICES_DAYS"])
