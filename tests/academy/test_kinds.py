"""Each kind of question has all its parts, and what it alone refuses has a sentence."""

import pytest

from academy.forms.answers import FORMS
from academy.queries.teaching import question_drafts
from academy.rules.kinds import FIRST_KIND, KINDS
from academy.rules.lessons import LESSONS
from academy.rules.questions import QuestionKind
from academy.services.questions import OptionGiven, QuestionGiven, add_question
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.errors import Invalid
from tests.builders.academy import a_course, the_lesson

ABC = [OptionGiven(key, {"fr": f"Texte {key}"}, True) for key in "abcdefgh"]
ASKED = {"fr": "Et maintenant ?"}


def test_a_kind_that_cannot_be_read_and_marked_is_no_kind():
    class Half(QuestionKind):
        name, label = "half", "Half"

    assert QuestionKind.__abstractmethods__ == {"read", "key", "mark", "said", "truth", "sent_when_right"}
    with pytest.raises(TypeError, match="abstract"):
        Half()


def test_each_kind_has_a_record_a_field_and_a_piece(app):
    assert list(FORMS) == list(KINDS)
    assert FIRST_KIND == "choice"
    for name, kind in KINDS.items():
        assert kind.name == name
        assert kind.label
        piece = app.jinja_env.get_template(f"academy/questions/{kind.piece}.html")
        assert {"ask", "told"} <= set(dir(piece.module))
        assert kind.slots == 0 or kind.problem(1, 1) is not None


def test_each_kind_of_lesson_has_its_words_and_a_piece_that_shows_it(app):
    assert [name for name, kind in LESSONS.items() if kind.with_file] == ["picture", "audio", "video", "download"]
    assert [name for name, kind in LESSONS.items() if kind.asks] == ["quiz"]
    for name, kind in LESSONS.items():
        assert kind.name == name
        assert kind.label
        piece = app.jinja_env.get_template(f"academy/lessons/{kind.piece}.html")
        assert {"shown", "saved"} <= set(dir(piece.module))
        assert kind.with_file == (bool(kind.media) or kind.made_anew)
        assert {"title", "body"} <= set(kind.words) <= {"title", "body", "transcript", "alt"}


def test_what_a_kind_refuses_with_has_a_sentence_on_the_plate(app):
    refusals = app.extensions["refusals"]
    codes = {kind.problem(options, right) for kind in KINDS.values() for options in range(4) for right in range(4)}
    assert {"question-needs-options", "question-needs-one-right", "question-needs-right-and-wrong"} <= codes
    assert [code for code in codes - {None} if code not in refusals] == []
    assert [code for kind in KINDS.values() for code in kind.refusals if code not in refusals] == []


@pytest.mark.parametrize("name", KINDS)
def test_a_question_keeps_no_more_answers_than_its_kind_has_room_for(app, name):
    course = a_course(state="draft", questions=())
    quiz = the_lesson(course, "quiz-1")
    kind = KINDS[name]
    options = [OptionGiven(one.key, one.texts, one.key == "a") for one in ABC]
    with transaction():
        add_question(SYSTEM, quiz.id, QuestionGiven(name, ASKED, {}, options, "5", "0"))
    assert [len(one.options) for one in question_drafts(quiz.id)] == [kind.slots]


def test_a_question_of_a_kind_that_is_not_there_is_refused(app):
    course = a_course(state="draft", questions=())
    quiz = the_lesson(course, "quiz-1")
    with pytest.raises(Invalid) as refused, transaction():
        add_question(SYSTEM, quiz.id, QuestionGiven("riddle", ASKED, {}, ABC))
    assert (refused.value.code, refused.value.field) == ("choice-unknown", "kind")
    assert question_drafts(quiz.id) == []
