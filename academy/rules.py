"""Academy's rules: states of a course, marking, progress, certificates, limits. Pure."""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from app.kernel.errors import Invalid
from app.kernel.states import States
from app.kernel.text import CODE_LETTERS

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
LESSON_KINDS = ("text", "picture", "audio", "video", "download", "quiz")
WITH_FILE = frozenset({"picture", "audio", "video", "download"})
QUESTION_KINDS = ("choice", "several", "true_false", "numeric")
DRAWINGS = ("course", "law", "pricing", "online", "assembly")

RULE_VERSION = "2026-1"  # of marking and of what a certificate takes; stored with each mark and each certificate
CODE_LENGTH = 12
TITLE_LONGEST = 140
SUMMARY_LONGEST = 600
BODY_LONGEST = 40_000
PROMPT_LONGEST = 600
OPTION_LONGEST = 300
EXPLANATION_LONGEST = 1_500
REASON_LONGEST = 2_000
MOST_OPTIONS = 8
MOST_LESSONS = 200
MOST_QUESTIONS = 50

_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫،−", "01234567890123456789.,-")
_SPACES = re.compile("[\\s\u00a0\u202f\u066c'\u2019\u2066\u2067\u2068\u2069\u200e\u200f]")
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d{0,9})?|\.\d{1,9})")
# One or more groups of three after the same sign: thousands, or three decimals.
_EITHER = re.compile(r"[+-]?\d{1,3}([.,])\d{3}(\1\d{3})*")
_GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")


def decimal_of(text: str, language: str = "fr", field: str = "answer") -> Decimal:
    """The number a person typed, with comma or dot, in Latin or Arabic-Indic digits. Raises Invalid("not-a-number").

    A comma stands before decimals, except where English groups thousands with it; when both signs stand there the last
    one stands before the decimals.
    """
    plain = _SPACES.sub("", text.translate(_DIGITS))
    if plain.count(".") > 1 and "," not in plain and _EITHER.fullmatch(plain):
        plain = plain.replace(".", "")
    if "," in plain:
        grouped = _GROUPED.fullmatch(plain) and (language == "en" or "." in plain or plain.count(",") > 1)
        if grouped:
            plain = plain.replace(",", "")
        elif "." in plain:
            plain = plain.replace(".", "").replace(",", ".")
        else:
            plain = plain.replace(",", ".")
    if not plain.isascii() or not _NUMBER.fullmatch(plain):
        raise Invalid("not-a-number", field)
    return Decimal(plain)


def other_reading(text: str, number: Decimal) -> Decimal | None:
    """The other number that “1.000” or “9,600” may mean where people part thousands by a sign; None when there is none."""
    plain = _SPACES.sub("", text.translate(_DIGITS))
    if not plain.isascii() or not _EITHER.fullmatch(plain):
        return None
    readings = {Decimal(re.sub("[.,]", "", plain))}
    if len(re.findall("[.,]", plain)) == 1:
        readings.add(Decimal(plain.replace(",", ".")))
    return next((reading for reading in readings if reading != number), None)


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


def missing_for_certificate(lessons: Iterable[Line], completed: Collection[int], passed: Collection[int]) -> list[int]:
    """The required lessons that still stand between a learner and the certificate: not complete, or a quiz not passed."""
    return [
        one.id
        for one in lessons
        if one.required and (one.id not in completed or (one.kind == "quiz" and one.id not in passed))
    ]


def where_to_go_on(lessons: Sequence[Line], completed: Collection[int], open_quiz: int | None = None) -> int | None:
    """The lesson to come back to: an open quiz, else what follows the last lesson done, else the first not done."""
    order = [one.id for one in lessons]
    if open_quiz in order:
        return open_quiz
    done = [place for place, lesson in enumerate(order) if lesson in completed]
    after = order[done[-1] + 1 :] if done else order
    left = [lesson for lesson in (*after, *order) if lesson not in completed]
    return left[0] if left else (order[0] if order else None)


