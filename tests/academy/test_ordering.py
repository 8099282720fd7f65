"""Lines to put in order: written in the right order, shown mixed, numbered, marked as a whole, told as a list."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from academy.models import Answer, Question, QuestionOption, QuizAttempt
from academy.queries.quizzes import live_questions
from academy.rules.kinds import KINDS, mark
from academy.rules.questions import Asked, seed_of
from academy.services.questions import OptionGiven, QuestionGiven
from app.engines.db import db
from app.kernel.errors import Invalid
from tests.browsing import post, sign_in, text_of
from tests.builders.academy import OIL, a_course, the_lesson
from tests.builders.accounts import a_person

ORDERING = KINDS["ordering"]
TEXTS = ("Presser", "Filtrer", "Mettre en bouteille", "Coller l'étiquette")
STEPS = QuestionGiven(
    "ordering",
    {"fr": "Dans quel ordre ?"},
    {"fr": "On filtre ce qui est pressé."},
    [OptionGiven(key, {"fr": text}, False) for key, text in zip("abcd", TEXTS, strict=True)],
)


def asked(count):
    return Asked("ordering", tuple((key, False) for key in "abcdefgh"[:count]))


def test_only_the_whole_order_is_right():
    key = ORDERING.key(asked(4))
    assert key == {"kind": "ordering", "order": ["a", "b", "c", "d"]}
    assert mark({"order": ["a", "b", "c", "d"]}, key) is True
    assert mark({"order": ["b", "a", "c", "d"]}, key) is False
    assert mark({"order": ["d", "c", "b", "a"]}, key) is False
    assert mark(None, key) is False


def test_the_places_belong_to_the_lines_as_they_are_shown():
    assert ORDERING.read(["2", "1", "4", "3"], ["b", "a", "d", "c"]) == {"order": ["a", "b", "c", "d"]}
    assert ORDERING.read(["1", "2", "3", "4"], ["b", "a", "d", "c"]) == {"order": ["b", "a", "d", "c"]}


@pytest.mark.parametrize(
    ("values", "code", "facts"),
    [
        ([], "answer-missing", {}),
        (["", "", ""], "answer-missing", {}),
        (["1", "", "3"], "place-missing", {"last": "3"}),
        (["1", "1", "3"], "place-twice", {"place": "1"}),
        (["3", "2", "2"], "place-twice", {"place": "2"}),
        (["2", "2", ""], "place-twice", {"place": "2"}),
        (["1", "2", "4"], "answer-unknown", {}),
        (["1", "2", "0"], "answer-unknown", {}),
        (["1", "2", "trois"], "answer-unknown", {}),
        (["1", "2"], "answer-unknown", {}),
        (["1", "2", "3", "3"], "answer-unknown", {}),
    ],
)
def test_what_is_no_order_is_refused_at_the_answer(values, code, facts):
    with pytest.raises(Invalid) as refused:
        ORDERING.read(values, ["c", "a", "b"])
    assert (refused.value.code, refused.value.field, refused.value.facts) == (code, "answer", facts)


@settings(deadline=None)
@given(count=st.integers(2, 8), attempt=st.integers(1, 10**6), question=st.integers(1, 10**6))
def test_the_lines_are_mixed_the_same_way_each_time_and_never_stand_in_order(count, attempt, question):
    keys = asked(count).keys
    shown = ORDERING.laid_out(keys, seed_of(attempt, question))
    assert shown == ORDERING.laid_out(keys, seed_of(attempt, question))
    assert sorted(shown) == keys
    assert shown != keys
    sent = ORDERING.sent_when_right(asked(count), shown)
    assert ORDERING.read(sent, shown) == {"order": keys}


def test_another_attempt_mixes_the_lines_another_way():
    keys = asked(8).keys
    assert len({tuple(ORDERING.laid_out(keys, seed_of(attempt, 1))) for attempt in range(1, 21)}) > 15


def test_two_lines_are_needed():
    assert [ORDERING.problem(count, 0) for count in (0, 1, 2, 8)] == ["question-needs-lines"] * 2 + [None, None]


def test_an_author_writes_the_lines_in_the_right_order_and_ticks_nothing(app, client):
    teacher = a_person("Khadija", instructor=True)
    sign_in(client, teacher)
    course = a_course(owner=teacher, state="draft", questions=())
    lesson = f"/fr/academy/teach/{course.slug}/lessons/quiz-1"
    assert f'href="{lesson}/questions/new?kind=ordering"' in client.get(lesson).text
    address = f"{lesson}/questions/new?kind=ordering"
    form = client.get(address)
    page = text_of(form)
    for words in ("Mettre dans l’ordre", "Écrivez les lignes dans le bon ordre.", "Ligne 8", "Ligne à mettre à sa place"):
        assert words in page
    assert ("Cette réponse est juste" in page, 'name="value"' in form.text) == (False, False)
    alone = post(client, address, prompt_fr="Dans quel ordre ?", option_a_fr="Presser")
    assert (alone.status_code, "Écrivez au moins deux lignes" in text_of(alone)) == (422, True)
    assert db.session.scalar(select(func.count()).select_from(Question)) == 0
    made = post(client, address, prompt_fr="Dans quel ordre ?", option_b_fr="Presser", option_e_fr="Filtrer")
    assert made.status_code == 303
    question = db.session.scalars(select(Question)).one()
    rows = db.session.execute(select(QuestionOption.key, QuestionOption.position).order_by(QuestionOption.position))
    assert (question.kind, rows.all()) == ("ordering", [("b", 1), ("e", 2)])
    again = client.get(f"{lesson}/questions/{question.id}").text
    assert re.search(r'name="option_a_fr"[^>]* value="Presser"', again)
    assert re.search(r'name="option_b_fr"[^>]* value="Filtrer"', again)


@pytest.fixture
def attempt(app, client):
    """(address of an attempt, its question of order) of a learner who is signed in."""
    sign_in(client, a_person())
    course = a_course(questions=[OIL, STEPS])
    begun = post(client, f"/fr/academy/courses/{course.slug}/quiz-1/attempt").location
    return begun, live_questions(the_lesson(course, "quiz-1").id)[1]


def lines_of(page):
    """The lines as they stand on the page, and the place chosen at each."""
    labels = re.findall(r'<label for="q\d+-answer-\d+">([^<]+)</label>', page)
    lists = re.findall(r'<select id="q\d+-answer-\d+".*?</select>', page, re.DOTALL)
    chosen = [next(iter(re.findall(r'value="(\d)" selected', one)), "") for one in lists]
    return [label.replace("&#39;", "'") for label in labels], chosen


def places(shown, order):
    return [str(order.index(text) + 1) for text in shown]


def test_a_learner_gives_each_line_its_place_and_sees_it_kept(client, attempt):
    address, question = attempt
    page = client.get(f"{address}?q=2").text
    shown, chosen = lines_of(page)
    assert (sorted(shown), chosen) == (sorted(TEXTS), ["", "", "", ""])
    assert shown != list(TEXTS)
    assert lines_of(client.get(f"{address}?q=2").text)[0] == shown
    assert not re.search(r'value="[a-d]"', page.partition("question-2")[2])
    wrong = [TEXTS[1], TEXTS[0], TEXTS[2], TEXTS[3]]
    saved = post(client, f"{address}/answers/{question}", **{f"q{question}-answer": places(shown, wrong)})
    assert saved.status_code == 303
    assert lines_of(client.get(f"{address}?q=2").text) == (shown, places(shown, wrong))
    assert db.session.scalars(select(Answer.given)).one() == {"order": ["b", "a", "c", "d"]}
    right = places(shown, TEXTS)
    assert post(client, f"{address}/answers/{question}", **{f"q{question}-answer": right}).status_code == 303
    db.session.rollback()
    assert db.session.scalars(select(Answer.given)).one() == {"order": ["a", "b", "c", "d"]}


def test_a_place_given_twice_or_left_out_costs_nothing_and_is_said_in_words(client, attempt):
    address, question = attempt
    shown, _chosen = lines_of(client.get(f"{address}?q=2").text)
    for typed, words in (
        (["1", "2", "2", "3"], "La place 2 est donnée plusieurs fois."),
        (["1", "2", "", "3"], "Donnez une place à chaque ligne, de 1 à 4."),
        (["", "", "", ""], "Choisissez ou écrivez d’abord une réponse."),
    ):
        refused = post(client, f"{address}/answers/{question}", **{f"q{question}-answer": typed})
        assert (refused.status_code, words in text_of(refused)) == (422, True)
        assert lines_of(refused.text) == (shown, typed)
        assert f'aria-describedby="q{question}-answer-hint q{question}-answer-error"' in refused.text
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Answer)) == 0
    assert db.session.scalars(select(QuizAttempt.state)).one() == "open"


def test_the_result_tells_the_order_that_was_given_and_the_right_one(client, attempt):
    address, question = attempt
    shown, _chosen = lines_of(client.get(f"{address}?q=2").text)
    wrong = [TEXTS[3], TEXTS[0], TEXTS[1], TEXTS[2]]
    post(client, f"{address}/answers/{question}", **{f"q{question}-answer": places(shown, wrong)})
    post(client, f"{address}/hand-in")
    page = client.get(f"{address}/result").text.partition("Dans quel ordre ?")[2]
    lists = [
        [text.replace("&#39;", "'") for text in re.findall(r"<bdi>([^<]+)</bdi>", one)]
        for one in re.findall(r"<ol.*?</ol>", page, re.DOTALL)
    ]
    assert lists == [wrong, list(TEXTS)]
    assert "On filtre ce qui est pressé." in page
    marked = db.session.scalars(select(Answer)).one()
    assert (marked.right, marked.marked_by) == (False, {"kind": "ordering", "order": ["a", "b", "c", "d"]})
