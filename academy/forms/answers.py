"""One answer to one question, as a form of its own; the field of each kind of question stands here by its name."""

from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import Field, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from academy.queries.quizzes import OptionShown
from app.web.forms import Form, Line


class AnswerForm(Form):
    """The field `answer`, asked by the question's own words."""

    answer: Field

    @staticmethod
    def kept(given: Mapping[str, Any]) -> object:
        """A stored answer as the field shows it."""
        return given["options"]

    def offer(self, options: Sequence[OptionShown]) -> None:
        """The options to choose among."""
        self.answer.choices = [SelectChoice(option.key, option.text) for option in options]


class OneAnswer(AnswerForm):
    """One of the options."""

    answer = RadioField(validators=[InputRequired()], validate_choice=False)

    @staticmethod
    def kept(given: Mapping[str, Any]) -> object:
        return next(iter(given["options"]), None)


class SeveralAnswers(AnswerForm):
    """Some of the options."""

    answer = SelectMultipleField(validators=[InputRequired()], validate_choice=False)


class NumberAnswer(AnswerForm):
    """A number, as people write it."""

    answer = Line(
        validators=[InputRequired()],
        render_kw={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "maxlength": "40"},
    )

    @staticmethod
    def kept(given: Mapping[str, Any]) -> object:
        return given["text"]

    def offer(self, options: Sequence[OptionShown]) -> None:
        """There are none."""


class Positions(Field):  # type: ignore[misc]  # WTForms has no types
    """A position for each line, sent in the order in which the lines are shown; `lines` are (text, position chosen)."""

    lines: Sequence[tuple[str, str]] = ()

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = valuelist


class OrderAnswer(AnswerForm):
    """The position of each option."""

    answer = Positions(validators=[InputRequired()])

    @staticmethod
    def kept(given: Mapping[str, Any]) -> object:
        return {key: str(position) for position, key in enumerate(given["order"], 1)}

    def offer(self, options: Sequence[OptionShown]) -> None:
        """The lines to put in order, each with the position that is stored or was just typed."""
        data: dict[str, str] | list[str] = self.answer.data or {}
        positions = data if isinstance(data, dict) else dict(zip((one.key for one in options), data, strict=False))
        self.answer.lines = [(option.text, positions.get(option.key, "")) for option in options]


FORMS: Mapping[str, type[AnswerForm]] = {
    "choice": OneAnswer,
    "several": SeveralAnswers,
    "true_false": OneAnswer,
    "numeric": NumberAnswer,
    "ordering": OrderAnswer,
}


def answer_form(
    kind: str,
    prefix: str,
    label: str,
    options: Sequence[OptionShown],
    given: Mapping[str, Any] | None = None,
    typed: bool = False,
) -> AnswerForm:
    """A question's form with the answer that is stored, or with what was just `typed`."""
    form_of = FORMS[kind]
    kept = None if given is None else form_of.kept(given)
    form = form_of(prefix=prefix) if typed else form_of(formdata=None, prefix=prefix, data={"answer": kept})
    form.answer.label.text = label
    form.offer(options)
    return form
