"""A small phone, a page at four times its size: what somebody came for stands on the first screen, and nothing covers it."""

import pytest
from playwright.sync_api import Page

from tests.journeys.browser.conftest import OpenWalker

LISTS = {
    "market": ".product-card, .tile, .card",
    "cooperatives": ".card",
    "projects": ".card",
    "academy": ".card",
}
SEEN = """(wanted) => {
  const of = (element) => element && element.getBoundingClientRect();
  const bar = of(document.querySelector(".site-nav"));
  const covered = getComputedStyle(document.querySelector(".site-nav")).position === "fixed" ? bar.height : 0;
  return {
    heading: of(document.querySelector("h1")).top,
    first: wanted && of(document.querySelector(`main :is(${wanted})`)).top,
    room: innerHeight - covered,
  };
}"""


def seen(page: Page, wanted: str = "") -> dict[str, float]:
    found: dict[str, float] = page.evaluate(SEEN, wanted)
    return found


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_a_list_shows_its_first_result_on_the_first_screen_of_a_small_phone(walker_of: OpenWalker, language: str) -> None:
    walker = walker_of(language)
    walker.page.set_viewport_size({"width": 360, "height": 640})
    for path, wanted in LISTS.items():
        walker.go(f"/{path}")
        found = seen(walker.page, wanted)
        assert found["heading"] < 200, path
        assert found["first"] < found["room"], path


@pytest.mark.parametrize("person", ["seller", "operator", "founder"])
def test_who_wants_to_leave_finds_the_way_out_on_a_low_screen(walker_of: OpenWalker, person: str) -> None:
    walker = walker_of("fr")
    walker.sign_in_as(person)
    walker.page.set_viewport_size({"width": 360, "height": 600})
    walker.page.locator("header details").last.locator("summary").click()
    way_out = walker.page.get_by_role("button", name=walker.say("Sign out")).bounding_box()
    assert way_out is not None
    assert way_out["y"] + way_out["height"] < 600 - 65


def test_at_four_times_the_size_no_bar_takes_the_screen(walker_of: OpenWalker) -> None:
    walker = walker_of("ar")
    walker.page.set_viewport_size({"width": 320, "height": 256})
    walker.go("/market")
    assert seen(walker.page)["room"] == 256
    walker.page.evaluate("scrollTo(0, 700)")
    covering = """() => [...document.querySelectorAll("body *")].filter((element) =>
      ["fixed", "sticky"].includes(getComputedStyle(element).position)).length"""
    assert walker.page.evaluate(covering) == 0
