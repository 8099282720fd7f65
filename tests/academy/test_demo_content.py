"""The four demo courses: complete in three languages, answers that can be right, sums that are right."""

import csv
import io
import json
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from PIL import Image

COURSES = Path(__file__).parents[2] / "academy" / "demo" / "courses"
SLUGS = (
    "founding-a-cooperative",
    "pricing-and-margins",
    "running-a-general-assembly",
    "selling-online-and-shipping",
)
LANGUAGES = ("fr", "ar", "en")
LESSON_KINDS = {"text", "quiz", "picture", "download"}
LARGEST_PICTURE = 40_000  # bytes: a phone on a weak line
FIRST_ISOLATE, LAST_ISOLATE = "\u2066", "\u2069"
NUMBER = r"\d+(?:\u00a0\d{3})*(?:,\d+)?"
DECIMAL_MARKS = {"fr": ",", "ar": ",", "en": "."}
ENGLISH_NUMBER = r"\d+(?:,\d{3})*(?:\.\d+)?"


def course(slug):
    return json.loads((COURSES / f"{slug}.json").read_text("utf-8"))


def lessons(slug):
    return [lesson for module in course(slug)["modules"] for lesson in module["lessons"]]


def questions(slug):
    return [question for lesson in lessons(slug) if lesson["kind"] == "quiz" for question in lesson["quiz"]["questions"]]


def body(lesson, language):
    return (COURSES / lesson["body_file"].replace("{lang}", language)).read_text("utf-8")


def texts_by_language(slug):
    """Every text a learner can read in the course, as (language, text)."""
    found = []

    def walk(value):
        if isinstance(value, dict):
            if set(value) == set(LANGUAGES):
                for language in LANGUAGES:
                    written = value[language]
                    found.extend((language, text) for text in (written if isinstance(written, list) else [written]))
            else:
                for part in value.values():
                    walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(course(slug))
    for path in (COURSES / slug).iterdir():
        if path.suffix != ".png":
            found.append((path.name.split(".")[-2], path.read_text("utf-8-sig")))
    return found


def parsed(number, language):
    plain = number.replace("\u00a0", "")
    return Decimal(plain.replace(",", "") if language == "en" else plain.replace(",", "."))


def sums_in(text, language):
    """The sums written in a text, as lists of sides, units, emphasis and marks taken off: ['12 × 10', '120']."""
    text = re.sub(rf"[*{FIRST_ISOLATE}{LAST_ISOLATE}\u064b-\u0652]|MAD |\u00a0(?=%)", "", text)
    number = ENGLISH_NUMBER if language == "en" else NUMBER
    text = re.sub(r"\u00a0?([×÷+−=])\u00a0", r" \1 ", text)
    text = re.sub(r"(?<=\d) [^\W\d_]+³?(?: [^\W\d_]+){0,3}(?= [×÷+−=] )", "", text)
    operand = rf"\(?{number}%?\)?"
    side = rf"{operand}(?: [×÷+−] {operand})*"
    chains = re.findall(rf"{side}(?: = {side})+", text)
    return [chain.split(" = ") for chain in chains]


def value_of(side, language):
    """Exact value of one side of a sum; products before additions, parentheses for one subtraction."""
    inner = re.search(r"\(([^)]*)\)", side)
    if inner:
        side = side.replace(inner.group(0), str(value_of(inner.group(1), language)).replace(".", DECIMAL_MARKS[language]))
    total, sign = Decimal(0), 1
    for part in re.split(r" ([+−]) ", side):
        if part in "+−":
            sign = 1 if part == "+" else -1
            continue
        product, operator = None, "×"
        for factor in re.split(r" ([×÷]) ", part):
            if factor in "×÷":
                operator = factor
                continue
            number = parsed(factor.rstrip("%"), language) / (100 if factor.endswith("%") else 1)
            product = number if product is None else product * number if operator == "×" else product / number
        total += sign * product
    return total


def shown_alike(exact, side, language):
    """True when the side shows the exact value, rounded to the decimals that it prints."""
    shown = value_of(side, language)
    decimals = len(side.rstrip("%").partition(DECIMAL_MARKS[language])[2])
    step = Decimal(1).scaleb(-decimals - (2 if side.endswith("%") else 0))
    return exact.quantize(step, ROUND_HALF_UP) == shown


def test_there_are_four_courses_for_morocco():
    assert sorted(path.stem for path in COURSES.glob("*.json")) == list(SLUGS)
    for slug in SLUGS:
        assert course(slug)["slug"] == slug
        assert course(slug)["territory"] == "morocco"
        assert course(slug)["level"] == "beginner"


@pytest.mark.parametrize("slug", SLUGS)
def test_every_text_exists_in_french_arabic_and_english(slug):
    def walk(value, where):
        if isinstance(value, dict):
            if set(value) & set(LANGUAGES):
                assert set(value) == set(LANGUAGES), where
                assert all(value.values()), where
                assert len({len(v) for v in value.values() if isinstance(v, list)}) <= 1, where
            for key, part in value.items():
                walk(part, f"{where}/{key}")
        elif isinstance(value, list):
            for index, part in enumerate(value):
                walk(part, f"{where}[{index}]")
        elif isinstance(value, str):
            assert value.strip() == value != "", where

    walk(course(slug), slug)
    for language in LANGUAGES:
        assert 3 <= len(course(slug)["outcomes"][language]) <= 5
        assert len(course(slug)["summaries"][language]) <= 300


