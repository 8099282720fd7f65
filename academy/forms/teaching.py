"""Forms of instructors and of the office: a course, a part, a lesson, a file, a question, a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from academy.rules.courses import BODY_LONGEST, DRAWINGS, LEVELS, REASON_LONGEST, SUMMARY_LONGEST, TITLE_LONGEST
from academy.rules.lessons import LessonKind
from academy.rules.questions import EXPLANATION_LONGEST, MOST_OPTIONS, OPTION_LONGEST, PROMPT_LONGEST, QuestionKind
from academy.services.contents import LessonFacts, LessonWordsGiven
from academy.services.courses import CourseFacts, CourseWords
from academy.services.questions import OptionGiven, QuestionGiven
from app.engines.language import LANGUAGES as LANGUAGE_NAMES
from app.engines.language import language
from app.kernel.text import LANGUAGES, msg
from app.territories.loading import Territory, name_in
from app.web.forms import Form, Line, Whole, stripped, word

LEVEL_NAMES = {"beginner": word("Beginner"), "intermediate": word("Intermediate"), "advanced": word("Advanced")}
DRAWING_NAMES = {
    "course": word("A course"),
    "law": word("Law and registration"),
    "pricing": word("Prices"),
    "online": word("Selling online"),
    "assembly": word("People together"),
}


def _line(text: str, limit: int, *validators: Any) -> Line:
    return Line(word(text), [*validators, Length(max=limit)])


def _area(text: str, limit: int, rows: int) -> TextAreaField:
    return TextAreaField(word(text), [Length(max=limit)], filters=[stripped], render_kw={"rows": str(rows)})


class CourseForm(Form):
    """A course: what is the same in every language, and its words in each."""

    level = SelectField(word("Level"), choices=[SelectChoice(key, LEVEL_NAMES[key]) for key in LEVELS])
    sector = SelectField(word("Sector"), [Optional()], validate_choice=False)
    drawing = SelectField(word("Drawing"), choices=[SelectChoice(key, DRAWING_NAMES[key]) for key in DRAWINGS])
    key = HiddenField()
    title_fr = _line(msg("Title"), TITLE_LONGEST)
    title_ar = _line(msg("Title"), TITLE_LONGEST)
    title_en = _line(msg("Title"), TITLE_LONGEST)
    summary_fr = _area(msg("Short summary"), SUMMARY_LONGEST, 3)
    summary_ar = _area(msg("Short summary"), SUMMARY_LONGEST, 3)
    summary_en = _area(msg("Short summary"), SUMMARY_LONGEST, 3)
    outcomes_fr = _area(msg("What one can do afterwards, one per line"), 2000, 4)
    outcomes_ar = _area(msg("What one can do afterwards, one per line"), 2000, 4)
    outcomes_en = _area(msg("What one can do afterwards, one per line"), 2000, 4)

    def __init__(self, territory: Territory, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = language()
        self.sector.choices = [
            SelectChoice("", word("All sectors")),
            *(SelectChoice(one.key, name_in(one.names, here)) for one in territory.sectors),
        ]

    def facts(self) -> CourseFacts:
        return CourseFacts(self.level.data, self.sector.data or None, self.drawing.data)

    def words(self) -> dict[str, CourseWords]:
        return {
            code: CourseWords(
                self[f"title_{code}"].data or "",
                self[f"summary_{code}"].data or "",
                (self[f"outcomes_{code}"].data or "").splitlines(),
            )
            for code in LANGUAGES
        }


def course_values(facts: CourseFacts, words: Mapping[str, tuple[str, str, Sequence[str]]]) -> dict[str, Any]:
    """A stored course as the form shows it."""
    values: dict[str, Any] = {"level": facts.level, "sector": facts.sector or "", "drawing": facts.drawing}
    for code, (title, summary, outcomes) in words.items():
        values |= {f"title_{code}": title, f"summary_{code}": summary, f"outcomes_{code}": "\n".join(outcomes)}
    return values


class PartForm(Form):
    """The title of a part."""

    title_fr = _line(msg("Title"), TITLE_LONGEST)
    title_ar = _line(msg("Title"), TITLE_LONGEST)
    title_en = _line(msg("Title"), TITLE_LONGEST)

    def titles(self) -> dict[str, str]:
        return {code: self[f"title_{code}"].data or "" for code in LANGUAGES}


class LessonForm(Form):
    """A lesson. Which fields are shown depends on its kind."""

    minutes = Whole(word("Minutes it takes"), [InputRequired(), NumberRange(1, 600)], default=5)
    required = BooleanField(word("Required for the certificate"), default=True)
    pass_percent = Whole(word("Right answers needed to pass, in percent"), [Optional(), NumberRange(1, 100)], default=70)
    title_fr = _line(msg("Title"), TITLE_LONGEST)
    title_ar = _line(msg("Title"), TITLE_LONGEST)
    title_en = _line(msg("Title"), TITLE_LONGEST)
    body_fr = _area(msg("Text"), BODY_LONGEST, 12)
    body_ar = _area(msg("Text"), BODY_LONGEST, 12)
    body_en = _area(msg("Text"), BODY_LONGEST, 12)
    transcript_fr = _area(msg("What is said, in writing"), BODY_LONGEST, 6)
    transcript_ar = _area(msg("What is said, in writing"), BODY_LONGEST, 6)
    transcript_en = _area(msg("What is said, in writing"), BODY_LONGEST, 6)
    alt_fr = _line(msg("What the picture shows"), SUMMARY_LONGEST)
    alt_ar = _line(msg("What the picture shows"), SUMMARY_LONGEST)
    alt_en = _line(msg("What the picture shows"), SUMMARY_LONGEST)

    def facts(self, kind: LessonKind) -> LessonFacts:
        return LessonFacts(
            kind.name, self.minutes.data or 0, self.required.data, self.pass_percent.data if kind.asks else None
        )

    def words(self) -> dict[str, LessonWordsGiven]:
        return {
            code: LessonWordsGiven(*(self[f"{name}_{code}"].data or "" for name in ("title", "body", "transcript", "alt")))
            for code in LANGUAGES
        }


class LessonFileForm(Form):
    """A file, for one language or for all."""

    language = SelectField(
        word("Language of the file"),
        choices=[
            SelectChoice("", word("For all languages")),
            *(SelectChoice(code, name) for code, name in LANGUAGE_NAMES.items()),
        ],
    )
    file = FileField(word("File of the lesson"), [InputRequired()])


class QuestionForm(Form):
    """A question of any kind. Which fields are shown depends on its kind; those of options are lettered."""

    kind = HiddenField()
    value = _line(msg("Right value"), 40)
    tolerance = _line(msg("How far off still counts as right"), 40)
    prompt_fr = _area(msg("Question"), PROMPT_LONGEST, 3)
    prompt_ar = _area(msg("Question"), PROMPT_LONGEST, 3)
    prompt_en = _area(msg("Question"), PROMPT_LONGEST, 3)
    explanation_fr = _area(msg("Explanation, shown after the answer"), EXPLANATION_LONGEST, 3)
    explanation_ar = _area(msg("Explanation, shown after the answer"), EXPLANATION_LONGEST, 3)
    explanation_en = _area(msg("Explanation, shown after the answer"), EXPLANATION_LONGEST, 3)

    def fit(self, kind: QuestionKind) -> "QuestionForm":
        """The fields of options called as the kind calls them."""
        for name in (f"option_{key}_{code}" for key in OPTION_KEYS for code in LANGUAGES):
            self[name].label.text = word(kind.option_label)
        return self

    def given(self, kind: QuestionKind) -> QuestionGiven:
        return QuestionGiven(
            kind.name,
            {code: self[f"prompt_{code}"].data or "" for code in LANGUAGES},
            {code: self[f"explanation_{code}"].data or "" for code in LANGUAGES},
            [self._option(key) for key in OPTION_KEYS[: kind.slots]],
            self.value.data or "",
            self.tolerance.data or "",
        )

    def _option(self, key: str) -> OptionGiven:
        texts = {code: self[f"option_{key}_{code}"].data or "" for code in LANGUAGES}
        return OptionGiven(key, texts, bool(self[f"right_{key}"].data))


OPTION_KEYS = tuple("abcdefgh")[:MOST_OPTIONS]
for _key in OPTION_KEYS:
    setattr(QuestionForm, f"right_{_key}", BooleanField(word("This answer is right")))
    for _code in LANGUAGES:
        setattr(QuestionForm, f"option_{_key}_{_code}", _line(msg("Answer to choose"), OPTION_LONGEST))


class ReasonForm(Form):
    """Why the office returns a course or revokes a certificate."""

    reason = TextAreaField(
        word("Reason"), [InputRequired(), Length(max=REASON_LONGEST)], filters=[stripped], render_kw={"rows": "3"}
    )
