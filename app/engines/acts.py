"""Acts that need a second person: what each is called, who agrees, who is told, and what is then done.

Modules declare them on their plates; accounts keeps those that wait and knows the one rule for all of them.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import current_app

from app.kernel.actor import Actor


@dataclass(frozen=True)
class Act:
    """A kind of act. Every callable takes the id of what it is about (an organisation, a course).

    `may_ask` and `may_agree` give the ids of people, as they stand now; `concerned` those whose contacts are told. `words`
    is a message for pages and letters that may name the facts in `shown(subject_id, facts, language)`. `carry_out` takes
    the subject, the facts and the moment, looks once more whether all is as it was when it was asked, and raises Refusal
    when it is not.
    """

    kind: str
    words: str
    may_ask: Callable[[int], Collection[int]]
    may_agree: Callable[[int], Collection[int]]
    concerned: Callable[[int], Collection[int]]
    shown: Callable[[int, Mapping[str, Any], str], Mapping[str, str]]
    carry_out: Callable[[Actor, int, Mapping[str, Any], datetime], None]


def act_named(kind: str) -> Act:
    """The act of a kind that a module has declared."""
    acts: Mapping[str, Act] = current_app.extensions["acts"]
    return acts[kind]
