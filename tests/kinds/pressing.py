"""Buttons: what a page offers to press, and what happens when it is pressed, shown or not.

A page's forms are read as a browser reads them. A press is agreed to when it leads on and leaves a line in the journal;
after it the database is put back, so that every press finds the same world.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app.accounts.models import Person
from app.engines.db import db
from app.engines.journal import JournalLine
from tests.browsing import Browser, post, sign_in
from tests.schema import empty_tables, keep_tables


@dataclass
class Form:
    """A form of a page: where it goes, its fields with the values they hold, what each of its buttons says by itself."""

    action: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    offers: dict[str, list[str]] = field(default_factory=dict)

    @property
    def sent(self) -> dict[str, str]:
        """What is sent when nothing is typed; the token is put in by the browser of the tests."""
        return {name: values[0] for name, values in self.fields.items() if values and name != "csrf_token"}


class _Reader(HTMLParser):
    """Collects the forms in <main> that are posted."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._form: Form | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "main":
            self._inside = True
        elif tag == "form" and self._inside and said.get("method", "").lower() == "post":
            self._form = Form(said["action"])
            self.forms.append(self._form)
        elif self._form is not None and tag in ("input", "button", "textarea", "select") and said.get("name"):
            if tag == "button" or said.get("type") == "submit":
                self._form.offers.setdefault(said["name"], []).append(said.get("value", ""))
            elif tag == "input" and said.get("type") != "checkbox":
                self._form.fields.setdefault(said["name"], []).append(said.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "main":
            self._inside = False


def forms_on(client: FlaskClient, address: str) -> list[Form]:
    """The forms somebody finds there; none where the page is not for them."""
    answer = client.get(address)
    assert answer.status_code in (200, 302, 403, 404), f"{address}: {answer.status_code}"
    if answer.status_code != 200:
        return []
    reader = _Reader()
    reader.feed(answer.get_data(as_text=True))
    return reader.forms


@dataclass(frozen=True)
class Button:
    """Something that may be pressed: its address, what tells it from others of the same address, what is typed."""

    address: str
    marks: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)

    def found_in(self, forms: Iterable[Form]) -> Form | None:
        for form in forms:
            if form.action == self.address and all(value in form.fields.get(name, ()) for name, value in self.marks.items()):
                return form
        return None


class Stage:
    """A world that stands still: browsers of its people, and a way back after each press."""

    def __init__(self, house: Flask, people: Mapping[str, Person | int]) -> None:
        self.house = house
        self.browsers: dict[str, FlaskClient] = {"guest": Browser(house)}
        self.ids = {name: person if isinstance(person, int) else person.id for name, person in people.items()}
        for name, person in people.items():
            self.browsers[name] = Browser(house)
            sign_in(self.browsers[name], person)
        db.session.remove()
        self._kept = Path(house.config["INSTANCE"]) / "kept.db"
        keep_tables(self._kept)

    def put_back(self) -> None:
        db.session.remove()
        empty_tables(self._kept)

    def presses(self, who: str, button: Button, form: Form | None) -> bool:
        """Does the house agree? What is not shown is sent as somebody would who knows the address."""
        before = _lines()
        sent = {**(form.sent if form else {}), **button.marks, **button.typed}
        answer = post(self.browsers[who], button.address, **sent)
        assert answer.status_code < 500, button.address
        agreed = answer.status_code in (302, 303) and _lines() > before
        if _lines() > before:
            self.put_back()
        return agreed

    def look(self, who: str, page: str, buttons: Mapping[str, Button], beside: Iterable[str] = ()) -> "Seen":
        """What is shown and what is agreed to; forms that go `beside` (editing, adding) are not looked at."""
        forms = forms_on(self.browsers[who], page)
        known = {button.address for button in buttons.values()} | set(beside)
        unknown = sorted({form.action for form in forms} - known)
        shown = {name for name, button in buttons.items() if button.found_in(forms)}
        agreed = {name for name, button in buttons.items() if self.presses(who, button, button.found_in(forms))}
        return Seen(shown, agreed, unknown)


@dataclass(frozen=True)
class Seen:
    """The buttons of one page for one person."""

    shown: set[str]
    agreed: set[str]
    unknown: list[str]


def _lines() -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(JournalLine)) or 0
