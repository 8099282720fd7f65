"""Names and passwords people choose."""

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from app.kernel import names
from app.kernel.errors import Invalid
from app.kernel.text import bad_characters, fold

PASSWORD_SHORTEST = 12
PASSWORD_LONGEST = 1000
NAME_LONGEST = 80


def person_name(text: str, field: str = "name") -> str:
    """A person's name on one line, 2 to 80 characters, without anything to follow or dial. Raises Invalid."""
    name = names.name(text, field)
    if not 2 <= len(name) <= NAME_LONGEST or bad_characters(name) or not any(c.isalpha() for c in name):
        raise Invalid("name-needed", field, longest=NAME_LONGEST)
    return name


def normal_password(text: str) -> str:
    """The password as it is hashed: composed form, so that two keyboards write the same."""
    return unicodedata.normalize("NFC", text)


def check_password(text: str, own_words: Iterable[str] = (), field: str = "password") -> str:
    """The normal form of a password somebody may choose. Raises Invalid.

    No rule of composition: length, not on the lists of what is tried first, not one's own name or address.
    """
    password = normal_password(text)
    if len(password) < PASSWORD_SHORTEST:
        raise Invalid("password-too-short", field, shortest=PASSWORD_SHORTEST)
    if len(password) > PASSWORD_LONGEST:
        raise Invalid("password-too-long", field, longest=PASSWORD_LONGEST)
    if bad_characters(password):
        raise Invalid("password-too-common", field)
    plain = fold(password)
    if _is_repetition(plain) or _is_run(plain) or _is_common(plain):
        raise Invalid("password-too-common", field)
    if _is_own(plain, own_words):
        raise Invalid("password-is-own-name", field)
    return password


def _is_repetition(plain: str) -> bool:
    """One short piece again and again, or hardly any different characters."""
    return len(set(plain)) < 5 or re.fullmatch(r"(.{1,6})\1+", plain) is not None or _has_period(plain)


def _has_period(plain: str) -> bool:
    return any(all(plain[i] == plain[i - period] for i in range(period, len(plain))) for period in range(1, 7))


_ROWS = (
    "1234567890",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "ضصثقفغعهخحجد",
    "شسيبلاتنمكط",
    "ئءؤرلاىةوزظ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
)
_NEIGHBOURS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_COLUMNS = frozenset(
    pair
    for column in ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "1aqw", "2zsx")
    for a, b in pairwise(column)
    for pair in (a + b, b + a)
)
_ZIGZAG = frozenset({"1q", "q2", "2w", "w3", "3e", "e4", "4r", "r5", "5t", "t6", "1a", "a2", "2z", "z3"})


def _is_run(plain: str) -> bool:
    """Fingers walking along the keyboard or the alphabet: seven steps of ten are to a neighbour."""
    steps = [a + b for a, b in pairwise(plain)]
    walked = sum(step in _NEIGHBOURS or step in _COLUMNS or step in _ZIGZAG or step[0] == step[1] for step in steps)
    return walked * 10 >= len(steps) * 7


# The words people reach for first, in the languages of our users, without accents.
_WORDS = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
_LOOKALIKES = str.maketrans("013457@$!|", "oleastasii")
_LONGEST_WORD = max(map(len, _WORDS))


def _is_common(plain: str) -> bool:
    """At most two common words, dressed with digits and signs."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    forms = (plain, core.translate(_LOOKALIKES))
    return any(_words_needed("".join(c for c in form if c.isalpha())) <= 2 for form in forms)


def _words_needed(letters: str) -> int:
    """The fewest common words that make up all the letters; many when none do."""
    never = 99
    fewest = [0] + [never] * len(letters)
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - _LONGEST_WORD), end)
        fewest[end] = min((fewest[start] + 1 for start in starts if letters[start:end] in _WORDS), default=never)
    return fewest[-1]


def _is_own(plain: str, own_words: Iterable[str]) -> bool:
    """What is left without one's own name and address is short."""
    left = plain
    parts = {part for word in own_words for part in re.split(r"[\W_]+", fold(word)) if len(part) >= 3}
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left != plain and len(left) < 8
