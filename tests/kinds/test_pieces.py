"""Pieces of pages by themselves, in the forms that no page of the small worlds has them in."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice

from academy.forms.answers import OrderAnswer
from app.web.carrying import Typed
from app.web.forms import Form
from app.web.paging import Page
from tests.kinds.branches import Sides, sides_noted, written_out
from tests.kinds.outline import outline
from tests.kinds.written import CONDITIONS, TEMPLATES, check_kept, standing_still


@dataclass(frozen=True)
class Piece:
    """A piece as a template would use it: the file it stands in, its name, what it is given, what it is put around."""

    file: str
    name: str
    given: dict[str, Any] = field(default_factory=dict)
    around: str = ""

    @property
    def source(self) -> str:
        use = ", ".join(f"{one}={one}" for one in self.given)
        begin = f'{{% from "{self.file}" import {self.name} with context %}}'
        if self.around:
            return f"{begin}{{% call {self.name}({use}) %}}{self.around}{{% endcall %}}"
        return f"{begin}{{{{ {self.name}({use}) }}}}"


class Sizes(Form):
    """A list to choose from whose keys are numbers."""

    sizes = SelectMultipleField(
        "Sizes",
        coerce=int,
        choices=[SelectChoice(100, "100 ml"), SelectChoice(250, "250 ml")],
    )


def _long_list(number: int) -> Piece:
    return Piece("web/components.html", "pagination", {"page": Page([], number, 20, 200)})


def _facets(kind: str, checked: bool = False, **more: Any) -> Piece:
    options = [SimpleNamespace(value=str(n), label=f"Region {n}", count=n, checked=checked and n == 11) for n in range(12)]
    said = {"kind": kind, "name": "region", "label": "Region", "options": options, "low": None, "high": None}
    return Piece("web/forms.html", "facets", {"action": "/fr/market", "groups": [SimpleNamespace(**said | more)]})


def _order(*errors: str) -> Piece:
    form = OrderAnswer()
    form.answer.lines = [("Semer", "2"), ("Labourer", ""), ("Récolter", "1")]
    form.answer.errors = list(errors)
    return Piece("academy/questions/ordering.html", "ask", {"answer": form.answer, "hint": "From first to last"})


def _sheet(money: str | None) -> Piece:
    words = {"sector": "Lait", "title": "Fromage de chèvre", "pitch": "Du lait à la table", "kind": "Idée", "region": "Draa"}
    more = {"href": "/fr/projects/one", "language": "fr", "drawing": "milk", "saved": False, "tone": "quiet", "members": "5"}
    return Piece("projectbank/grid.html", "tile", {"s": SimpleNamespace(**words, **more, money=money), "level": 3})


def _typed(page: str | None, *again: tuple[str, str]) -> Typed:
    return Typed("/fr/account/", page, (("name", "Tuda"), ("note", " ")), again, "nobody")


AGAIN = "web/typed_pieces.html"


def pieces() -> dict[str, Piece]:
    pictures = [("/one.webp", "", 9, 9), ("/two.webp", "Two", 9, 9)]
    sizes = Sizes(sizes=[250])
    notes = "web/territories.html", "currency_notes"
    lines = {"lines": ["Semer", "Récolter"]}
    return {
        **{f"page {number} of a long list": _long_list(number) for number in (1, 5, 10)},
        "a hero that says one thing": Piece("web/components.html", "hero", {"title": "Tiwizi"}),
        "a hero": Piece("web/components.html", "hero", {"title": "Tiwizi", "lead": "Together"}, around="<a href='/'>Go</a>"),
        "pictures, some without words": Piece("web/components.html", "gallery", {"pictures": pictures, "title": "Argan"}),
        "a picture by its title alone": Piece(
            "web/components.html", "gallery", {"pictures": pictures[:1], "title": "Argan"}
        ),
        "a menu that counts": Piece(
            "web/components.html", "drop_menu", {"label": "News", "count": 3}, around="<li>One</li>"
        ),
        "a name that says what it is": Piece("web/icons.html", "initials", {"name": "Coopérative"}),
        "a name with what it is": Piece("web/icons.html", "initials", {"name": "Coopérative Tifawin des Femmes"}),
        "a long facet": _facets("check"),
        "a long facet, one of the rest chosen": _facets("radio", checked=True),
        "a range": _facets("range", unit=None),
        "a range of sums": _facets("range", unit="MAD", low_label="At least", high_label="At most", low="10", high="50"),
        "numbers to choose": Piece("web/forms.html", "field", {"f": sizes.sizes}),
        "sums in one currency": Piece(*notes, {"currency": "MAD", "filtered": False, "sorted": False}),
        "sums in one currency, filtered": Piece(*notes, {"currency": "MAD", "filtered": True, "sorted": False}),
        "sums in one currency, in order": Piece(*notes, {"currency": "MAD", "filtered": False, "sorted": True}),
        "lines to put in order": _order(),
        "lines to put in order, mistaken": _order("Each place once."),
        "lines in order": Piece("academy/questions/ordering.html", "told", lines),
        "lines in the right order": Piece("academy/questions/ordering.html", "told", {**lines, "right": True}),
        "a sheet in a grid": _sheet("250 000 MAD"),
        "a sheet in a grid that needs no money": _sheet(None),
        "back to a form": Piece(AGAIN, "back_to_form", {"typed": _typed("/fr/account/")}),
        "a form once more": Piece(AGAIN, "once_more", {"typed": _typed(None), "token": "t"}),
        "a password once more": Piece(AGAIN, "once_more", {"typed": _typed(None, ("password", "current")), "token": "t"}),
        "a file once more": Piece(AGAIN, "once_more", {"typed": _typed(None, ("file", "picture")), "token": "t"}),
    }


# Whole templates that stand on a page by themselves.
STANDING: dict[str, tuple[str, dict[str, Any]]] = {
    f"what was typed, {title}": (
        "web/typed_notice.html",
        {"typed": _typed("/fr/", *again), "page": "/fr/", "came_back": back},
    )
    for title, back, again in (
        ("to look at", True, ()),
        ("a password to give", False, (("password", "current"),)),
        ("both", True, (("file", "picture"),)),
    )
}


def test_pieces_are_as_they_were_written(app: Flask, write_pages: bool) -> None:
    sides: Sides = {}
    found = {}
    with standing_still(), app.test_request_context("/fr/market?q=miel&page=5"), sides_noted(sides):
        app.preprocess_request()
        templates = {title: (app.jinja_env.from_string(piece.source), piece.given) for title, piece in pieces().items()}
        templates |= {title: (app.jinja_env.get_template(name), given) for title, (name, given) in STANDING.items()}
        for title, (template, given) in templates.items():
            lines, faults = outline(template.render(given), whole=True)
            found[title] = "\n".join(lines) + "\n"
            if faults:
                pytest.fail(f"{title}: {faults}", pytrace=False)
    check_kept("pieces", found | {TEMPLATES: "", CONDITIONS: written_out(sides)}, write_pages)
