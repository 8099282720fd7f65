"""Somebody new: comes in by telephone, forgets the password, changes language, uses no mouse, likes it dark."""

import re
from secrets import randbelow

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.conftest import OpenWalker
from tests.journeys.browser.test_buyer import fill_basket
from tests.journeys.browser.walking import PASSWORD, Walker

NEW_PASSWORD = "encore quatre autres mots"


@pytest.mark.parametrize(("language", "width", "script"), [("fr", "phone", True), ("ar", "desktop", False)])
def test_a_newcomer_opens_an_account_by_telephone_and_finds_back_in_without_the_password(
    walker_of: OpenWalker, language: str, width: str, script: bool
) -> None:
    phone = f"0661{randbelow(10**6):06}"  # a range that is given out as a whole
    newcomer = walker_of(language, width, script=script)
    newcomer.open_account("Yassine Alami", phone)
    newcomer.go("/my-path")
    newcomer.go("/account/sessions")
    expect(newcomer.main()).to_contain_text(newcomer.say("This session"))

    newcomer.sign_out()
    newcomer.go("/forgotten-password")
    newcomer.fill(contact=phone)
    newcomer.press("Send me the code", within=newcomer.main())
    newcomer.fill(code=newcomer.code_for(phone), password=NEW_PASSWORD)
    newcomer.press("Save the new password", within=newcomer.main())

    other = walker_of(language, width, script=script)
    sign_in(other, phone, PASSWORD)
    other.arrives("/sign-in")
    sign_in(other, phone, NEW_PASSWORD)
    other.leaves("/sign-in")


def sign_in(walker: Walker, contact: str, password: str) -> None:
    walker.go("/sign-in")
    walker.fill(contact=contact, password=password)
    walker.press("Sign in", within=walker.main().locator("form.form"))


def test_my_path_ticks_what_was_really_done(walker_of: OpenWalker) -> None:
    seller = walker_of("fr", "phone")
    seller.sign_in_as("seller")
    seller.go("/my-path")
    expect(
        seller.page.locator("main .steps .step-done, main .steps [data-state=done], main .steps .done").first
    ).to_be_visible()


@pytest.mark.parametrize("path", ["/market?q=argan&sort=price", "/projects?region=MA-11", "/academy", "/legal/terms"])
def test_changing_the_language_keeps_the_page(walker_of: OpenWalker, path: str) -> None:
    reader = walker_of("fr", "desktop")
    reader.go(path)
    reader.page.locator("header details.menu summary").first.click()
    reader.language = "ar"
    reader.click(reader.page.locator("header details.menu a[hreflang=ar]"))
    reader.arrives(f"^{re.escape(reader.site.address)}/ar{re.escape(path)}$")


@pytest.mark.parametrize("width", ["phone", "desktop"])
def test_in_the_dark_everything_can_be_read(walker_of: OpenWalker, width: str) -> None:
    buyer = walker_of("fr", width, dark=True)
    fill_basket(buyer)
    buyer.go("/basket")
    buyer.go("/checkout")
    for path in ("/projects", "/academy", "/cooperatives", "/sign-in", "/design"):
        buyer.go(path)


def test_without_a_mouse_one_skips_to_the_content_opens_menus_and_fills_the_basket(walker_of: OpenWalker) -> None:
    buyer = walker_of("fr", "desktop")
    buyer.go("/market/products/huile-argane-alimentaire-tifawin")
    page = buyer.page
    page.keyboard.press("Tab")
    expect(page.locator("a.skip")).to_be_focused()
    page.keyboard.press("Enter")
    buyer.arrives("#content$")

    languages = page.locator("header details.menu").first
    languages.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(languages.locator("a").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(languages.locator("a").first).to_be_hidden()
    expect(languages.locator("summary")).to_be_focused()

    page.locator("a.skip").focus()
    page.keyboard.press("Enter")
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("document.activeElement.className + ' ' + document.activeElement.textContent.trim()")
        if buyer.say("Add to basket") in focused:
            break
    with page.expect_navigation():
        page.keyboard.press("Enter")
    buyer.arrives("/fr/basket")
    buyer.look()
