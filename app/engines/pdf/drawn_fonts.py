"""Fonts built here: our Tifinagh, and boxes for every letter that no font has, so that a document never fails for one."""

import struct
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from math import cos, hypot, pi, sin
from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

from app.engines.pdf.tifinagh import LETTERS, TOP, Letter, Point

TIFINAGH, BOXES = "Tiwizi Tifinagh", "Tiwizi Boxes"
PENS = {"Regular": (400, 76), "Bold": (700, 118)}  # weight, and the width of the pen
UNITS, ASCENT, DESCENT = 1000, 1000, 300
ASIDE = 25  # room left and right of every letter
LAST = 0x10FFFF
# What is never seen by itself: joiners, marks of direction, selectors of a variant, tags.
UNSEEN = frozenset(
    code
    for start, end in (
        *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
        *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F)),
        *((0xFEFF, 0xFEFF), (0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0xE0000, 0xE0FFF)),
    )
    for code in range(start, end + 1)
)
Contours = list[list[Point]]


def _segment(start: Point, end: Point, pen: float) -> list[Point]:
    """A stroke as a four-sided figure, always turning the same way."""
    length = hypot(end[0] - start[0], end[1] - start[1])
    aside = ((end[1] - start[1]) / length * pen / 2, (start[0] - end[0]) / length * pen / 2)
    return [
        (start[0] - aside[0], start[1] - aside[1]),
        (end[0] - aside[0], end[1] - aside[1]),
        (end[0] + aside[0], end[1] + aside[1]),
        (start[0] + aside[0], start[1] + aside[1]),
    ]


def _dot(centre: Point, radius: float) -> list[Point]:
    steps = [-2 * pi * step / 16 for step in range(16)]
    return [(centre[0] + radius * cos(angle), centre[1] + radius * sin(angle)) for angle in steps]


def contours_of(letter: Letter, pen: float) -> Contours:
    """The strokes as closed figures that may overlap: where any of them lies there is ink."""
    inset = pen / 2  # the strokes keep within the height of the letter
    scale = (TOP - pen) / TOP

    def placed(point: Point) -> Point:
        return ASIDE + point[0], inset + point[1] * scale

    figures: Contours = []
    for stroke in letter.strokes:
        points = [placed(point) for point in stroke]
        figures += [_segment(start, end, pen) for start, end in pairwise(points)]
        figures += [_dot(joint, inset) for joint in points[1:-1]]
    return figures + [_dot(placed(centre), radius) for centre, radius in letter.dots]


def _glyph(figures: Contours) -> object:
    pen = TTGlyphPen(None)
    for first, *others in figures:
        pen.moveTo((round(first[0]), round(first[1])))
        for point in others:
            pen.lineTo((round(point[0]), round(point[1])))
        pen.closePath()
    return pen.glyph()


def _box(width: int) -> Contours:
    outer = [(60.0, 0.0), (60.0, 700.0), (width - 60.0, 700.0), (width - 60.0, 0.0)]
    inner = [(110.0, 50.0), (width - 110.0, 50.0), (width - 110.0, 650.0), (110.0, 650.0)]
    return [outer, inner]


def _left(figures: Contours) -> int:
    return round(min((point[0] for figure in figures for point in figure), default=0))


def _font(
    family: str, style: str, weight: int, glyphs: Mapping[str, tuple[int, Contours]], letters: Mapping[int, str]
) -> FontBuilder:
    """A font of these glyphs (advance width and figures) for these letters, the same bytes each time."""
    font = FontBuilder(UNITS, isTTF=True)
    font.setupGlyphOrder(list(glyphs))
    font.setupGlyf({name: _glyph(figures) for name, (_width, figures) in glyphs.items()})
    font.setupHorizontalMetrics({name: (width, _left(figures)) for name, (width, figures) in glyphs.items()})
    font.setupCharacterMap(dict(letters))
    font.setupHorizontalHeader(ascent=ASCENT, descent=-DESCENT)
    font.setupNameTable({"familyName": family, "styleName": style, "psName": f"{family}-{style}".replace(" ", "")})
    lines = {"sTypoAscender": ASCENT, "sTypoDescender": -DESCENT, "usWinAscent": ASCENT, "usWinDescent": DESCENT}
    font.setupOS2(usWeightClass=weight, **lines)
    font.setupPost()
    font.updateHead(created=0, modified=0, macStyle=1 if weight > 500 else 0)
    font.font.recalcTimestamp = False
    return font


def _tifinagh(style: str, weight: int, pen: float) -> FontBuilder:
    names = {letter: f"uni{ord(letter):04X}" for letter in LETTERS}
    glyphs = {names[letter]: (drawn.width + 2 * ASIDE, contours_of(drawn, pen)) for letter, drawn in LETTERS.items()}
    letters = {ord(letter): name for letter, name in names.items()}
    return _font(TIFINAGH, style, weight, {".notdef": (600, _box(600)), **glyphs}, letters)


def _boxes(covered: frozenset[int]) -> FontBuilder:
    """One box for whatever is not covered, in a map of many letters to one drawing (format 13 of the table cmap)."""
    glyphs: dict[str, tuple[int, Contours]] = {".notdef": (600, _box(600)), "box": (600, _box(600)), "unseen": (0, [])}
    font = _font(BOXES, "Regular", 400, glyphs, {})
    table = CmapSubtable.newSubtable(13)
    groups = list(_groups(covered))
    table.platformID, table.platEncID, table.language, table.reserved = 3, 10, 0, 0
    table.nGroups, table.length, table.cmap = len(groups), 16 + 12 * len(groups), {}
    table.data = b"".join(struct.pack(">LLL", *group) for group in groups)
    font.font["cmap"].tables.append(table)
    return font


def _groups(covered: frozenset[int]) -> Iterator[tuple[int, int, int]]:
    """First code, last code and drawing (1 the box, 2 nothing) of each run of codes that no other font covers."""
    edges = sorted({0x21, 0xD800, 0xE000, LAST + 1} | {near for code in covered | UNSEEN for near in (code, code + 1)})
    for start, following in pairwise(edge for edge in edges if edge >= 0x21):
        if start not in covered and start != 0xD800:
            yield start, following - 1, 2 if start in UNSEEN else 1


def letters_of(fonts: Iterable[Path]) -> frozenset[int]:
    """Every code that one of the font files has a drawing for."""
    found: set[int] = set()
    for path in fonts:
        with TTFont(path, lazy=True) as font:
            found.update(font.getBestCmap())
    return frozenset(found)


def build_fonts(folder: Path, covered: frozenset[int]) -> None:
    """Write our fonts into a folder; `covered` are the codes that the other fonts have."""
    for style, (weight, pen) in PENS.items():
        _tifinagh(style, weight, pen).save(folder / f"tifinagh-{style}.ttf")
    _boxes(covered | {ord(letter) for letter in LETTERS}).save(folder / "boxes.ttf")
