"""The form by which a person changes a stock by hand."""

from collections.abc import Sequence

from wtforms import HiddenField, SelectField
from wtforms.validators import InputRequired, Length

from app.engines.language import translate
from app.web.forms import Form, Whole, word
from catalog.queries.movements import SizeStock
from catalog.rules.stock import BY_HAND, REASONS


class MovementForm(Form):
    """So many of a size more or fewer, and why."""

    form_key = HiddenField(validators=[InputRequired(), Length(max=64)])
    variant = SelectField(word("Size"), [InputRequired()], choices=[], coerce=int)
    reason = SelectField(word("Why?"), [InputRequired()], choices=[])
    number = Whole(word("How many?"), [InputRequired(word("Write a number."))])

    def fill(self, sizes: Sequence[SizeStock]) -> "MovementForm":
        self.variant.choices = [(one.variant_id, one.name) for one in sizes]
        self.reason.choices = [(key, _signed(key)) for key in BY_HAND]
        return self


def _signed(key: str) -> str:
    return f"{'+' if REASONS[key].by_hand > 0 else '−'} {translate(REASONS[key].word)}"