def normal_code(text: str) -> str:
    """A certificate's code as it is stored: capitals without spaces and hyphens; empty when it cannot be one."""
    plain = re.sub(r"[\s\-\u2010-\u2015_.]", "", unicodedata.normalize("NFKC", text)).upper()
    return plain if len(plain) == CODE_LENGTH and set(plain) <= set(CODE_LETTERS) else ""


def spoken_code(code: str) -> str:
    """The code in groups of four, as it is printed."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


@dataclass(frozen=True)
class Quiz:
    """A quiz as the rules see it: each question's kind, the number of its options and of the right ones."""

    questions: Sequence[tuple[str, int, int]]


def question_problem(kind: str, options: int, right: int) -> str | None:
    """Why a question cannot be asked, or None."""
    if kind == "numeric":
        return None
    if options < 2:
        return "question-needs-options"
    if kind == "several":
        return None if 1 <= right < options else "question-needs-right-and-wrong"
    return None if right == 1 else "question-needs-one-right"


def why_not_ready(
    titles: int, lessons: Sequence[Line], with_file: Collection[int], quizzes: Mapping[int, Quiz]
) -> str | None:
    """Why a course cannot be handed to the office yet, as a refusal's code; None when it can."""
    if not titles:
        return "course-needs-title"
    if not any(one.required for one in lessons):
        return "course-needs-lesson"
    if any(one.kind in WITH_FILE and one.id not in with_file for one in lessons):
        return "course-needs-file"
    for one in lessons:
        if one.kind == "quiz" and not quizzes.get(one.id, Quiz(())).questions:
            return "course-needs-question"
    broken = (question_problem(*question) for quiz in quizzes.values() for question in quiz.questions)
    return next((code for code in broken if code), None)


# Files of lessons, told by their content and not by their name: (ending, media type) by kind of lesson.
FILE_BYTES = 30 * 1024 * 1024
PICTURE_BRANDS = {b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis"}  # of a phone's photographs, built like a video
TEXT_TYPES = {"csv": "text/csv; charset=utf-8", "txt": "text/plain; charset=utf-8", "md": "text/markdown; charset=utf-8"}


def _is_mp3(head: bytes) -> bool:
    return head[:3] == b"ID3" or (len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2)


def _brand(head: bytes) -> bytes:
    return head[8:12] if head[4:8] == b"ftyp" else b""


def media_type(lesson_kind: str, content: bytes, name: str) -> tuple[str, str]:
    """(ending, media type) of an uploaded file. Raises Invalid("file-not-accepted") or ("file-too-large").

    Pictures are not asked about here: they are made anew by the engine.
    """
    if len(content) > FILE_BYTES:
        raise Invalid("file-too-large", "file", limit=FILE_BYTES // (1024 * 1024))
    found = _media_of(content, name)
    accepted = {"audio": ("audio/",), "video": ("video/",), "download": ("application/pdf", "text/")}.get(lesson_kind, ())
    if found is None or not found[1].startswith(accepted or ("-",)):
        raise Invalid("file-not-accepted", "file")
    return found


def _media_of(content: bytes, name: str) -> tuple[str, str] | None:
    head = content[:16]
    if _is_mp3(head):
        return "mp3", "audio/mpeg"
    if head[:4] == b"OggS":
        return "ogg", "audio/ogg"
    brand = _brand(head)
    if brand in PICTURE_BRANDS:
        return None
    if brand:
        return ("m4a", "audio/mp4") if brand in (b"M4A ", b"M4B ") else ("mp4", "video/mp4")
    if head[:4] == b"\x1a\x45\xdf\xa3" and b"webm" in content[:64]:
        return "webm", "video/webm"
    if head[:5] == b"%PDF-":
        return "pdf", "application/pdf"
    return _text_of(content, name)


def _text_of(content: bytes, name: str) -> tuple[str, str] | None:
    ending = name.rpartition(".")[2].lower()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    if ending not in TEXT_TYPES or not text.strip() or any(ord(c) < 32 and c not in "\t\r\n\x0c" for c in text):
        return None
    return ending, TEXT_TYPES[ending]
