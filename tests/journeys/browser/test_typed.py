"""A form of each module, in the middle of which another language is chosen and the session ends: nothing typed is lost."""

import pytest
from playwright.sync_api import Locator, expect

from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.test_buyer import BUYER, fill_basket_again, fill_in_checkout
from tests.journeys.browser.walking import Walker

WORDS = "Ce que j’écris depuis une heure"
# (person of the demonstration, page, field, with script?)
FORMS = [
    ("buyer", "/account/organisations/new", "name", False),
    ("seller", "/sell/tifawin/products/new", "title", True),
    ("founder", "/projects/propose", "title", False),
    ("instructor", "/academy/teach/new", "title_fr", True),
]


def field_of(walker: Walker, name: str) -> Locator:
    return walker.main().locator(f"[name={name}]").first


def choose_arabic(walker: Walker, script: bool) -> None:
    """In the frame; without script at the form's end."""
    at = ".site-foot a[hreflang=ar]" if script else "main button[name=show_typed][lang=ar]"
    walker.page.locator(at).first.click()
    expect(walker.page.locator("html")).to_have_attribute("lang", "ar")


def end_session(walker: Walker) -> None:
    kept = [cookie for cookie in walker.context.cookies() if cookie["name"] != "tiwizi"]
    walker.context.clear_cookies()
    walker.context.add_cookies(kept)


@pytest.mark.parametrize(("person", "page", "name", "script"), FORMS)
def test_a_form_keeps_what_was_typed(walker_of: OpenWalker, person: str, page: str, name: str, script: bool) -> None:
    walker = walker_of("fr", "phone", script=script)
    walker.sign_in_as(person)
    walker.go(page)
    field_of(walker, name).fill(WORDS)
    choose_arabic(walker, script)
    expect(field_of(walker, name)).to_have_value(WORDS)
    end_session(walker)
    walker.main().locator(f"form:has([name={name}]) button.button-primary").last.click()
    walker.page.locator(f"button[name=person][value={person}]").click()
    expect(field_of(walker, name)).to_have_value(WORDS)


def test_back_from_the_summary_of_an_order(walker_of: OpenWalker) -> None:
    """A guest goes back by the browser's own button: name, address and delivery stand there."""
    buyer = walker_of("fr", "phone")
    fill_basket_again(buyer)
    fill_in_checkout(buyer, "cash")
    buyer.page.go_back()
    buyer.page.go_forward()
    buyer.reads(BUYER["fr"][2])
    buyer.page.go_back()
    expect(field_of(buyer, "street")).to_have_value(BUYER["fr"][2])
    expect(field_of(buyer, "name")).to_have_value(BUYER["fr"][0])
