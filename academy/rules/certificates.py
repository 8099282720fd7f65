"""Certificates: what one takes, and its code."""

from collections.abc import Collection, Iterable

from academy.rules.lessons import LESSONS
from academy.rules.progress import Line
from app.kernel import typed
from app.kernel.text import CODE_LETTERS

RULE_VERSION = "2026-1"  # of marking and of what a certificate takes; stored with each mark and each certificate
CODE_LENGTH = 12


def missing_for_certificate(lessons: Iterable[Line], completed: Collection[int], passed: Collection[int]) -> list[int]:
    """The required lessons that still stand between a learner and the certificate: not complete, or a quiz not passed."""
    return [
        lesson.id
        for lesson in lessons
        if lesson.required and (lesson.id not in completed or (LESSONS[lesson.kind].asks and lesson.id not in passed))
    ]


def normal_code(text: str) -> str:
    """A certificate's code as it is stored: capitals without spaces and hyphens; empty when it cannot be one."""
    code = typed.code(text)
    return code if len(code) == CODE_LENGTH and set(code) <= set(CODE_LETTERS) else ""


def spoken_code(code: str) -> str:
    """The code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))
