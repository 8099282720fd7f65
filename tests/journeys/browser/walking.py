"""Somebody at a browser: goes, reads, fills in, presses; axe looks at every page they pass."""

import json
import os
import re
import time
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Request, Response, expect

from tests.journeys.browser.words import said

PICTURES = Path(__file__).resolve().parents[3] / "docs" / "pictures"
WIDTHS = {"phone": (360, 740), "desktop": (1280, 900)}
DEMO = "demo.tiwizi.example"
PASSWORD = "quatre mots faciles ici"
SOON_SECONDS = 15
PATIENCE = 20_000
VALUES = re.compile(r'(?:value|href|action|src|srcset)="[^"]*"|\d+')
PASSED: set[int] = set()
# Axe keeps this rule out unless it is asked for: who speaks to their phone says what they see. What passes need not be told.
AXE = {"resultTypes": ["violations"], "rules": {"label-content-name-mismatch": {"enabled": True}}}
expect.set_options(timeout=PATIENCE)


@dataclass
class Site:
    """The running demo."""

    address: str


class Walker:
    """One browser profile, in one language and one width, with or without script."""

    def __init__(self, site: Site, context: BrowserContext, language: str, width: str, script: bool, dark: bool) -> None:
        self.site, self.context, self.language, self.width, self.script, self.dark = (
            site,
            context,
            language,
            width,
            script,
            dark,
        )
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page = self.new_page()

    def new_page(self) -> Page:
        """Another window of the same browser profile."""
        page = self.context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("request", self._note_request)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._note_console)
        return page

    def _note_request(self, request: Request) -> None:
        if not request.url.startswith((self.site.address, "data:", "about:")):
            self.foreign.append(request.url)

    def _note_console(self, message: ConsoleMessage) -> None:
        """Errors count, but a page that was answered with 4xx is no error of the page."""
        if message.type == "error" and message.location.get("url") != self.page.url:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def say(self, english: str, **facts: object) -> str:
        """The site's words in the walker's language."""
        return said(self.language, english, **facts)

    # Going

    def go(self, path: str, *, status: int = 200) -> None:
        """Open a page of the site in the walker's language and look at it."""
        self.visit(f"/{self.language}{path}", status=status)

    def visit(self, address: str, *, status: int = 200) -> None:
        """Open an address of the site, whole or from its root, and look at the page."""
        answer = self.page.goto(address if address.startswith("http") else f"{self.site.address}{address}")
        assert isinstance(answer, Response)
        assert answer.status == status, (address, answer.status)
        self.look()

    def find(self, words: str) -> None:
        """Type into the search field of the page's head and send it."""
        field = self.page.locator("#site-q")
        field.fill(words)
        field.press("Enter")
        self.page.wait_for_url(re.compile(r"/market\?"))
        self.look()

    def press(self, english: str, within: Locator | None = None, **facts: object) -> None:
        """Press the button of this name and look at the page that follows."""
        button = (within or self.page).get_by_role("button", name=self.say(english, **facts)).first
        self.click(button)

    def follow(self, english: str, within: Locator | None = None, **facts: object) -> None:
        """Follow the link of this name and look at the page that follows."""
        link = (within or self.page).get_by_role("link", name=self.say(english, **facts)).first
        self.click(link)

    def click(self, thing: Locator) -> None:
        """Click what leads to another page, and look at that page."""
        with self.page.expect_navigation():
            thing.click()
        self.look()

    def fill(self, **fields: str) -> None:
        """Type into fields by their names."""
        for name, text in fields.items():
            self.page.locator(f"main [name={name}]").fill(text)

    def choose(self, name: str, value: str) -> None:
        """Choose in a list or among circles."""
        field = self.page.locator(f"main select[name={name}]")
        if field.count():
            field.select_option(value)
            return
        circle = self.page.locator(f"main input[name={name}][value={value}]")
        self.page.locator(f"label[for={circle.get_attribute('id')}]").click()
        expect(circle).to_be_checked()

    # Reading

    def main(self) -> Locator:
        return self.page.locator("main")

    def reads(self, text: str | re.Pattern[str]) -> None:
        """This stands on the page."""
        expect(self.page.locator("body")).to_contain_text(text)

    def reads_words(self, english: str, **facts: object) -> None:
        """These words of the site stand on the page, in the walker's language."""
        self.reads(self.say(english, **facts))

    def arrives(self, pattern: str) -> None:
        """The address in the browser's bar comes to hold this pattern (a browser writes it a moment after the key)."""
        expect(self.page).to_have_url(re.compile(pattern))

    def leaves(self, pattern: str) -> None:
        """The address in the browser's bar comes to hold this pattern no more."""
        expect(self.page).not_to_have_url(re.compile(pattern))

    def title(self) -> str:
        return self.page.locator("h1").inner_text()

    def look(self) -> None:
        """No axe finding, no sideways scrolling, no complaint, nothing from another host, the right direction."""
        page = self.page
        assert page.locator("html").get_attribute("dir") == ("rtl" if self.language == "ar" else "ltr"), page.url
        if self.script:
            self._let_axe_look()
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{page.url} scrolls sideways by {overflow} px"
        assert not self.foreign, self.foreign
        assert not self.complaints, self.complaints

    def _let_axe_look(self) -> None:
        """Axe needs a second for a page: one that differs from a passed one only in numbers and keys is not shown again."""
        shape = hash((self.width, self.dark, VALUES.sub("", self.page.content())))
        if shape in PASSED:
            return
        found = Axe().run(self.page, options=AXE).response["violations"]
        told = [{"rule": one["id"], "at": [node["html"][:200] for node in one["nodes"]][:3]} for one in found]
        assert not found, f"{self.page.url}: {json.dumps(told, ensure_ascii=False)}"
        PASSED.add(shape)

    # People

    def sign_in_as(self, key: str) -> None:
        """One click on the demo's sign-in page."""
        self.go("/sign-in")
        self.click(self.page.locator(f"button[name=person][value={key}]"))
        self.leaves("/sign-in")

    def sign_out(self) -> None:
        """As somebody else would sit down at this browser."""
        self.context.clear_cookies()

    def open_account(self, name: str, contact: str) -> None:
        """Sign up with a mail address or a phone number; the code comes by the letters of the demo."""
        self.go("/sign-up")
        self.fill(name=name, contact=contact, password=PASSWORD)
        self.page.locator("[name=terms]").check()
        self.press("Send me the code")
        self.fill(code=self.code_for(contact))
        self.press("Open my account")

    def letter_for(self, recipient: str, about: str = "") -> str:
        """The newest letter to somebody with these words in it, as the demo's letter box shows it; waits a little for it."""
        end = time.monotonic() + SOON_SECONDS
        page = self.context.new_page()
        while time.monotonic() < end:
            page.goto(f"{self.site.address}/{self.language}/demo/letters")
            letters = page.locator("main .panel").filter(has_text=recipient).filter(has_text=about)
            if letters.count():
                text = letters.first.inner_text()
                page.close()
                return text
            time.sleep(0.3)
        raise AssertionError(f"no letter to {recipient}")

    def code_for(self, contact: str) -> str:
        """The six digits in the newest letter to a contact."""
        found = re.search(r"\b\d{6}\b", self.letter_for(contact if "@" in contact else contact[-8:]).replace(contact, ""))
        assert found, contact
        return found.group()

    # Pictures

    def picture(self, name: str) -> None:
        """Keep a picture of this page for the documentation (only when asked for: TIWIZI_PICTURES=1)."""
        if not os.environ.get("TIWIZI_PICTURES") or not self.script:
            return
        PICTURES.mkdir(exist_ok=True)
        self.page.evaluate("scrollTo(0, 0)")
        shot = Image.open(BytesIO(self.page.screenshot(animations="disabled")))
        few = shot.convert("RGB").quantize(128, dither=Image.Dither.NONE)
        few.save(PICTURES / f"{name}-{self.language}-{WIDTHS[self.width][0]}.png", optimize=True)
