"""Drawings of goods put together from parts, chosen by the number of the product and by nothing that changes."""

from dataclasses import astuple, dataclass

# Every part comes in as many forms. The first four are the digits of the number, mixed; the colours are their sum: two
# numbers that differ in one digit differ in the sum as well, so two drawings of a shape differ in two parts at least.
FORMS = 11
DIGITS = 4
DIFFERENT = FORMS**DIGITS
STEP = 6151  # neighbours in number differ in every digit; shares no factor with FORMS, so no two numbers meet

GROUNDS = ("saffron", "indigo", "argan", "terracotta")
WOVEN = ("zellige", "dots", "stripes")


@dataclass(frozen=True)
class Parts:
    """What stands behind the good, hangs above it, lies under it, its ground and its colours, each by number."""

    back: int
    top: int
    mat: int
    ground: int
    tone: int

    @property
    def classes(self) -> str:
        ground, woven = GROUNDS[self.ground % len(GROUNDS)], WOVEN[self.ground // len(GROUNDS)]
        return f"drawing drawing-{ground} drawing-{woven} tone-{self.tone}"


def parts_of(number: int) -> Parts:
    """The parts of a product's drawing, for ever the same."""
    mixed = number * STEP % DIFFERENT
    back, top, mat, ground = (mixed // FORMS**place % FORMS for place in range(DIGITS))
    return Parts(back, top, mat, ground, (back + top + mat + ground) % FORMS)


def differences(this: Parts, other: Parts) -> int:
    """In how many parts two drawings differ."""
    return sum(a != b for a, b in zip(astuple(this), astuple(other), strict=True))