@pytest.mark.parametrize("slug", SLUGS)
def test_a_course_has_three_modules_each_closed_by_a_quiz_and_a_final_one(slug):
    modules = course(slug)["modules"]
    assert len(modules) == 3
    for module in modules:
        kinds = [lesson["kind"] for lesson in module["lessons"]]
        assert set(kinds) <= LESSON_KINDS
        assert 2 <= sum(kind != "quiz" for kind in kinds) <= 4
        assert kinds[-1] == "quiz"
    quizzes = [lesson["quiz"] for lesson in lessons(slug) if lesson["kind"] == "quiz"]
    assert [quiz["pass_percent"] for quiz in quizzes] == [70, 70, 70, 70]
    assert all(4 <= len(quiz["questions"]) <= 5 for quiz in quizzes[:-1])
    assert 6 <= len(quizzes[-1]["questions"]) <= 8
    assert all(lesson["required"] is (lesson["kind"] != "download") for lesson in lessons(slug))


@pytest.mark.parametrize("slug", SLUGS)
def test_minutes_add_up_to_a_short_course(slug):
    assert course(slug)["minutes"] == sum(lesson["minutes"] for lesson in lessons(slug))
    assert 30 <= course(slug)["minutes"] <= 60


@pytest.mark.parametrize("slug", SLUGS)
def test_keys_are_unique_and_fit_for_an_address(slug):
    for keys in (
        [module["key"] for module in course(slug)["modules"]],
        [lesson["key"] for lesson in lessons(slug)],
        [question["key"] for question in questions(slug)],
    ):
        assert len(keys) == len(set(keys))
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in keys)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_question_can_be_answered_and_says_why(slug):
    for question in questions(slug):
        key, kind = question["key"], question["kind"]
        right = [option["right"] for option in question["options"]]
        option_keys = [option["key"] for option in question["options"]]
        assert len(option_keys) == len(set(option_keys)), key
        for language in LANGUAGES:
            offered = [option["texts"][language] for option in question["options"]]
            assert len(offered) == len(set(offered)), key
            assert len(question["explanations"][language]) >= 20, key
        if kind == "choice":
            assert right.count(True) == 1, key
            assert len(right) >= 3, key
        elif kind == "several":
            assert any(right), key
            assert not all(right), key
        elif kind == "true_false":
            assert option_keys == ["true", "false"], key
            assert right.count(True) == 1, key
        elif kind == "ordering":
            assert all(right), key
            assert 3 <= len(right) <= 6, key
        else:
            assert kind == "numeric", key
            assert right == [], key
        if kind != "numeric":
            assert question["value"] is None, key
            assert question["tolerance"] is None, key


@pytest.mark.parametrize("slug", SLUGS)
def test_a_numeric_answer_parses_names_its_unit_and_stands_in_its_explanation(slug):
    asked = [question for question in questions(slug) if question["kind"] == "numeric"]
    assert asked
    for question in asked:
        value, tolerance = Decimal(question["value"]), Decimal(question["tolerance"])
        assert value > 0, question["key"]
        assert 0 <= tolerance < value, question["key"]
        for language in LANGUAGES:
            assert re.search(r"\([^)]+\)$", question["prompts"][language]), question["key"]
            number = ENGLISH_NUMBER if language == "en" else NUMBER
            explained = [parsed(found, language) for found in re.findall(number, question["explanations"][language])]
            if question["key"] != "votes":  # one vote: said in words
                assert value in explained, (question["key"], language)


@pytest.mark.parametrize("slug", SLUGS)
def test_every_named_file_exists_and_no_file_is_left_over(slug):
    named = set()
    for lesson in lessons(slug):
        for field in ("body_file", "download_file"):
            if field in lesson:
                assert "{lang}" in lesson[field]
                named |= {lesson[field].replace("{lang}", language) for language in LANGUAGES}
        if lesson["kind"] == "picture":
            named.add(lesson["picture"]["file"])
        assert (lesson["kind"] == "quiz") is ("quiz" in lesson)
        assert (lesson["kind"] == "quiz") is ("body_file" not in lesson)
        assert (lesson["kind"] == "download") is ("download_file" in lesson)
        assert (lesson["kind"] == "picture") is ("picture" in lesson)
    present = {str(path.relative_to(COURSES)) for path in (COURSES / slug).iterdir()}
    assert named == present
    assert all((COURSES / name).stat().st_size > 200 for name in named)
    kinds = [lesson["kind"] for lesson in lessons(slug)]
    assert kinds.count("picture") == 1
    assert kinds.count("download") == 1


@pytest.mark.parametrize("slug", SLUGS)
def test_the_picture_is_small_and_told_in_words(slug):
    (lesson,) = (lesson for lesson in lessons(slug) if lesson["kind"] == "picture")
    path = COURSES / lesson["picture"]["file"]
    assert path.stat().st_size <= LARGEST_PICTURE
    with Image.open(path) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert 400 <= picture.width <= 800
    assert all(40 <= len(alt) <= 250 for alt in lesson["picture"]["alts"].values())


