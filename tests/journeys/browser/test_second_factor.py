"""The second factor in a browser: an app and a printed list without script, a passkey of the browser's virtual device."""

import re
import time
from secrets import token_hex

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.browser.conftest import LOCALES, OpenWalker
from tests.journeys.browser.walking import PASSWORD, WIDTHS, Site, Walker

DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def signs_in(walker: Walker, contact: str) -> None:
    """Contact and password; the second step follows."""
    walker.go("/sign-in")
    walker.fill(contact=contact, password=PASSWORD)
    walker.press("Sign in", within=walker.main())
    walker.arrives("/sign-in/second-step$")


def shows_code(walker: Walker, code: str, button: str) -> None:
    walker.fill(factor_code=code)
    walker.press(button, within=walker.main())


def test_an_app_and_a_printed_list_without_script(walker_of: OpenWalker) -> None:
    contact = f"rqia-{token_hex(3)}@example.org"
    treasurer = walker_of("ar", "phone", script=False)
    treasurer.open_account("رقية أمزيل", contact)
    treasurer.go("/account/second-factor")
    treasurer.follow("Set up an app", within=treasurer.main())
    treasurer.fill(factor_password=PASSWORD)
    treasurer.press("It is me", within=treasurer.main())
    secret = re.search(r"secret=([A-Z2-7]{32})", treasurer.page.content())
    assert secret is not None
    phone, begun = pyotp.TOTP(secret[1]), time.time()
    treasurer.fill(code=phone.at(int(begun)))
    treasurer.press("Set up the app", within=treasurer.main())
    treasurer.follow("Make a list", within=treasurer.main())
    treasurer.press("Show me the codes", within=treasurer.main())
    codes = treasurer.page.locator("main .code-list li").all_inner_texts()
    assert len(set(codes)) == 10

    treasurer.sign_out()
    signs_in(treasurer, contact)
    shows_code(treasurer, phone.at(int(begun)), "Sign in")
    treasurer.reads_words(
        "This code does not fit, or it was used already. Wait for the app’s next one, or take one of your list."
    )
    shows_code(treasurer, phone.at(int(begun) + 30), "Sign in")  # the phone's clock is half a minute ahead
    treasurer.leaves("/sign-in")

    treasurer.go("/account/contacts/new")
    shows_code(treasurer, codes[0], "It is me")
    treasurer.arrives("/account/contacts/new$")
    treasurer.sign_out()
    signs_in(treasurer, contact)
    shows_code(treasurer, codes[0], "Sign in")
    treasurer.reads_words(
        "This code does not fit, or it was used already. Wait for the app’s next one, or take one of your list."
    )
    shows_code(treasurer, codes[1], "Sign in")
    treasurer.leaves("/sign-in")


@pytest.fixture
def at_home(site: Site, chromium: Browser) -> Walker:
    """Somebody who comes under the name of the machine, with a device for passkeys in the browser."""
    named = Site(site.address.replace("127.0.0.1", "localhost"))
    size = {"width": WIDTHS["phone"][0], "height": WIDTHS["phone"][1]}
    context = chromium.new_context(viewport=size, locale=LOCALES["fr"], reduced_motion="reduce")
    walker = Walker(named, context, "fr", "phone", True, False)
    devices = context.new_cdp_session(walker.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})
    return walker


def test_a_passkey_signs_in_and_is_asked_again(at_home: Walker) -> None:
    contact = f"brahim-{token_hex(3)}@example.org"
    at_home.open_account("Brahim Ouhammou", contact)
    at_home.go("/account/second-factor")
    at_home.follow("Add a passkey", within=at_home.main())
    at_home.fill(factor_password=PASSWORD)
    at_home.press("It is me", within=at_home.main())
    at_home.press("Add a passkey", within=at_home.main())
    expect(at_home.main()).to_contain_text("localhost")

    at_home.sign_out()
    signs_in(at_home, contact)
    at_home.press("Use a passkey", within=at_home.main())
    at_home.leaves("/sign-in")
    at_home.go("/account/contacts/new")
    at_home.press("Use a passkey", within=at_home.main())
    at_home.arrives("/account/contacts/new$")
    at_home.context.close()
