"""How far a learner is, and where to go on."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass


def progress(required: Collection[int], completed: Collection[int]) -> int:
    """Percent of the required lessons that are complete, rounded down: 100 only when every one is."""
    needed = set(required)
    return 100 * len(needed & set(completed)) // len(needed) if needed else 0


@dataclass(frozen=True)
class Line:
    """A lesson as the rules see it."""

    id: int
    kind: str
    required: bool


def where_to_go_on(lessons: Sequence[Line], completed: Collection[int], open_quiz: int | None = None) -> int | None:
    """The lesson to come back to: an open quiz, else what follows the last lesson done, else the first not done."""
    order = [one.id for one in lessons]
    if open_quiz in order:
        return open_quiz
    done = [index for index, lesson in enumerate(order) if lesson in completed]
    after = order[done[-1] + 1 :] if done else order
    left = [lesson for lesson in (*after, *order) if lesson not in completed]
    return left[0] if left else (order[0] if order else None)
