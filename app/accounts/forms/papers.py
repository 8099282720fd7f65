"""The form by which a paper is sent."""

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField
from wtforms.validators import InputRequired, Length, Optional

from app.accounts.forms.choices import worded
from app.accounts.rules.papers import FILE_KINDS, NUMBER_LONGEST
from app.kernel.text import msg
from app.web.forms import Day, Form, Line, word


class PaperForm(Form):
    """A paper of the organisation's file: what it is, its number and last day where it has them, its photograph."""

    kind = SelectField(
        word(msg("Kind of document")), [InputRequired()], choices=worded([("", msg("Choose…")), *FILE_KINDS.items()])
    )
    number = Line(
        word(msg("Number on the paper")), [Length(max=NUMBER_LONGEST)], render_kw={"dir": "ltr", "autocomplete": "off"}
    )
    expires_on = Day(word(msg("Last day it is valid")), [Optional()])
    paper = FileField(
        word(msg("Photograph of the paper")), [FileRequired(word(msg("Choose a photograph of the paper first.")))]
    )
