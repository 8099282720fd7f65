"""Academy's rules without a database."""

from contextlib import suppress
from decimal import Decimal
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academy.rules.certificates import missing_for_certificate, normal_code, spoken_code
from academy.rules.courses import COURSE, Quiz, why_not_ready
from academy.rules.kinds import KINDS, mark
from academy.rules.lessons import LESSONS as KINDS_OF_LESSON
from academy.rules.media import media_type
from academy.rules.progress import Line, progress, where_to_go_on
from academy.rules.questions import Asked, Result, seed_of
from app.kernel.errors import Conflict, Invalid

MOVES = {
    ("draft", "submit"): "submitted",
    ("submitted", "publish"): "published",
    ("submitted", "return"): "draft",
    ("published", "withdraw"): "withdrawn",
    ("withdrawn", "submit"): "submitted",
    ("withdrawn", "rewrite"): "draft",
}


@pytest.mark.parametrize(("state", "move"), COURSE.pairs())
def test_a_course_makes_the_moves_of_the_table_and_no_other(state, move):
    if (state, move) in MOVES:
        assert COURSE.after(state, move) == MOVES[state, move]
    else:
        with pytest.raises(Conflict) as refused:
            COURSE.after(state, move)
        assert refused.value.code == "move-not-possible"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,5", "1234.5"),
        ("9\u00a0600", "9600"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("٢٥", "25"),
        ("١٢٫٥", "12.5"),
        ("۱۲,۵", "12.5"),
        ("−3", "-3"),
        (" 7 ", "7"),
        ("٣،٥", "3.5"),
        (",5", "0.5"),
        ("+4", "4"),
        ("12,5,", "12.5"),
        ("'9600", "9600"),
        ("٣٬٣٠٠", "3300"),
    ],
)
def test_a_number_is_understood_as_people_write_it(typed, number):
    assert Decimal(KINDS["numeric"].read([typed], [])["number"]) == Decimal(number)


@pytest.mark.parametrize("typed", ["abc", "12 DH", "1e5", "NaN", "inf", "1..2", "--3", "9" * 16, "½", "٣x", "0x10"])
def test_what_is_no_number_is_refused_at_the_answer(typed):
    with pytest.raises(Invalid) as refused:
        KINDS["numeric"].read([typed], [])
    assert (refused.value.code, refused.value.field) == ("not-a-number", "answer")


@given(st.text(max_size=30))
def test_any_text_is_a_finite_number_or_refused(text):
    found = None
    with suppress(Invalid):
        found = Decimal(KINDS["numeric"].read([text], [])["number"])
    assert found is None or found.is_finite()


OPTIONS_A = (("a", True), ("b", False))
OPTIONS_AC = (("a", True), ("b", False), ("c", True))
WITHIN = Asked("numeric", value="12.50", tolerance="0.05")


@pytest.mark.parametrize(
    ("asked", "key", "given", "right"),
    [
        (Asked("choice", OPTIONS_A), {"kind": "choice", "right": ["a"]}, {"options": ["a"]}, True),
        (Asked("choice", OPTIONS_A), {"kind": "choice", "right": ["a"]}, {"options": ["b"]}, False),
        (Asked("choice", OPTIONS_A), {"kind": "choice", "right": ["a"]}, {"options": []}, False),
        (
            Asked("true_false", (("true", False), ("false", True))),
            {"kind": "true_false", "right": ["false"]},
            {"options": ["false"]},
            True,
        ),
        (Asked("several", OPTIONS_AC), {"kind": "several", "right": ["a", "c"]}, {"options": ["a", "c"]}, True),
        (Asked("several", OPTIONS_AC), {"kind": "several", "right": ["a", "c"]}, {"options": ["a"]}, False),
        (Asked("several", OPTIONS_AC), {"kind": "several", "right": ["a", "c"]}, {"options": ["a", "b", "c"]}, False),
        (Asked("several", ()), {"kind": "several", "right": []}, {"options": []}, False),
        (WITHIN, {"kind": "numeric", "value": "12.50", "tolerance": "0.05"}, {"number": "12.55"}, True),
        (WITHIN, {"kind": "numeric", "value": "12.50", "tolerance": "0.05"}, {"number": "12.45"}, True),
        (WITHIN, {"kind": "numeric", "value": "12.50", "tolerance": "0.05"}, {"number": "12.5501"}, False),
        (Asked("numeric", value="0.3"), {"kind": "numeric", "value": "0.3", "tolerance": "0"}, {"number": "0.3"}, True),
        (Asked("numeric", value="100"), {"kind": "numeric", "value": "100", "tolerance": "0"}, {"number": "100.00"}, True),
    ],
)
def test_an_answer_is_marked_by_the_key_that_is_frozen_beside_it(asked, key, given, right):
    assert KINDS[asked.kind].key(asked) == key
    assert mark(given, key) is right
    assert mark(None, key) is False


