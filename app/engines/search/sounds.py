"""Words as they are heard: the same word typed in Arabic, in Tifinagh, in Latin letters and figures (3sel), or as in French.

A word becomes signs: one for each consonant that people write apart, `i` and `u` for long vowels, `A` for a vowel or an ain
at its beginning, `W` and `Y` for the consonants there. What spellings differ in is dropped: short vowels, doubled letters,
medial ain, the ending h that is not ح. Arabic writes no short vowels, so its long ones need only be among those of the other
spelling.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache

from app.engines.search.folding import ARABIC, script_of, without_article

FIGURES = str.maketrans({"2": "", "3": "3", "5": "X", "6": "t", "7": "H", "8": "G", "9": "k"})
TIFINAGH = str.maketrans("ⴰⴱⴲⴳⴷⴸⴹⴵⴻⴼⴽⴿⵀⵃⵄⵅⵇⵉⵊⵍⵎⵏⵓⵔⵕⵖⵙⵚⵛⵞⵜⵝⵟⵡⵢⵣⵥⵒⵠ", "abbkdddjefkkhH3XkijlmnurrGssCCtttwyzzbf", "ⵯ")
ARABIC_LETTERS = dict(zip("ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "abttjHXddrzsCsdtz3Gfkklmnhui", strict=True))
WRITTEN_FIRST = {"u": "W", "i": "Y"}
MARK = "~"  # what a word sounds like, as it stands in the index: no typed word begins with it
SOFT = "(?<=[aeiouy])s(?=[aeiouy])"  # a French s between vowels; in Latin letters for Arabic it stays an s
HARD = "g(?=[eiy])"  # a French j; in Latin letters for Arabic the g of gerga3
# One after the other; capitals stand for what Latin letters write in two.
LATIN_RULES = [
    (re.compile(pattern), sign)
    for pattern, sign in (
        ("tch|sch|ch|sh", "C"),
        ("kh", "X"),
        ("gh|rh", "G"),
        ("ph|v", "f"),
        (f"dj|{HARD}", "j"),
        ("c(?=[eiy])", "s"),
        (SOFT, "z"),
        ("gu(?=[eiy])|qu?|ck|[cg]", "k"),
        ("x", "ks"),
        ("th", "t"),
        ("dh", "d"),
        ("ou|oo|[ow]", "u"),
        ("ee|y", "i"),
        ("[ae]+", "a"),
    )
]
_DOUBLE = re.compile(r"(.)\1+")
_TYPED = re.compile(r"[a-z235-9]*[a-z][a-z235-9]*[a-z][a-z235-9]*")
_ARABIC, _LATIN = "a", "l"
_SHORT = 3  # signs; as short as that, and with as few consonants, long vowels must agree whatever the scripts

# What is tried when the word itself is not known: without an article, an Amazigh feminine's frame, a plural's ending.
_PEELED = tuple(
    re.compile(pattern)
    for pattern in (
        r"^(?:[ea]l|l|ⵍ)(?=[^aeiouⴰⵉⵓ]|aa)(.{3,})$",
        r"^(?:t[aiu]|ⵜ[ⴰⵉⵓ])(.{3,})[tⵜ]$",
        r"^([a-z].{2,})[sx]$",
        r"^[وبلف]?([ء-ي]{3,}?)(?:ات|ين|ون)?$",
    )
)


def is_typed_sound(folded: str) -> bool:
    """May be a word somebody says: letters of one of the scripts, with figures that stand for sounds."""
    script = script_of(folded)
    return script == ARABIC or bool(_TYPED.fullmatch(folded)) or folded[:1] in map(chr, TIFINAGH)


def readings(folded: str) -> tuple[str, ...]:
    """How a folded word may sound: "louisa" as in French, "asel" and "gerga3" as in Arabic."""
    spoken = re.sub(HARD, "gu", re.sub(SOFT, "ss", folded))
    return (signs(folded),) if spoken == folded else (signs(folded), signs(spoken))


@lru_cache(maxsize=100_000)
def signs(folded: str) -> str:
    """The signs of a folded word; empty for what no one says."""
    if script_of(folded) == ARABIC:
        heard = "".join(ARABIC_LETTERS.get(letter, "") for letter in folded)
        if heard[:1] in WRITTEN_FIRST and len(heard) > 1:  # no Arabic word begins with a vowel's sign
            heard = WRITTEN_FIRST[heard[0]] + heard[1:]
    elif is_typed_sound(folded):
        heard = folded.translate(TIFINAGH).translate(FIGURES)
        heard = {"w": "W", "y": "Y"}.get(heard[:1], heard[:1]) + heard[1:]
        for pattern, sign in LATIN_RULES:
            heard = pattern.sub(sign, heard)
        heard = _DOUBLE.sub(r"\1", heard)
    else:
        return ""
    return _plainest(heard)


def _plainest(heard: str) -> str:
    first, second = heard[:1], heard[1:2]
    if first in ("u", "i") and (second in ("a", "u", "i", "3") or second == ""):
        beginning, rest = WRITTEN_FIRST[first], heard[1:]
    elif first in ("a", "3"):
        beginning, rest = "A", heard[1:].lstrip("a3")
    elif first in ("u", "i"):
        beginning, rest = "A", heard
    else:
        beginning, rest = "", heard
    return beginning + re.sub("[a3]", "", rest.removesuffix("h")).replace("H", "h")


@lru_cache(maxsize=50_000)
def marks(folded: str) -> Sequence[str]:
    """What stands in the index for the sounds of a word, with its script."""
    script = _ARABIC if script_of(folded) == ARABIC else _LATIN
    return [MARK + script + heard for heard in readings(folded) if len(heard) > 1]


def skeleton(heard: str) -> str:
    """What is left without long vowels; Arabic writes p as b."""
    return (heard[:1] + re.sub("[iu]", "", heard[1:])).replace("p", "b")


def spellings(folded: str) -> Iterator[str]:
    """The word, then what it may be without what is added to it; nothing for what nobody says."""
    if not is_typed_sound(folded):
        return
    yield folded
    if script_of(folded) == ARABIC:
        bare = without_article(folded)
        if bare != folded:
            yield bare
        folded = bare
    for pattern in _PEELED:
        peeled = pattern.match(folded)
        if peeled and peeled[1] != folded:
            yield peeled[1]


class Sounds:
    """Known words by how they sound: what stands for each, and in which script it is written.

    Words of fewer signs than `shortest` are not among them: two consonants are those of too many words.
    """

    def __init__(self, shortest: int = 2) -> None:
        self._shortest = shortest
        self._known: dict[str, dict[tuple[str, bool], list[str]]] = defaultdict(lambda: defaultdict(list))

    def add(self, folded: str, meaning: str) -> None:
        for heard in readings(folded):
            self._add(heard, script_of(folded) == ARABIC, meaning)

    def add_marked(self, marked: str) -> None:
        """A sound as `marks` writes it, which stands for itself."""
        self._add(marked[2:], marked[1] == _ARABIC, marked)

    def _add(self, heard: str, arabic: bool, meaning: str) -> None:
        if len(heard) >= self._shortest:
            meanings = self._known[skeleton(heard)][heard, arabic]
            if meaning not in meanings:
                meanings.append(meaning)

    def of(self, folded: str) -> tuple[str, ...]:
        """What a word means that sounds like this one; the nearest of several."""
        near: dict[int, list[str]] = defaultdict(list)
        for heard in readings(folded):
            for (other, arabic), meanings in self._known.get(skeleton(heard), {}).items():
                apart = _apart(heard, script_of(folded) == ARABIC, other, arabic)
                if apart is not None:
                    near[apart] += meanings
        return tuple(dict.fromkeys(near[min(near)])) if near else ()


def _apart(heard: str, arabic: bool, other: str, theirs: bool) -> int | None:
    """How many vowels one has that the other's script does not write; None when they are two words."""
    if arabic == theirs:  # two words of few letters that only sound alike are two: "lit" is no "lait"
        return 0 if heard == other and (arabic or len(skeleton(heard)) >= _SHORT) else None
    heard, other = heard.replace("p", "b"), other.replace("p", "b")
    if heard == other:
        return 0
    short, long = sorted((heard, other), key=len)
    if (short == heard) != arabic or len(skeleton(heard)) < _SHORT:
        return None
    letters = iter(long)
    return len(long) - len(short) if all(letter in letters for letter in short) else None
