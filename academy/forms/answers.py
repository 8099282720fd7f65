"""One answer to one question, as a form of its own."""

from wtforms import Field, RadioField, SelectMultipleField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from academy.queries.quizzes import AnswerShown, QuestionShown
from app.web.forms import Form, Line


class ChoiceAnswer(Form):
    """Choice, true or false."""

    answer = RadioField(validators=[InputRequired()], validate_choice=False)


class SeveralAnswer(Form):
    """Several may be right."""

    answer = SelectMultipleField(validators=[InputRequired()], validate_choice=False)


class NumberAnswer(Form):
    """A number, as people write it."""

    answer = Line(
        validators=[InputRequired()],
        render_kw={"inputmode": "decimal", "dir": "ltr", "autocomplete": "off", "maxlength": "40"},
    )


FORMS = {"choice": ChoiceAnswer, "true_false": ChoiceAnswer, "several": SeveralAnswer, "numeric": NumberAnswer}


def answer_form(question: QuestionShown, label: str, answer: AnswerShown | None = None, typed: bool = False) -> Form:
    """The question's form with what is stored, or with what was just `typed`."""
    kept: object = None
    if answer is not None:
        given = answer.given
        kept = given.get("text") if question.kind == "numeric" else given.get("options", [])
        if isinstance(kept, list) and question.kind != "several":
            kept = next(iter(kept), None)
    kind = FORMS[question.kind]
    form = kind(prefix=f"q{question.id}") if typed else kind(formdata=None, prefix=f"q{question.id}", data={"answer": kept})
    field: Field = form.answer
    field.label.text = label
    if question.kind != "numeric":
        field.choices = [SelectChoice(option.key, option.text) for option in question.options]
    return form
