"""A course: its states, what it is made of, its limits, and when it is ready for the office."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from academy.rules.kinds import KINDS
from academy.rules.lessons import LESSONS
from academy.rules.progress import Line
from app.kernel.states import States

COURSE = States(
    "course",
    "draft",
    {
        "draft": {"submit": "submitted"},
        "submitted": {"publish": "published", "return": "draft"},
        "published": {"withdraw": "withdrawn"},
        "withdrawn": {"submit": "submitted", "rewrite": "draft"},
    },
)
# What the office has read cannot be rewritten behind its back: an instructor withdraws it first.
WRITABLE = frozenset({"draft", "withdrawn"})
# Whoever has begun a course may finish it after it has left the catalogue, as long as it is what the office has read.
OPEN_TO_LEARNERS = frozenset({"published", "withdrawn"})
LEVELS = ("beginner", "intermediate", "advanced")
DRAWINGS = ("course", "law", "pricing", "online", "assembly")
TITLE_LONGEST = 140
SUMMARY_LONGEST = 600
BODY_LONGEST = 40_000
REASON_LONGEST = 2_000
MOST_LESSONS = 200
MOST_QUESTIONS = 50


@dataclass(frozen=True)
class Quiz:
    """A quiz as the rules see it: each question's kind, the number of its options and of the right ones."""

    questions: Sequence[tuple[str, int, int]]


def why_not_ready(
    titles: int, lessons: Sequence[Line], with_file: Collection[int], quizzes: Mapping[int, Quiz]
) -> str | None:
    """Why a course cannot be handed to the office yet, as a refusal's code; None when it can."""
    if not titles:
        return "course-needs-title"
    if not any(lesson.required for lesson in lessons):
        return "course-needs-lesson"
    if any(LESSONS[lesson.kind].with_file and lesson.id not in with_file for lesson in lessons):
        return "course-needs-file"
    for lesson in lessons:
        if LESSONS[lesson.kind].asks and not quizzes.get(lesson.id, Quiz(())).questions:
            return "course-needs-question"
    broken = (KINDS[kind].problem(options, right) for quiz in quizzes.values() for kind, options, right in quiz.questions)
    return next((code for code in broken if code), None)
