"""A learner puts the steps of founding in order, on a phone, without script and by the keyboard alone."""

import json
import os
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import expect

from app.settings import HOUSE
from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.walking import Walker

COURSE = "founding-a-cooperative"
PICTURES = os.environ.get("TIWIZI_E2E_PICTURES")
LEARNERS = [("fr", "phone", False), ("ar", "phone", False), ("en", "desktop", True)]


def the_question() -> tuple[str, int, dict[str, Any]]:
    """(lesson, place in its quiz, question) of the demo's question of order."""
    course = json.loads((HOUSE / "academy/demo/courses" / f"{COURSE}.json").read_text("utf-8"))
    return next(
        (lesson["key"], place, question)
        for module in course["modules"]
        for lesson in module["lessons"]
        for place, question in enumerate(lesson.get("quiz", {}).get("questions", []), 1)
        if question["kind"] == "ordering"
    )


def give_places(learner: Walker, texts: list[str], places: list[int]) -> None:
    """Each line gets its place by the keyboard: the list is reached by its label and the figure is typed."""
    for text, place in zip(texts, places, strict=True):
        chosen = learner.main().get_by_label(text, exact=True)
        chosen.focus()
        learner.page.keyboard.type(str(place))
        expect(chosen).to_have_value(str(place))


def picture(learner: Walker, name: str) -> None:
    if PICTURES:
        learner.page.screenshot(path=Path(PICTURES) / f"ordering-{name}-{learner.language}.png", full_page=True)


@pytest.mark.parametrize(("language", "width", "script"), LEARNERS)
def test_the_steps_are_put_in_order(walker_of: OpenWalker, language: str, width: str, script: bool) -> None:
    key, place, question = the_question()
    right = [option["texts"][language] for option in question["options"]]
    learner = walker_of(language, width, script=script)
    learner.open_account("Salma Bennis", f"salma-{token_hex(4)}@example.org")
    learner.go(f"/academy/courses/{COURSE}/{key}")
    learner.press("Begin", within=learner.main())
    attempt = learner.page.url.split("?")[0].split("#")[0]
    learner.visit(f"{attempt}?q={place}")
    learner.reads(question["prompts"][language])
    shown = learner.main().locator("fieldset label").all_inner_texts()
    assert sorted(shown) == sorted(right)
    assert shown != right
    picture(learner, "asked")

    give_places(learner, right, [1, 2, 3, 4, 4])
    learner.press("Save my answer", within=learner.main())
    learner.reads_words("Place %(place)s is given more than once. Give each place to one line.", place=4)
    assert learner.main().locator("fieldset label").all_inner_texts() == shown
    picture(learner, "refused")

    give_places(learner, right[:2], [2, 1])
    give_places(learner, right[4:], [5])
    learner.press("Save my answer", within=learner.main())
    learner.visit(f"{attempt}?q={place}")
    expect(learner.main().get_by_label(right[0], exact=True)).to_have_value("2")
    learner.press("Hand in and see the result", within=learner.main())
    panel = learner.main().locator("ol > li", has_text=question["prompts"][language]).first
    given, truth = (panel.locator("ol").nth(index).locator("bdi").all_inner_texts() for index in (0, 1))
    assert given == [right[1], right[0], *right[2:]]
    assert truth == right
    picture(learner, "result")
