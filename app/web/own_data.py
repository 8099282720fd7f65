"""Own data as a file: what a machine reads (JSON) and what its owner reads (a page), in one archive."""

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app

from app.engines.language import DIRECTIONS, day, language, moment, money, translate
from app.engines.own_data import Section, as_plain
from app.kernel.text import msg

VERSION = 1
# What every column of an export is called. A row's own number (`id`) is for machines alone.
FACTS = {
    "about": msg("About"),
    "about_number": msg("Number of what it is about"),
    "after_sale": msg("After the sale"),
    "amount": msg("Amount"),
    "answer": msg("What is done about it"),
    "asked": msg("The day you asked for"),
    "asked_at": msg("Asked on"),
    "asked_by_you": msg("Asked by you"),
    "at": msg("When"),
    "attempt_number": msg("Number of the attempt"),
    "body": msg("Text"),
    "carrier": msg("Carrier"),
    "changed_at": msg("Changed on"),
    "code": msg("Code"),
    "commune": msg("Town"),
    "completed_at": msg("Done on"),
    "confirmed_at": msg("Confirmed on"),
    "contact": msg("Contact"),
    "count": msg("How many"),
    "course": msg("Course"),
    "created_at": msg("Made on"),
    "currency": msg("Currency"),
    "decided_at": msg("Decided on"),
    "decided_by_you": msg("Decided by you"),
    "decision": msg("Decision"),
    "delivery_fee": msg("Delivery"),
    "device": msg("Browser"),
    "done_at": msg("Done on"),
    "enrolled_at": msg("Enrolled on"),
    "erased_at": msg("Erased on"),
    "expires_at": msg("Ends on"),
    "explanation": msg("Explanation"),
    "facts": msg("Numbers"),
    "founded_by_you": msg("Founded by you"),
    "fulfilment": msg("Parcel"),
    "given": msg("Your answer"),
    "goods": msg("Goods"),
    "handed_in_at": msg("Handed in on"),
    "instructor": msg("Instructor"),
    "investment": msg("Investment"),
    "invited_at": msg("Invited on"),
    "issued_at": msg("Given on"),
    "jobs": msg("Jobs"),
    "kind": msg("Kind"),
    "language": msg("Language"),
    "lesson": msg("Lesson"),
    "mail": msg("Mail address"),
    "market": msg("Market"),
    "members_min": msg("Members at least"),
    "members_target": msg("Members hoped for"),
    "method": msg("Paid by"),
    "minutes": msg("Minutes"),
    "name": msg("Name"),
    "need": msg("Need"),
    "number": msg("Number"),
    "operator": msg("Person of the office"),
    "organisation": msg("Organisation"),
    "outcomes": msg("What one learns"),
    "own_part": msg("Own part"),
    "paid_at": msg("Paid on"),
    "passed": msg("Passed"),
    "payment": msg("Payment"),
    "permits": msg("Permits"),
    "phone": msg("Phone number"),
    "pickup_place": msg("Where it is collected"),
    "picture_shows": msg("What the picture shows"),
    "pitch": msg("In one sentence"),
    "placed_at": msg("Ordered on"),
    "preferences": msg("Notices turned off"),
    "promised_from": msg("Promised from"),
    "promised_to": msg("Promised until"),
    "provider": msg("Card service"),
    "province": msg("Province"),
    "published_at": msg("Published on"),
    "purpose": msg("Purpose"),
    "quantity": msg("Quantity"),
    "question": msg("Question"),
    "read_at": msg("Read on"),
    "reason": msg("Reason"),
    "region": msg("Region"),
    "revoked_at": msg("Revoked on"),
    "right": msg("Right answer"),
    "right_count": msg("Right answers"),
    "role": msg("Role"),
    "saved_at": msg("Saved on"),
    "sector": msg("Sector"),
    "seen_at": msg("Last seen on"),
    "sent_at": msg("Sent on"),
    "since": msg("Since"),
    "size": msg("Size"),
    "size_number": msg("Number of the size"),
    "source": msg("Source"),
    "started_at": msg("Begun on"),
    "state": msg("State"),
    "street": msg("Street and number"),
    "subject": msg("Subject"),
    "submitted_at": msg("Sent to the office on"),
    "summary": msg("Summary"),
    "terms_version": msg("Terms accepted"),
    "territory": msg("Country or province"),
    "title": msg("Title"),
    "total": msg("Total"),
    "tracking": msg("Tracking number"),
    "transcript": msg("Words that are heard"),
    "unit": msg("Unit"),
    "unit_price": msg("Price of one"),
    "used_at": msg("Used on"),
    "verb": msg("Act"),
    "written_at": msg("Written on"),
    "year": msg("Year"),
}
# In minor units of the row's currency.
AMOUNTS = frozenset({"amount", "delivery_fee", "goods", "investment", "own_part", "total", "unit_price"})


@dataclass(frozen=True)
class Part:
    """A part of the page: its heading, what it is kept for, and the (name, value) pairs of each row."""

    title: str
    why: str
    rows: Sequence[Sequence[tuple[str, str]]]


def archive(sections: Sequence[Section], name: str, made_at: datetime) -> bytes:
    """A zip of `data.json` and `data.html`, the second in the language in force."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("data.json", machine_file(sections, made_at))
        out.writestr("data.html", readable_file(sections, name, made_at))
    return packed.getvalue()


def machine_file(sections: Sequence[Section], made_at: datetime) -> str:
    """Every row of every kind; amounts in minor units, moments in UTC."""
    told = {one.kind.key: [{name: as_plain(value) for name, value in row.items()} for row in one.rows] for one in sections}
    return json.dumps({"version": VERSION, "made_at": as_plain(made_at), "data": told}, ensure_ascii=False, indent=1)


def readable_file(sections: Sequence[Section], name: str, made_at: datetime) -> str:
    """A page that needs nothing else to be read; what is empty is left out."""
    called = {name: translate(word) for name, word in FACTS.items()}
    parts = [
        Part(translate(one.kind.title), translate(one.kind.why), [_pairs(one, row, called) for row in one.rows])
        for one in sections
    ]
    return current_app.jinja_env.get_template("web/own_data.html").render(
        language=language(), direction=DIRECTIONS[language()], name=name, made_at=moment(made_at), parts=parts
    )


def _pairs(section: Section, row: Mapping[str, Any], called: Mapping[str, str]) -> list[tuple[str, str]]:
    return [
        (called[name], _shown(section, row, name, value))
        for name, value in row.items()
        if name in called and value not in (None, "", [], {})
    ]


def _shown(section: Section, row: Mapping[str, Any], name: str, value: Any) -> str:
    words = section.kind.words.get(name, {})
    if isinstance(value, str):
        return translate(words[value]) if value in words else value
    if isinstance(value, bool):
        return translate("yes") if value else translate("no")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if name in AMOUNTS and row.get("currency"):
        return money(value, row["currency"])
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