@pytest.mark.parametrize(
    "asked",
    [
        Asked("choice", OPTIONS_A),
        Asked("several", OPTIONS_AC),
        Asked("true_false", (("true", False), ("false", True))),
        Asked("numeric", value="1200.50", tolerance="0.5"),
    ],
    ids=lambda asked: asked.kind,
)
def test_who_is_right_is_marked_right_and_told_what_is_right(asked):
    kind = KINDS[asked.kind]
    shown = kind.laid_out(asked.keys, seed_of(7, 3))
    given = kind.read(kind.sent_when_right(asked, shown), shown)
    assert mark(given, kind.key(asked)) is True
    assert [str(one) for one in kind.said(given, asked.keys)] == [str(one) for one in kind.truth(asked)]
    assert sorted(shown) == sorted(asked.keys)
    assert shown == kind.laid_out(asked.keys, seed_of(7, 3))


def test_an_answer_is_read_as_it_will_be_stored():
    assert KINDS["several"].read(["c", "a", "c"], ["a", "b", "c"]) == {"options": ["a", "c"]}
    assert KINDS["numeric"].read([" 12,50 "], []) == {"text": "12,50", "number": "12.50"}
    for kind, values, code in [
        ("choice", [], "answer-missing"),
        ("choice", [" "], "answer-missing"),
        ("choice", ["z"], "answer-unknown"),
        ("choice", ["a", "b"], "answer-unknown"),
        ("numeric", ["douze"], "not-a-number"),
    ]:
        with pytest.raises(Invalid) as refused:
            KINDS[kind].read(values, ["a", "b"])
        assert (refused.value.code, refused.value.field) == (code, "answer")


@pytest.mark.parametrize(
    ("typed", "one", "other"),
    [
        ("1.000", "1000", "1"),
        ("2,250", "2250", "2.25"),
        ("٣.٣٠٠", "3300", "3.3"),
        ("9,600", "9600", "9.6"),
        ("-1.5٠٠", "-1500", "-1.5"),
    ],
)
def test_an_answer_that_may_be_two_numbers_is_asked_again(typed, one, other):
    with pytest.raises(Invalid) as refused:
        KINDS["numeric"].read([typed], [])
    assert (refused.value.code, refused.value.field) == ("number-ambiguous", "answer")
    assert refused.value.facts == {"one": Decimal(one), "other": Decimal(other)}
    with pytest.raises(Invalid) as refused:
        KINDS["numeric"].measure(typed, "0")
    assert (refused.value.code, refused.value.field) == ("number-ambiguous", "value")


@pytest.mark.parametrize(
    ("number", "or_", "value", "right"),
    [
        ("1.000", "1000", "1000", True),
        ("1.000", "1000", "1", True),
        ("9600", "9.600", "9.6", True),
        ("1.000", "1000", "100", False),
        ("1.00", None, "100", False),
        ("1234567", None, "1234567", True),
    ],
)
def test_an_old_answer_that_may_be_two_numbers_counts_for_either(number, or_, value, right):
    given = {"text": number, "number": number, **({} if or_ is None else {"or": or_})}
    assert mark(given, {"kind": "numeric", "value": value, "tolerance": "0"}) is right


def test_a_result_is_rounded_down_and_passes_at_the_line():
    assert (Result(2, 3, 67).percent, Result(2, 3, 67).passed) == (66, False)
    assert (Result(2, 3, 66).percent, Result(2, 3, 66).passed) == (66, True)
    assert (Result(7, 10, 70).passed, Result(0, 0, 1).passed) == (True, False)


IDS = st.sets(st.integers(1, 60))


@given(required=IDS, completed=IDS)
def test_progress_lies_between_0_and_100_and_is_100_only_when_everything_is_done(required, completed):
    percent = progress(required, completed)
    assert 0 <= percent <= 100
    assert (percent == 100) == (bool(required) and required <= completed)


@given(required=IDS, completed=IDS, more=st.integers(1, 60))
def test_progress_never_falls_when_something_is_completed(required, completed, more):
    assert progress(required, completed | {more}) >= progress(required, completed)


LESSONS = [Line(1, "text", True), Line(2, "quiz", True), Line(3, "download", False), Line(4, "quiz", False)]


def test_the_certificate_takes_every_required_lesson_and_every_required_quiz_passed():
    assert missing_for_certificate(LESSONS, {1, 2}, {2}) == []
    assert missing_for_certificate(LESSONS, {1, 2}, set()) == [2]
    assert missing_for_certificate(LESSONS, {2, 3, 4}, {2, 4}) == [1]


