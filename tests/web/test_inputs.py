"""Fields are written letter by letter as WTForms writes them, whatever they hold, without asking it for the plain ones."""

from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from wtforms import (
    BooleanField,
    DecimalField,
    EmailField,
    HiddenField,
    PasswordField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.meta import DefaultMeta
from wtforms.validators import InputRequired, Length
from wtforms.widgets import core

from app.web.forms import Form, Line, Whole, word

TEXTS = st.text(st.sampled_from("aé\"'<>&=ا ١\u200f"), max_size=8)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["class_", "id", "type", "value", "aria-describedby", "data_preview", "required", "dir", "disabled"]),
    st.one_of(TEXTS, st.booleans(), st.integers(0, 9)),
    max_size=4,
)
CHOICES = [SelectChoice(*one) for one in (("", "–"), ("1 & 2", 'Un "deux"'), ("3", "<trois>"), ("ar", "زيت"))]
ODD = SelectChoice("b", "B", {"data-x": "<", "disabled": True})


class Shown(Form):
    line = Line("L", [InputRequired(), Length(max=40)], render_kw={"autocomplete": "name", "dir_": "ltr"})
    plain = StringField("P", [Length(min=2, max=9)])
    number = Whole("N")
    mail = EmailField("M", render_kw={"disabled": True})
    hidden = HiddenField("H")
    decimal = DecimalField("D")
    secret = PasswordField("S", [InputRequired()])
    ticked = BooleanField("T")
    long = TextAreaField("A", render_kw={"rows": "4"})
    one = SelectField("O", [InputRequired()], choices=CHOICES)
    worded = SelectField(
        "W", choices=[SelectChoice("a", word("Price")), SelectChoice("b", "B", {"data-x": "<", "disabled": True})]
    )
    whole = SelectField("I", coerce=int, choices=[SelectChoice(1, "1"), SelectChoice(2, "2")])
    grouped = SelectField("G", choices=[SelectChoice("a", "A", optgroup="One"), SelectChoice("b", "B", optgroup="Two")])
    several = SelectMultipleField("V", choices=CHOICES)


@pytest.fixture(scope="module")
def house(_house: Flask) -> Flask:
    """The application of the tests."""
    return _house


NAMES = [name for name in vars(Shown) if hasattr(getattr(Shown, name), "field_class")]


@pytest.mark.parametrize("name", NAMES)
@given(more=ATTRIBUTES, typed=TEXTS)
def test_a_field_is_written_as_wtforms_writes_it(house: Flask, name: str, more: dict[str, Any], typed: str) -> None:
    with house.test_request_context("/fr/", method="POST", data={name: typed}):
        field = Shown()[name]
        assert str(field(**more)) == str(DefaultMeta.render_field(field.meta, field, more))


def test_a_choice_that_was_made_is_chosen_again(house: Flask) -> None:
    with house.test_request_context("/fr/", method="POST", data={"one": "1 & 2"}):
        assert str(Shown()["one"](class_="wide")) == (
            '<select class="wide" id="one" name="one" required><option value="">–</option>'
            '<option selected value="1 &amp; 2">Un &#34;deux&#34;</option><option value="3">&lt;trois&gt;</option>'
            '<option value="ar">زيت</option></select>'
        )


def test_plain_inputs_and_lists_are_not_left_to_wtforms(house: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """What makes it slow is not gone through: its own writing of attributes, and of choices."""
    asked: list[str] = []
    with house.test_request_context("/fr/"):
        form = Shown()
        monkeypatch.setattr(DefaultMeta, "render_field", lambda _meta, field, _more: asked.append(field.name))
        monkeypatch.setattr(core, "html_params", lambda **given: pytest.fail(f"written by WTForms: {given}"))
        for name in NAMES:
            form[name]()
    assert asked == ["decimal", "secret", "ticked", "long", "grouped", "several"]
