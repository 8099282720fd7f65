"""Somebody with an idea finds a sheet, keeps it, starts a group and is joined by another."""

import re
from secrets import token_hex

import pytest
from playwright.sync_api import expect

from tests.journeys.browser.conftest import OpenWalker

LAAYOUNE, BENI_MELLAL = "MA-11", "MA-05"
FOUNDERS = [("fr", "phone", True, LAAYOUNE), ("ar", "desktop", False, BENI_MELLAL)]


@pytest.mark.parametrize(("language", "width", "script", "region"), FOUNDERS)
def test_a_founder_finds_a_sheet_by_region_and_field_starts_a_group_and_is_joined(
    walker_of: OpenWalker, language: str, width: str, script: bool, region: str
) -> None:
    founder = walker_of(language, width, script=script)
    founder.sign_in_as("founder")
    founder.go("/projects")
    founder.click(founder.page.locator(f"#map a[href*='region={region}']:visible").first)
    founder.arrives("region=")
    filters = founder.page.locator("details.facets")
    if filters.get_attribute("open") is None:
        filters.locator("summary").first.click()
    filters.locator("label:has(input[name=sector])").first.click()
    founder.click(filters.locator("button[type=submit]"))
    founder.arrives("region=")
    founder.arrives("sector=")
    cards = founder.page.locator("main .project-card a")
    expect(cards).not_to_have_count(0)
    founder.click(cards.first)
    founder.press("Save for later", within=founder.main())
    expect(founder.main()).to_contain_text(founder.say("Saved. Remove"))

    name = f"Tifaouine {token_hex(3)}"
    founder.fill(name=name)
    founder.press("Start a group", within=founder.main())
    founder.reads(name)
    guest = f"amina-{token_hex(4)}@example.org"
    founder.fill(contact=guest)
    founder.press("Send the invitation", within=founder.main())
    expect(founder.page.locator("#invited").locator("xpath=ancestor-or-self::section").first).to_contain_text(guest)
    group_page = founder.page.url

    letter = founder.letter_for(guest)
    secret = re.search(r"/projects/invitations/[\w-]+", letter)
    assert secret, letter
    friend = walker_of(language, width, script=script)
    friend.go(secret.group())
    friend.reads(name)
    friend.open_account("Amina Ziani", guest)
    friend.go(secret.group())
    friend.press("Join the group", within=friend.main())
    friend.reads("Amina Ziani")

    founder.visit(group_page)
    founder.reads("Amina Ziani")
