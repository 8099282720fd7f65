"""Questions of a quiz: kinds, keys, reading an answer and marking it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from academy.rules.numbers import decimal_of, other_reading
from app.kernel.errors import Invalid

QUESTION_KINDS = ("choice", "several", "true_false", "numeric")
PROMPT_LONGEST = 600
OPTION_LONGEST = 300
EXPLANATION_LONGEST = 1_500
MOST_OPTIONS = 8


@dataclass(frozen=True)
class Key:
    """What makes an answer right: the keys of the right options, or a value with its tolerance as decimal text."""

    kind: str
    right: frozenset[str] = frozenset()
    value: str = "0"
    tolerance: str = "0"

    def as_facts(self) -> dict[str, Any]:
        """As it is frozen beside a mark."""
        if self.kind == "numeric":
            return {"kind": self.kind, "value": self.value, "tolerance": self.tolerance}
        return {"kind": self.kind, "right": sorted(self.right)}


def key_from(facts: Mapping[str, Any]) -> Key:
    """The key that was frozen beside a mark."""
    return Key(facts["kind"], frozenset(facts.get("right", ())), facts.get("value", "0"), facts.get("tolerance", "0"))


def mark_one_option(given: Mapping[str, Any], key: Key) -> bool:
    """Choice and true or false: exactly the right one."""
    chosen = given.get("options", [])
    return len(chosen) == 1 and set(chosen) == key.right


def mark_several_options(given: Mapping[str, Any], key: Key) -> bool:
    """All the right ones and no other."""
    return bool(key.right) and set(given.get("options", [])) == key.right


def mark_number(given: Mapping[str, Any], key: Key) -> bool:
    """Within the tolerance, its edge included; of a number that may be read in two ways, either reading."""
    readings = [given[name] for name in ("number", "or") if given.get(name) is not None]
    return any(abs(Decimal(number) - Decimal(key.value)) <= Decimal(key.tolerance) for number in readings)


MARKERS: Mapping[str, Callable[[Mapping[str, Any], Key], bool]] = {
    "choice": mark_one_option,
    "true_false": mark_one_option,
    "several": mark_several_options,
    "numeric": mark_number,
}


def mark(given: Mapping[str, Any] | None, key: Key) -> bool:
    """Is the answer right? None, where nothing was answered, is not."""
    return given is not None and MARKERS[key.kind](given, key)


def read_answer(kind: str, values: Sequence[str], options: Collection[str], language: str) -> dict[str, Any]:
    """What was sent, as it is stored. Raises Invalid on the field `answer`."""
    chosen = list(dict.fromkeys(value for value in values if value.strip()))
    if not chosen:
        raise Invalid("answer-missing", "answer")
    if kind == "numeric":
        text = chosen[0].strip()[:40]
        number = decimal_of(text, language)
        other = other_reading(text, number)
        return {"text": text, "number": str(number), **({} if other is None else {"or": str(other)})}
    if not set(chosen) <= set(options) or (kind != "several" and len(chosen) > 1):
        raise Invalid("answer-unknown", "answer")
    return {"options": sorted(chosen)}


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


def question_problem(kind: str, options: int, right: int) -> str | None:
    """Why a question cannot be asked, or None."""
    if kind == "numeric":
        return None
    if options < 2:
        return "question-needs-options"
    if kind == "several":
        return None if 1 <= right < options else "question-needs-right-and-wrong"
    return None if right == 1 else "question-needs-one-right"
