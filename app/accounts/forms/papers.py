"""The form by which a paper is sent."""

from datetime import date
from typing import Any

from flask_wtf.file import FileField
from wtforms import SelectField
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.forms.choices import worded
from app.accounts.rules.papers import FILE_KINDS, NUMBER_LONGEST
from app.kernel import typed
from app.kernel.errors import Invalid
from app.kernel.text import msg
from app.web.errors import refusal_text
from app.web.forms import Form, Line, word


class Day(Line):
    """A day: the browser's own field where it has one, typed in figures of any script where it has none."""

    data: Any

    def __init__(self, label: Any = "", validators: Any = None, **kwargs: Any) -> None:
        super().__init__(label, validators, **{"render_kw": {"type": "date"}, **kwargs})

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata(valuelist)
        sent, self.data = self.data, None
        if sent:
            try:
                self.data = typed.day(sent, self.short_name)
            except Invalid as refusal:
                raise ValueError(refusal_text(refusal)) from None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return self.data.isoformat() if isinstance(self.data, date) else ""


class PaperForm(Form):
    """A paper of the organisation's file: what it is, its number and last day where it has them, its photograph."""

    kind = SelectField(
        word(msg("What it is")), [InputRequired()], choices=worded([("", msg("Choose…")), *FILE_KINDS.items()])
    )
    number = Line(
        word(msg("Number on the paper")), [Length(max=NUMBER_LONGEST)], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    expires_on = Day(word(msg("Last day it is valid")), [Optional()])
    paper = FileField(word(msg("Photograph of the paper")))
