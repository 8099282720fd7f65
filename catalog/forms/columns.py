"""What a column of a file is: asked of the cooperative where nobody knows."""

from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField, RadioField, SelectField
from wtforms.validators import InputRequired, Length, Optional

from app.engines.language import translate
from app.kernel.text import msg
from app.web.forms import Form, Whole, word
from catalog.gateway.headers import LONGEST_HEADER, may_tell

IGNORED = "ignore"
STARTS = {"0": msg("Nothing: sold out until I count them"), "each": msg("So many of each")}
FIELDS = {
    IGNORED: msg("Nothing for us: ignore it"),
    "title": msg("Name"),
    "price": msg("Price"),
    "stock": msg("How many there are"),
    "state": msg("Whether it is on sale"),
    "description": msg("Description"),
    "category": msg("Category"),
    "sku": msg("Article number"),
    "barcode": msg("Barcode"),
    "quantity": msg("How much is in one"),
    "unit": msg("Measure"),
    "weight_grams": msg("Weight in grams"),
    "variant": msg("Size, colour or another choice"),
    "variant_2": msg("A second choice"),
    "variant_3": msg("A third choice"),
    "handle": msg("The product its rows belong to"),
    "ingredients": msg("Ingredients or material"),
    "currency": msg("Currency"),
    "language": msg("Language of the texts"),
    "picture": msg("Address of a picture"),
}


class ColumnLine(Form):
    """One column: its header, and what it is."""

    column = HiddenField(validators=[InputRequired(), Length(max=LONGEST_HEADER)])
    means = SelectField(word("What it says"), [InputRequired(word("Choose what it says."))], choices=[])

    def fill(self, header: str | None = None) -> "ColumnLine":
        self.means.choices = [("", translate("Choose")), *((key, translate(text)) for key, text in FIELDS.items())]
        if header is not None:
            self.column.data, self.means.data = header, "" if may_tell(header) else IGNORED
        return self


class HeadersForm(Form):
    """Which file it is said of."""

    known_by = HiddenField(word(msg("Columns of the file")), [InputRequired(), Length(max=64)])
    begins = RadioField(word("What is new begins with"), [Optional()], choices=[], default="0")
    each = Whole(word("How many of each"))

    def fill(self) -> "HeadersForm":
        self.begins.choices = [(key, translate(text)) for key, text in STARTS.items()]
        return self

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """As every form; who says “so many” says how many."""
        sound = super().validate(*args, **kwargs)
        if self.begins.data == "each" and self.each.data is None and not self.each.errors:
            self.each.errors = [translate("Say how many.")]
            return False
        return bool(sound)

    @property
    def starts_with(self) -> int:
        """How many there are of what is new, where no column says it."""
        return int(self.each.data) if self.begins.data == "each" else 0


def said_of(lines: Sequence[ColumnLine]) -> dict[str, str] | None:
    """{our field: column}; None, with an error beside it, when a line cannot be taken."""
    said: dict[str, str] = {}
    sound = [line.validate() for line in lines]
    for line in lines:
        if line.means.data in said:
            line.means.errors = [*line.means.errors, translate("Another column says this already.")]
            sound.append(False)
        elif line.means.data in FIELDS and line.means.data != IGNORED:
            said[line.means.data] = line.column.data
    return said if all(sound) else None
