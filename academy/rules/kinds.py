"""The kinds of question there are, found by their names in KINDS."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import Any

from academy.rules.questions import MOST_OPTIONS, Asked, Given, Key, QuestionKind
from app.kernel import typed
from app.kernel.errors import Invalid
from app.kernel.text import msg

NUMBER_LONGEST = 40


def filled(values: Sequence[str]) -> list[str]:
    """What was sent without blanks and without saying anything twice. Raises Invalid when nothing is left."""
    kept = list(dict.fromkeys(value for value in values if value.strip()))
    if not kept:
        raise Invalid("answer-missing", "answer")
    return kept


class OneRight(QuestionKind):
    """Options of which exactly one is right."""

    name = "choice"
    label = msg("One right answer")
    slots = MOST_OPTIONS
    several = False

    def problem(self, options: int, right: int) -> str | None:
        if options < 2:
            return "question-needs-options"
        return None if right == 1 else "question-needs-one-right"

    def read(self, values: Sequence[str], shown: Sequence[str]) -> dict[str, Any]:
        chosen = filled(values)
        if not set(chosen) <= set(shown) or (len(chosen) > 1 and not self.several):
            raise Invalid("answer-unknown", "answer")
        return {"options": sorted(chosen)}

    def key(self, asked: Asked) -> dict[str, Any]:
        return {"kind": self.name, "right": sorted(asked.right)}

    def mark(self, given: Given, key: Key) -> bool:
        return bool(key["right"]) and set(given.get("options", [])) == set(key["right"])

    def said(self, given: Given, keys: Sequence[str]) -> Sequence[str | Decimal]:
        return [key for key in keys if key in given.get("options", [])]

    def truth(self, asked: Asked) -> Sequence[str | Decimal]:
        return asked.right

    def sent_when_right(self, asked: Asked, shown: Sequence[str]) -> list[str]:
        return asked.right


class TrueOrFalse(OneRight):
    """A statement that holds or does not."""

    name = "true_false"
    label = msg("True or false")
    slots = 2
    begun_with = ({"fr": "Vrai", "ar": "صحيح", "en": "True"}, {"fr": "Faux", "ar": "خطأ", "en": "False"})


class SeveralRight(OneRight):
    """Options of which some are right: all of them and no other."""

    name = "several"
    label = msg("Several right answers")
    hint = msg("More than one can be right.")
    several = True

    def problem(self, options: int, right: int) -> str | None:
        if options < 2:
            return "question-needs-options"
        return None if 1 <= right < options else "question-needs-right-and-wrong"


class Number(QuestionKind):
    """A number within a tolerance, its edge included.

    One that may be read in two ways is asked again; an answer from before, kept with both (`or`), counts for either.
    """

    name = "numeric"
    label = msg("A number")
    measured = True

    def measure(self, value: str, tolerance: str) -> tuple[str, str]:
        within = typed.decimal(tolerance or "0", "tolerance")
        if within < 0:
            raise Invalid("tolerance-negative", "tolerance")
        return str(typed.decimal(value, "value")), str(within)

    def read(self, values: Sequence[str], shown: Sequence[str]) -> dict[str, Any]:
        text = filled(values)[0].strip()[:NUMBER_LONGEST]
        return {"text": text, "number": str(typed.decimal(text, "answer"))}

    def key(self, asked: Asked) -> dict[str, Any]:
        return {"kind": self.name, "value": asked.value, "tolerance": asked.tolerance}

    def mark(self, given: Given, key: Key) -> bool:
        readings = [given[name] for name in ("number", "or") if given.get(name) is not None]
        return any(abs(Decimal(number) - Decimal(key["value"])) <= Decimal(key["tolerance"]) for number in readings)

    def said(self, given: Given, keys: Sequence[str]) -> Sequence[str | Decimal]:
        return [given.get("text", "")]

    def truth(self, asked: Asked) -> Sequence[str | Decimal]:
        return [Decimal(asked.value)]

    def sent_when_right(self, asked: Asked, shown: Sequence[str]) -> list[str]:
        return [asked.value]


class Ordering(QuestionKind):
    """Lines that belong in one order. Its author writes them so; a learner sees them mixed and gives each its place."""

    name = "ordering"
    label = msg("Put in order")
    hint = msg("Give each line its place; 1 comes first.")
    piece = "ordering"
    slots = MOST_OPTIONS
    ticked = False
    writing_hint = msg("Write the lines in the right order. Learners see them mixed.")
    slot_label = msg("Line %(place)s")
    option_label = msg("Line to put in its place")
    refusals: Mapping[str, str] = {
        "question-needs-lines": msg("Write at least two lines to put in order."),
        "place-missing": msg("Give every line a place, from 1 to %(last)s."),
        "place-twice": msg("Place %(place)s is given more than once. Give each place to one line."),
    }

    def problem(self, options: int, right: int) -> str | None:
        return None if options >= 2 else "question-needs-lines"

    def laid_out(self, keys: Sequence[str], seed: str) -> list[str]:
        """Mixed, and never in the right order."""
        mixed = sorted(keys, key=lambda key: sha256(f"{seed} {key}".encode()).digest())
        return mixed if mixed != list(keys) else [*mixed[1:], *mixed[:1]]

    def read(self, values: Sequence[str], shown: Sequence[str]) -> dict[str, Any]:
        """A position for each line, in the order in which the lines are shown."""
        given, positions = filled(values), [str(position) for position in range(1, len(shown) + 1)]
        if len(values) != len(shown) or not set(given) <= set(positions):
            raise Invalid("answer-unknown", "answer")
        twice = [position for position in positions if values.count(position) > 1]
        if twice:
            raise Invalid("place-twice", "answer", place=twice[0])
        if len(given) < len(positions):
            raise Invalid("place-missing", "answer", last=positions[-1])
        by_position = dict(zip(values, shown, strict=True))
        return {"order": [by_position[position] for position in positions]}

    def key(self, asked: Asked) -> dict[str, Any]:
        return {"kind": self.name, "order": asked.keys}

    def mark(self, given: Given, key: Key) -> bool:
        return bool(given["order"] == key["order"])

    def said(self, given: Given, keys: Sequence[str]) -> Sequence[str | Decimal]:
        return list(given["order"])

    def truth(self, asked: Asked) -> Sequence[str | Decimal]:
        return asked.keys

    def sent_when_right(self, asked: Asked, shown: Sequence[str]) -> list[str]:
        return [str(asked.keys.index(key) + 1) for key in shown]


# In the order in which authors are offered them.
KINDS: Mapping[str, QuestionKind] = {
    kind.name: kind for kind in (OneRight(), SeveralRight(), TrueOrFalse(), Number(), Ordering())
}
FIRST_KIND = next(iter(KINDS))


def mark(given: Given | None, key: Key) -> bool:
    """Is the answer right? None, where nothing was answered, is not."""
    return given is not None and KINDS[key["kind"]].mark(given, key)
