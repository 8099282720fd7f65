"""The subject of every letter, in three languages and with long names, is read at the relay as it was written."""

import re
import smtplib
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from email.policy import default
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller

from app.engines.envelope import in_envelope
from app.engines.language import LANGUAGES, sentence, translations
from tests.ports import free_port

WRITTEN = Path(__file__).parent / "pages" / "letters.txt"
NAMES = ("Coopérative Féminine d’Argan Tafoukt de l’Atlas à Aït Melloul", "تعاونية النساء لزيت الأركان بآيت ملول ونواحيها")
CUTS = range(9, 62, 6)  # where a long subject is broken depends on its length
FILLED = re.compile(r"%\((\w+)\)s")


class Office:
    """Takes letters and keeps what came over the line."""

    def __init__(self) -> None:
        self.came: list[bytes] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:
        self.came.append(envelope.content)  # type: ignore[attr-defined]  # aiosmtpd's envelope
        return "250 taken"


@cache
def subjects() -> list[str]:
    """The English ones: the words of our packages that stand above a letter (`test_letters` has one of every kind)."""
    known: dict[str | tuple[str, int], str] = translations("fr")._catalog  # type: ignore[attr-defined]  # gettext's
    said = {text.rpartition("\4")[2] for text in known if isinstance(text, str) and text}
    shapes = {text: re.compile(".+".join(map(re.escape, FILLED.sub("\0", text).split("\0")))) for text in said}
    lines = WRITTEN.read_text(encoding="utf-8").split("\n")
    above = {after for line, after in pairwise(lines) if line.startswith("to mail ")}
    found = {line: [text for text, shape in shapes.items() if shape.fullmatch(line)] for line in above}
    return sorted({max(texts, key=lambda text: len(FILLED.sub("", text))) for texts in found.values()})


def filled(text: str) -> list[str]:
    fields = FILLED.findall(text)
    if not fields:
        return [text]
    return [
        text % dict.fromkeys(fields, name[:cut].strip())
        for name in NAMES
        for cut in CUTS[:: 4 if fields == ["number"] else 1]
    ]


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_subject_loses_a_space_or_an_accent(language: str) -> None:
    english = subjects()
    assert len(english) >= 40
    wanted = [subject for text in english for subject in filled(sentence(language, text))]
    office = Office()
    controller = Controller(office, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with smtplib.SMTP("127.0.0.1", controller.port) as relay:
            for number, subject in enumerate(wanted):
                relay.send_message(letter(number, subject, language))
    finally:
        controller.stop()
    came = [BytesHeaderParser(policy=default).parsebytes(one) for one in office.came]
    assert [one["Subject"] for one in came] == wanted
    as_sent = [dict(one.raw_items())["Subject"] for one in came]
    assert [str(make_header(decode_header(one))) for one in as_sent] == wanted


def letter(number: int, subject: str, language: str) -> EmailMessage:
    return in_envelope(
        sender="Coopératives d’ici <office@example.org>",
        recipient="amina@example.org",
        subject=subject,
        body="…",
        language=language,
        written_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        message_id=f"<letter-{number}@example.org>",
        own="https://example.org",
    )
