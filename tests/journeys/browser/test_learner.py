"""A learner reads a course to its end and earns a certificate; a stranger checks it."""

import json
from secrets import token_hex
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from app.settings import HOUSE
from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.walking import Walker

COURSE = "running-a-general-assembly"
LEARNERS = [("fr", "phone", True, "Salma Bennis"), ("ar", "desktop", False, "سلمى بنيس")]


def the_course() -> dict[str, Any]:
    """The course as it was written: titles, questions and right answers."""
    found: dict[str, Any] = json.loads((HOUSE / "academy/demo/courses" / f"{COURSE}.json").read_text("utf-8"))
    return found


def answer(learner: Walker, panel: Locator, question: dict[str, Any]) -> None:
    """Give the right answer to one question and save it."""
    if question["kind"] == "numeric":
        panel.locator("input[type=text], input[inputmode=decimal]").fill(question["value"])
    for option in question["options"]:
        if option["right"]:
            panel.locator("label").get_by_text(option["texts"][learner.language], exact=True).click()
    learner.press("Save my answer", within=panel)


def pass_quiz(learner: Walker, key: str, questions: list[dict[str, Any]]) -> None:
    """Answer every question, each on its own page, and hand in."""
    learner.go(f"/academy/courses/{COURSE}/{key}")
    learner.press("Begin", within=learner.main())
    asked = {question["prompts"][learner.language]: question for question in questions}
    for place in range(1, len(questions) + 1):
        learner.visit(f"{learner.page.url.split('?')[0].split('#')[0]}?q={place}")
        panel = learner.page.locator("section.panel:has(form)").first
        words = " ".join(panel.inner_text().split())
        answer(learner, panel, next(question for prompt, question in asked.items() if " ".join(prompt.split()) in words))
    learner.press("Hand in and see the result", within=learner.main())
    learner.reads_words("Passed. Well done.")


@pytest.mark.parametrize(("language", "width", "script", "name"), LEARNERS)
def test_a_learner_finishes_a_course_and_a_stranger_checks_the_certificate(
    walker_of: OpenWalker, language: str, width: str, script: bool, name: str
) -> None:
    course = the_course()
    learner = walker_of(language, width, script=script)
    learner.open_account(name, f"salma-{token_hex(4)}@example.org")
    learner.go("/academy")
    learner.click(learner.page.locator(f"main a[href$='/academy/courses/{COURSE}']").first)
    learner.press("Start the course", within=learner.main())
    for part in course["modules"]:
        for lesson in part["lessons"]:
            if lesson["kind"] == "quiz":
                pass_quiz(learner, lesson["key"], lesson["quiz"]["questions"])
            else:
                learner.go(f"/academy/courses/{COURSE}/{lesson['key']}")
                learner.reads(lesson["titles"][language])
                learner.click(learner.main().get_by_role("button").first)

    learner.go(f"/academy/courses/{COURSE}")
    learner.press("Get my certificate", within=learner.main())
    expect(learner.page.locator("#certificate a[href*='/verify/']")).to_be_visible()
    code = learner.page.locator("#certificate a[href*='/verify/']").inner_text().strip()
    pdf = learner.context.request.get(
        learner.site.address
        + str(learner.page.locator(f"#certificate a[href$='.pdf?lang={language}']").get_attribute("href"))
    )
    assert pdf.status == 200
    assert pdf.body().startswith(b"%PDF")
    assert len(pdf.body()) > 5_000

    stranger = walker_of(language, width, script=script)
    stranger.visit(f"/verify/{code.replace('-', '')}?lang={language}")
    stranger.reads(name)
    stranger.reads(course["titles"][language])
    stranger.reads_words("This certificate is valid")
    stranger.visit(f"/verify/AAAABBBBCCCC?lang={language}", status=404)
    stranger.reads_words("There is no certificate with this code")