def test_one_comes_back_to_the_open_quiz_or_to_what_follows_the_last_lesson_done():
    assert where_to_go_on(LESSONS, set()) == 1
    assert where_to_go_on(LESSONS, {1}) == 2
    assert where_to_go_on(LESSONS, {1, 3}) == 4
    assert where_to_go_on(LESSONS, {1, 3}, open_quiz=2) == 2
    assert where_to_go_on(LESSONS, {2, 3, 4}) == 1
    assert where_to_go_on(LESSONS, {1, 2, 3, 4}) == 1
    assert where_to_go_on([], set()) is None


@pytest.mark.parametrize(
    "typed", ["ABCD-EFGH-JKMN", "abcdefghjkmn", " abcd efgh jkmn ", "ABCD\u2013efgh_JKMN", "ＡBCDEFGHJKMN"]
)
def test_a_code_is_the_same_however_it_is_typed(typed):
    assert normal_code(typed) == "ABCDEFGHJKMN"
    assert spoken_code("ABCDEFGHJKMN") == "ABCD-EFGH-JKMN"


@pytest.mark.parametrize("typed", ["", "ABC", "ABCDEFGHJKM0", "ABCDEFGHJKMNP", "ÀBCDEFGHJKMN", "../etc/passwd"])
def test_what_cannot_be_a_code_is_none(typed):
    assert normal_code(typed) == ""


def test_a_course_is_ready_when_nothing_is_missing():
    text, quiz, sound = Line(1, "text", True), Line(2, "quiz", False), Line(3, "audio", True)
    good = {2: Quiz([("choice", 3, 1), ("numeric", 0, 0), ("several", 3, 2)])}
    assert why_not_ready(1, [text, quiz, sound], {3}, good) is None
    assert why_not_ready(0, [text], set(), {}) == "course-needs-title"
    assert why_not_ready(1, [quiz], set(), good) == "course-needs-lesson"
    assert why_not_ready(1, [text, sound], set(), {}) == "course-needs-file"
    assert why_not_ready(1, [text, quiz], set(), {}) == "course-needs-question"
    assert why_not_ready(1, [text, quiz], set(), {2: Quiz([("choice", 1, 1)])}) == "question-needs-options"
    assert why_not_ready(1, [text, quiz], set(), {2: Quiz([("true_false", 2, 2)])}) == "question-needs-one-right"
    assert why_not_ready(1, [text, quiz], set(), {2: Quiz([("several", 2, 2)])}) == "question-needs-right-and-wrong"


@pytest.mark.parametrize(
    ("kind", "content", "name", "found"),
    [
        ("audio", b"ID3\x04" + b"\0" * 20, "x.exe", ("mp3", "audio/mpeg")),
        ("audio", b"\xff\xfb\x90\x00" + b"\0" * 20, "x", ("mp3", "audio/mpeg")),
        ("audio", b"OggS\0" + b"\0" * 20, "x.mp3", ("ogg", "audio/ogg")),
        ("audio", b"\0\0\0\x20ftypM4A \0\0", "x", ("m4a", "audio/mp4")),
        ("video", b"\0\0\0\x20ftypisom\0\0", "x", ("mp4", "video/mp4")),
        ("video", b"\x1a\x45\xdf\xa3\x01\0\0\0\x42\x82\x84webm", "x", ("webm", "video/webm")),
        ("download", b"%PDF-1.7\n", "x.txt", ("pdf", "application/pdf")),
        ("download", "prix;quantité".encode(), "feuille.CSV", ("csv", "text/csv; charset=utf-8")),
        ("download", "نص".encode(), "x.md", ("md", "text/markdown; charset=utf-8")),
    ],
)
def test_a_file_is_known_by_what_it_holds(kind, content, name, found):
    assert media_type(KINDS_OF_LESSON[kind], BytesIO(content), name) == found


@pytest.mark.parametrize(
    ("kind", "content", "name"),
    [
        ("audio", b"\0\0\0\x20ftypisom\0\0", "x.mp3"),
        ("video", b"ID3\x04", "x.mp4"),
        ("download", b"<html>", "x.html"),
        ("download", b"MZ\x90\0", "x.txt"),
        ("download", b"\xff\xfe", "x.csv"),
        ("download", b"", "x.txt"),
        ("audio", b"", "x.mp3"),
        ("text", b"%PDF-1.7", "x.pdf"),
        ("download", b"ID3\x04", "x.pdf"),
        ("video", b"\0\0\0\x20ftypheic\0\0", "x.mp4"),
    ],
)
def test_a_file_of_another_kind_is_refused(kind, content, name):
    with pytest.raises(Invalid) as refused:
        media_type(KINDS_OF_LESSON[kind], BytesIO(content), name)
    assert (refused.value.code, refused.value.field) == ("file-not-accepted", "file")


def test_a_file_above_30_megabytes_is_refused():
    with pytest.raises(Invalid) as refused:
        media_type(KINDS_OF_LESSON["download"], BytesIO(b"%PDF-" + b"0" * (30 * 1024 * 1024)), "x.pdf")
    assert refused.value.code == "file-too-large"
