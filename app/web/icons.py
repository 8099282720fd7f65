"""Icons, drawings and the mark as templates use them (`web/icons.html`): a page shows dozens, so they are no macros."""

import re
from functools import lru_cache

from markupsafe import Markup, escape

from app.web.drawings import GROUNDS, SAME_DRAWING, SHAPES
from app.web.goods_drawn import parts_of
from app.web.static_files import static

NUMBER = re.compile(r"[0-9]{1,18}")  # of a product
TURNING = ("next", "back", "out", "send", "parcel-way", "undo")  # with the way one reads


@lru_cache(1024)
def _parts(name: str, size: str) -> tuple[str, str]:
    """What stands before and behind what a reader is told of an icon."""
    kinds = f"icon{f' icon-{size}' if size else ''}{' icon-turns' if name in TURNING else ''}"
    return (
        f'<svg class="{escape(kinds)}" viewBox="0 0 24 24"',
        f' focusable="false">\n<use href="{static("icons.svg")}#{escape(name)}"/></svg>',
    )


def _told(label: str | None) -> str:
    return f' role="img" aria-label="{escape(label)}"' if label else ' aria-hidden="true"'


def icon(name: str, label: str | None = None, size: str = "") -> Markup:
    """An icon beside a word, or with a label of its own."""
    before, behind = _parts(name, size)
    return Markup(before + _told(label) + behind)


def drawing(kind: str, label: str | None = None) -> Markup:
    """The drawing of a kind on its ground, "other" when unknown; hidden from screen readers without a label.

    "kind.number" is a good: the same shape among the parts that its number chooses.
    """
    kind, _, number = kind.partition(".")
    if NUMBER.fullmatch(number):
        return _good(kind, int(number), label)
    known = kind if kind in GROUNDS else SAME_DRAWING.get(kind, "other")
    return Markup(
        f'<span class="drawing drawing-{GROUNDS[known]}"><svg viewBox="0 0 240 180"{_told(label)} focusable="false">\n'
        f'<use href="{static("drawings.svg")}#{known}"/></svg></span>'
    )


@lru_cache(4096)
def _good(shape: str, number: int, label: str | None) -> Markup:
    parts = parts_of(number)
    goods = static("goods.svg")
    if shape in SHAPES:
        drawn = f"{goods}#{shape}"
    else:
        drawn = f"{static('drawings.svg')}#{shape if shape in GROUNDS else SAME_DRAWING.get(shape, 'other')}"
    return Markup(
        f'<span class="{parts.classes}"><svg viewBox="0 0 240 180"{_told(label)} focusable="false">\n'
        f'<use href="{goods}#back-{parts.back}"/><use href="{goods}#top-{parts.top}"/>'
        f'<use href="{drawn}"/><use href="{goods}#mat-{parts.mat}"/></svg></span>'
    )


def star(label: str | None = None) -> Markup:
    """The mark."""
    return Markup(
        f'<svg class="star" viewBox="0 0 48 48"{_told(label)} focusable="false">'
        f'<use href="{static("drawings.svg")}#mark"/></svg>'
    )


@lru_cache(1)
def wordmark() -> Markup:
    """The mark and the name in two scripts."""
    return Markup(
        f'<span class="wordmark">{star()}<span class="wordmark-name" dir="ltr" lang="fr">Tiwizi</span>'
        '<span class="wordmark-tifinagh" dir="ltr" lang="zgh" aria-hidden="true">ⵜⵉⵡⵉⵣⵉ</span></span>'
    )