@pytest.mark.parametrize("slug", SLUGS)
def test_lesson_texts_are_plain_markdown_that_a_phone_can_show(slug):
    for lesson in lessons(slug):
        if lesson["kind"] == "quiz":
            continue
        for language in LANGUAGES:
            text = body(lesson, language)
            assert not re.search(r"<[a-z/]", text), lesson["key"]
            assert not re.search(r"^# |^\||^```", text, re.MULTILINE), lesson["key"]
            assert "*" not in MarkdownIt().render(text), (lesson["key"], language)
            if lesson["kind"] != "download":
                assert 120 <= len(text.split()) <= 450, (lesson["key"], language)
                assert len(re.findall(r"^## ", text, re.MULTILINE)) >= 2, (lesson["key"], language)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_three_languages_have_the_same_build(slug):
    for lesson in lessons(slug):
        if lesson["kind"] == "quiz":
            continue
        shapes = {tuple(re.findall(r"^(##|-|\d+\.) ", body(lesson, language), re.MULTILINE)) for language in LANGUAGES}
        assert len(shapes) == 1, lesson["key"]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_sum_a_learner_reads_is_right_in_every_language(slug):
    seen = dict.fromkeys(LANGUAGES, 0)
    for language, text in texts_by_language(slug):
        for sides in sums_in(text, language):
            exact = value_of(sides[0], language)
            for side in sides[1:]:
                assert shown_alike(exact, side, language), (language, " = ".join(sides))
            seen[language] += 1
    assert min(seen.values()) >= 14, seen


@pytest.mark.parametrize("slug", SLUGS)
def test_arabic_keeps_latin_digits_and_reads_its_sums_from_left_to_right(slug):
    for language, text in texts_by_language(slug):
        assert not re.search(r"[٠-٩۰-۹]", text), text[:60]
        if language != "ar":
            assert FIRST_ISOLATE not in text
            continue
        assert text.count(FIRST_ISOLATE) == text.count(LAST_ISOLATE)
        outside = re.sub(f"{FIRST_ISOLATE}[^{LAST_ISOLATE}]*{LAST_ISOLATE}", "", text)
        assert not re.search(r"\d%?[ \u00a0][×÷−+=][ \u00a0]\**\d", outside), text[:60]


@pytest.mark.parametrize("slug", SLUGS)
def test_arabic_is_written_in_arabic_and_with_moroccan_months(slug):
    for lesson in lessons(slug):
        assert re.search(r"[\u0621-\u064a]", lesson["titles"]["ar"])
        if lesson["kind"] == "quiz":
            continue
        text = body(lesson, "ar")
        arabic, latin = len(re.findall(r"[\u0621-\u064a]", text)), len(re.findall(r"[A-Za-z]", text))
        assert arabic > 20 * latin, lesson["key"]
        assert not re.search(r"يوليو(?!ز)|أغسطس|سبتمبر|نوفمبر|ديسمبر|مايو", text), lesson["key"]
    for question in questions(slug):
        for words in (question["prompts"], question["explanations"]):
            assert len(re.findall(r"[\u0621-\u064a]", words["ar"])) >= 12, question["key"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_law_leaves_open_is_sent_to_the_office(language):
    doubt = {"fr": r"[Vv]érifi", "ar": r"تأكد", "en": r"[Cc]heck"}[language]
    open_points = {
        "founding-a-cooperative": ("group-and-idea", "capital", "steps", "after-registration"),
        "running-a-general-assembly": ("accounts-and-surplus",),
        "pricing-and-margins": ("vat-exemption",),
        "selling-online-and-shipping": ("stock-and-promise", "returns-and-trust"),
    }
    for slug, keys in open_points.items():
        for lesson in lessons(slug):
            if lesson["key"] in keys:
                assert re.search(doubt, body(lesson, language)), lesson["key"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_price_sheet_opens_in_a_spreadsheet_and_its_example_adds_up(language):
    raw = (COURSES / "pricing-and-margins" / f"price-sheet.{language}.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter="," if language == "en" else ";"))
    assert {len(row) for row in rows} == {4}
    assert not any(cell[:1] in {"=", "+", "-", "@"} for row in rows for cell in row if cell)
    line = {row[0]: parsed(row[2], language) for row in rows[2:]}
    assert line["4"] == line["1"] + line["2"] + line["3"] == 560
    assert line["6"] == line["4"] / line["5"] == 14
    assert line["9"] == line["7"] / line["8"] == 6
    assert line["10"] == line["6"] + line["9"] == 20
    assert line["12"] == line["11"] - line["10"] == 5
    assert line["13"] == line["12"] / line["11"] * 100 == 20
    assert line["14"] == line["12"] / line["10"] * 100 == 25
    assert line["15"] == line["11"] - line["6"] == 11
    assert line["16"] == math.ceil(line["7"] / line["15"]) == 164
    assert line["17"] == line["8"] * line["15"] - line["7"] == 1500
