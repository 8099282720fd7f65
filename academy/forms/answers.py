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


FORMS: Mapping[str, type[AnswerForm]] = {
    "choice": OneAnswer,
    "several": SeveralAnswers,
    "true_false": OneAnswer,
    "numeric": NumberAnswer,
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
