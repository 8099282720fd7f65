"""The letters of Tifinagh as the Moroccan school writes them, drawn by us stroke by stroke: no font package carries them.

Shapes: the chart of the block Tifinagh (U+2D30 to U+2D7F) of Unicode, and the letters that the Royal Institute of Amazigh
Culture (IRCAM) chose from it. Its 33 letters are these 31 and two that are written with ⵯ: ⴳⵯ and ⴽⵯ.
"""

from dataclasses import dataclass
from math import cos, radians, sin

Point = tuple[float, float]
TOP, MIDDLE = 700, 350
FULL, HALF = range(0, 361, 15), range(0, 181, 15)


@dataclass(frozen=True)
class Letter:
    """Strokes by the middle of the pen, in thousandths of the letter size above the line; dots as (centre, radius)."""

    width: int
    strokes: tuple[tuple[Point, ...], ...]
    dots: tuple[tuple[Point, float], ...] = ()


def line(*points: Point) -> tuple[Point, ...]:
    return points


def round_of(x: float, y: float, across: float, up: float, turn: range = FULL) -> tuple[Point, ...]:
    """A circle or oval around (x, y), or the part of it between two angles in degrees, from the right upwards."""
    return tuple((x + across * cos(radians(angle)), y + up * sin(radians(angle))) for angle in turn)


_ring = round_of(330, MIDDLE, 270, MIDDLE)
_bowls = (round_of(300, TOP + 30, 260, 290, range(180, 361, 15)), round_of(300, -30, 260, 290, HALF))

LETTERS: dict[str, Letter] = {
    "ⴰ": Letter(420, (round_of(210, 170, 150, 170),)),
    "ⴱ": Letter(660, (_ring, line((60, MIDDLE), (600, MIDDLE)))),
    "ⴳ": Letter(600, (line((60, 0), (530, TOP), (70, TOP), (540, 0)),)),
    "ⴷ": Letter(600, (line((50, 0), (300, TOP), (550, 0)),)),
    "ⴹ": Letter(560, (line((510, TOP), (90, TOP), (90, 0), (510, 0)), line((90, MIDDLE), (460, MIDDLE)))),
    "ⴻ": Letter(500, (round_of(250, 585, 120, 115), round_of(250, 115, 120, 115), line((40, MIDDLE), (460, MIDDLE)))),
    "ⴼ": Letter(
        680,
        (
            line((40, TOP), (220, TOP), (220, 0), (40, 0)),
            line((640, TOP), (460, TOP), (460, 0), (640, 0)),
            line((220, MIDDLE), (460, MIDDLE)),
        ),
    ),
    "ⴽ": Letter(590, (line((90, 0), (90, TOP), (540, TOP), (90, 60)), line((310, 375), (550, 0)))),
    "ⵀ": Letter(660, (_ring, line((330, 0), (330, TOP)))),
    "ⵃ": Letter(590, (line((50, 0), (520, TOP)), line((310, 385), (550, 0)))),
    "ⵄ": Letter(590, (line((80, 0), (80, MIDDLE), (510, MIDDLE), (510, 0)), line((295, MIDDLE), (295, TOP)))),
    "ⵅ": Letter(600, (line((60, 0), (540, TOP)), line((60, TOP), (540, 0)), line((300, MIDDLE), (300, TOP)))),
    "ⵇ": Letter(570, (line((90, 60), (520, TOP), (90, TOP), (90, 0), (530, 0)),)),
    "ⵉ": Letter(480, (line((430, TOP), (80, 560), (400, MIDDLE), (80, 140), (430, 0)),)),
    "ⵊ": Letter(460, (line((230, 0), (230, TOP)), line((50, TOP), (410, TOP)), line((50, 0), (410, 0)))),
    "ⵍ": Letter(520, (line((90, TOP), (90, 0), (430, TOP), (430, 0)),)),
    "ⵎ": Letter(540, (line((490, TOP), (90, TOP), (90, 0), (490, 0)),)),
    "ⵏ": Letter(240, (line((120, 0), (120, TOP)),)),
    "ⵓ": Letter(360, (round_of(180, 575, 120, 125), round_of(180, 125, 120, 125))),
    "ⵔ": Letter(660, (_ring,)),
    "ⵕ": Letter(680, (_ring, line((330, 330), (630, 0)))),
    "ⵖ": Letter(590, (line((80, TOP), (80, MIDDLE), (510, MIDDLE), (510, TOP)), line((295, 0), (295, MIDDLE)))),
    "ⵙ": Letter(660, (_ring,), (((330, MIDDLE), 85),)),
    "ⵚ": Letter(680, (_ring, line((330, 370), (630, TOP)))),
    "ⵛ": Letter(
        620,
        (
            round_of(330, MIDDLE, 270, MIDDLE, range(75, 286, 15)),
            round_of(440, 590, 100, 100),
            round_of(440, 110, 100, 100),
        ),
    ),
    "ⵜ": Letter(540, (line((270, 0), (270, TOP)), line((40, MIDDLE), (500, MIDDLE)))),
    "ⵟ": Letter(
        580,
        (
            line((520, TOP), (90, TOP), (90, 0), (520, 0)),
            line((90, MIDDLE), (510, MIDDLE)),
            line((330, 200), (330, 500)),
        ),
    ),
    "ⵡ": Letter(580, (line((90, TOP), (90, 0), (490, 0), (490, TOP)),)),
    "ⵢ": Letter(500, (line((440, TOP), (80, 560), (410, 320), (60, 0)),)),
    "ⵣ": Letter(600, (*_bowls, line((300, 0), (300, TOP)))),
    "ⵥ": Letter(600, (*_bowls, line((300, 0), (300, TOP)), line((40, MIDDLE), (560, MIDDLE)))),
    "ⵯ": Letter(340, (line((80, TOP), (80, 560), (260, 560), (260, TOP)),)),
}
