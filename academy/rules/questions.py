"""Questions of a quiz: what a kind of question says of itself, limits, and the outcome of an attempt."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kernel.text import msg

PROMPT_LONGEST = 600
OPTION_LONGEST = 300
EXPLANATION_LONGEST = 1_500
MOST_OPTIONS = 8

Key = Mapping[str, Any]  # what makes an answer right, as it is frozen beside a mark; {"kind": name, …}
Given = Mapping[str, Any]  # an answer as it is stored


@dataclass(frozen=True)
class Asked:
    """What is stored of a question: (key, is it right) of its options in the author's order; a value in decimal text."""

    kind: str
    options: tuple[tuple[str, bool], ...] = ()
    value: str = "0"
    tolerance: str = "0"

    @property
    def keys(self) -> list[str]:
        return [key for key, _right in self.options]

    @property
    def right(self) -> list[str]:
        return [key for key, right in self.options if right]


class QuestionKind(ABC):
    """What a kind of question is called, how it is written, asked, read, marked and told.

    The field that asks it stands in `forms/answers.py` under the same name.
    """

    name: str  # what is stored
    label: str  # to its author
    hint: str = ""  # to the learner, below the question
    piece: str = "field"  # the template in academy/questions/ that asks it and tells the answers
    slots: int = 0  # how many options its author may write
    ticked: bool = True  # does its author tick the options that are right?
    measured: bool = False  # does its author give a value, and how far off is still right?
    writing_hint: str = ""  # to its author, above the options
    slot_label: str = msg("Answer %(place)s")
    option_label: str = msg("Answer to choose")
    begun_with: Sequence[Mapping[str, str]] = ()  # options that a new question begins with, by language
    refusals: Mapping[str, str] = {}  # what it alone says no with

    def measure(self, value: str, tolerance: str) -> tuple[str, str]:
        """What its author typed, as decimal text. Raises Invalid."""
        return "", ""

    def problem(self, options: int, right: int) -> str | None:
        """Why it cannot be asked with so many options and so many right ones, as a refusal's code; None when it can."""
        return None

    def laid_out(self, keys: Sequence[str], seed: str) -> list[str]:
        """The options as they are shown to a learner; the same for the same `seed` (`seed_of`)."""
        return list(keys)

    @abstractmethod
    def read(self, values: Sequence[str], shown: Sequence[str]) -> dict[str, Any]:
        """What was sent below the options as they were `shown`, as it is stored. Raises Invalid on the field `answer`."""

    @abstractmethod
    def key(self, asked: Asked) -> dict[str, Any]:
        """What makes an answer right."""

    @abstractmethod
    def mark(self, given: Given, key: Key) -> bool:
        """Is the answer right?"""

    @abstractmethod
    def said(self, given: Given, keys: Sequence[str]) -> Sequence[str | Decimal]:
        """The answer as it is told: keys of options, text, or a number."""

    @abstractmethod
    def truth(self, asked: Asked) -> Sequence[str | Decimal]:
        """The right answer as it is told."""

    @abstractmethod
    def sent_when_right(self, asked: Asked, shown: Sequence[str]) -> list[str]:
        """The values that the form of somebody who is right sends, its options `shown` so."""


def seed_of(attempt_id: int, question_id: int) -> str:
    """What lays out the options of a question the same way for a whole attempt."""
    return f"{attempt_id} {question_id}"


@dataclass(frozen=True)
class Result:
    """The outcome of an attempt; `percent` is rounded down, so that 100 means all."""

    right: int
    of: int
    pass_percent: int

    @property
    def percent(self) -> int:
        return 100 * self.right // self.of if self.of else 0

    @property
    def passed(self) -> bool:
        return self.of > 0 and 100 * self.right >= self.pass_percent * self.of
