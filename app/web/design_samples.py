"""What the design page shows: invented goods, people and numbers for every piece of the look in every state."""

import re
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
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

from app.engines.language import currency_sign, language
from app.engines.place import here
from app.territories.loading import name_in
from app.web.drawings import drawing_kinds, region_tiles, tile_map
from app.web.forms import Form, Whole, word
from app.web.static_files import STATIC


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
    price = Whole(word("Price"), [InputRequired()])
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
    good = SampleForm(formdata=None, data={"title": "Miel de thym, 500 g", "delivery": "door", "labels": ["bio"]})
    bad = SampleForm(formdata=MultiDict({"bad-price": "ninety"}), prefix="bad")
    del bad.secret, bad.terms
    bad.validate()
    return {
        "form": good,
        "bad_form": bad,
        "kinds": drawing_kinds(),
        "icon_names": icon_names(),
        **_of_the_territory(),
        "page": SamplePage(4, 20),
        "first_page": SamplePage(1, 3),
    }


def _of_the_territory() -> dict[str, Any]:
    """Its map, money, places and numbers; the counts are invented, and the last regions have none."""
    territory, spoken = here(), language()
    codes = [region.code for region in territory.regions]
    counts = {code: 3 + number * 7 % 20 for number, code in enumerate(codes[:-2])}
    return {
        "map": tile_map(region_tiles(territory.key), counts, codes[-4], lambda code: f"?region={code}"),
        "currency": territory.currency,
        "unit": currency_sign(territory.currency),
        "places": [name_in(region.short_names, spoken) for region in territory.regions],
        "number_kind": name_in(territory.public_identifiers[0].names, spoken),
    }


def icon_names() -> list[str]:
    """The icons of the sprite."""
    return re.findall(r'<symbol id="([a-z-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8"))
