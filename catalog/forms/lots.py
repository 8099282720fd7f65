"""The forms of goods in lots: what came, for how long it must keep, how many are left, and why it is called back."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.web.forms import Day, Form, Line, Whole, word
from catalog.queries.movements import SizeStock
from catalog.rules.stock import CODE_LONGEST, RECALL_LONGEST


class LotForm(Form):
    """So many came in a lot."""

    form_key = HiddenField(validators=[InputRequired(), Length(max=64)])
    variant = SelectField(word("Size"), [InputRequired()], choices=[], coerce=int)
    lot = Line(word("Lot"), [InputRequired(word("Write the code on the packing.")), Length(max=CODE_LONGEST)])
    best_before = Day(word("Best before"), [InputRequired(word("Choose a day."))])
    number = Whole(word("How many?"), [InputRequired(word("Write a number."))])

    def fill(self, sizes: Sequence[SizeStock]) -> "LotForm":
        self.variant.choices = [(one.variant_id, one.name) for one in sizes]
        return self


class ShelfForm(Form):
    """The days a buyer has left at the least."""

    days = Whole(word("Days left when it is sold, at the least"), [InputRequired(word("Write a number."))])


class LotCountForm(Form):
    """How many of a lot are there."""

    seen = HiddenField(validators=[InputRequired(), Length(max=20)])
    number = Whole(word("There are"), [InputRequired(word("Write a number."))])


class RecallForm(Form):
    """Why a lot is called back."""

    reason = TextAreaField(word("Why is it recalled?"), [InputRequired(word("Say why.")), Length(max=RECALL_LONGEST)])
