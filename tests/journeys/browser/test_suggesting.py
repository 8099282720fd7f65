"""Somebody types into the search field, walks through what it offers by keys or finger, and gets there."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.walking import Walker

BEGUN = {"fr": "tap", "ar": "زرب"}


def the_field(walker: Walker) -> Locator:
    return walker.page.locator("#site-q")


def type_in(walker: Walker, words: str) -> Locator:
    """Type letter by letter; the options that are offered then."""
    the_field(walker).press_sequentially(words)
    options = walker.page.locator(".suggested [role=option]")
    expect(options.first).to_be_visible()
    return options


def points_at(walker: Walker, option: Locator) -> None:
    expect(option).to_have_attribute("aria-selected", "true")
    expect(the_field(walker)).to_have_attribute("aria-activedescendant", str(option.get_attribute("id")))
    expect(the_field(walker)).to_be_focused()


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_the_arrows_walk_through_what_is_offered_and_enter_goes_there(
    walker_of: OpenWalker, language: str, width: str
) -> None:
    walker = walker_of(language, width)
    walker.go("/market")
    options = type_in(walker, BEGUN[language])
    count = options.count()
    assert count == 2
    expect(the_field(walker)).to_have_attribute("aria-expanded", "true")
    expect(walker.page.locator(".head-search [role=status]")).to_have_text(
        walker.say("%(num)s suggestions", num=2) if language == "fr" else "اقتراحان"
    )
    for option in options.all():
        box = option.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= walker.page.viewport_size["width"]  # type: ignore[index]  # a walker's window has a size
    walker.look()
    the_field(walker).press("ArrowUp")
    points_at(walker, options.last)
    the_field(walker).press("ArrowDown")  # past the last one stands the field itself
    expect(the_field(walker)).not_to_have_attribute("aria-activedescendant", "")
    expect(walker.page.locator(".suggested [aria-selected=true]")).to_have_count(0)
    the_field(walker).press("ArrowDown")
    points_at(walker, options.first)
    walker.look()
    the_field(walker).press("Enter")
    walker.arrives(r"/market\?category=carpets")
    walker.look()


def test_escape_closes_and_leaves_what_was_typed_and_enter_then_searches_for_it(walker_of: OpenWalker) -> None:
    walker = walker_of("fr", "desktop")
    walker.go("/market")
    type_in(walker, "tap")
    the_field(walker).press("ArrowDown")
    the_field(walker).press("Escape")
    expect(walker.page.locator(".suggested")).to_be_hidden()
    expect(the_field(walker)).to_have_value("tap")
    expect(the_field(walker)).to_have_attribute("aria-expanded", "false")
    the_field(walker).press("Enter")
    walker.arrives(r"/market\?q=tap$")


def test_a_finger_chooses_and_who_goes_on_with_tab_is_not_held(walker_of: OpenWalker) -> None:
    walker = walker_of("fr", "phone")
    walker.go("/market")
    type_in(walker, "tap")
    the_field(walker).press("Tab")
    expect(walker.page.locator(".suggested")).to_be_hidden()
    expect(the_field(walker)).not_to_be_focused()
    the_field(walker).fill("")
    type_in(walker, "tifa").last.click()
    walker.arrives(r"/cooperatives/tifawin$")


def test_an_older_answer_never_stands_under_newer_words(walker_of: OpenWalker) -> None:
    walker = walker_of("fr", "desktop")
    walker.go("/market")
    options = type_in(walker, "tap")
    the_field(walker).fill("safra")
    expect(options.filter(has_text="Tapis")).to_have_count(0)
    expect(options.filter(has_text="Safran").first).to_be_visible()
    the_field(walker).fill("s")
    expect(walker.page.locator(".suggested")).to_be_hidden()


def test_without_script_it_is_a_field(walker_of: OpenWalker) -> None:
    walker = walker_of("fr", "phone", script=False)
    walker.go("/market")
    the_field(walker).fill("tapis")
    the_field(walker).press("Enter")
    walker.arrives(r"/market\?q=tapis$")
