"""What the design page shows: invented goods, people and numbers for every piece of the look in every state."""

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Optional

from app.web.drawings import drawing_kinds, region_tiles, tile_map
from app.web.forms import Form, Whole, word
from app.web.shell import STATIC


@dataclass(frozen=True)
class SamplePage:
    """A place in a long list."""

    number: int
    last: int
    total: int = 240
    items: tuple[str, ...] = ()

    def href(self, number: int) -> str:
        return f"?page={number}"


class SampleForm(Form):
    """Every kind of field."""

    title = StringField(word("Name of the product"), [InputRequired()])
    price = DecimalField(word("Price"), [InputRequired()])
    stock = Whole(word("Number in stock"), [Optional()])
    category = SelectField(word("Category"), choices={"oil": "Huile d’argane", "honey": "Miel", "rug": "Tapis"})
    story = TextAreaField(word("Story"), [Optional()])
    ready = DateField(word("Ready on"), [Optional()])
    secret = PasswordField(word("Password"), [InputRequired()])
    delivery = RadioField(
        word("Delivery"), [InputRequired()], choices={"door": word("At the door"), "point": word("Pick-up point")}
    )
    labels = SelectMultipleField(word("Labels"), [Optional()], choices={"igp": "IGP Argane", "bio": "Bio"})
    terms = BooleanField(word("I accept the terms"), [InputRequired()])
    pictures = MultipleFileField(word("Pictures"), [Optional()])
    sheet = FileField(word("Price list"), [Optional()])


def samples() -> dict[str, Any]:
    """The values design.html is rendered with."""
    good = SampleForm(formdata=None, data={"title": "Miel de thym d’Azilal, 500 g", "delivery": "door", "labels": ["bio"]})
    bad = SampleForm(formdata=MultiDict({"bad-price": "ninety"}), prefix="bad")
    del bad.secret, bad.terms
    bad.validate()
    return {
        "form": good,
        "bad_form": bad,
        "kinds": drawing_kinds(),
        "icon_names": icon_names(),
        "map": tile_map(region_tiles("morocco"), SAMPLE_COUNTS, "MA-09", lambda code: f"?region={code}"),
        "page": SamplePage(4, 20),
        "first_page": SamplePage(1, 3),
    }


SAMPLE_COUNTS = {
    "MA-01": 7,
    "MA-02": 3,
    "MA-03": 12,
    "MA-04": 5,
    "MA-05": 9,
    "MA-06": 4,
    "MA-07": 14,
    "MA-08": 11,
    "MA-09": 23,
    "MA-10": 6,
}


def icon_names() -> list[str]:
    """The icons of the sprite."""
    return re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8"))
