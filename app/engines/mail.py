"""Letters: rows of the same transaction, sent by a job; printed on the console or handed to an SMTP server."""

import email
import logging
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from email.policy import default
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from flask import current_app
from sqlalchemy import Index, func, select
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, insert_once
from app.engines.jobs import enqueue
from app.engines.transactions import transaction
from app.kernel.bounds import BOUNDS, WITHIN, Unasked
from app.kernel.clock import now
from app.kernel.contacts import MAIL
from app.kernel.names import own_links_only

log = logging.getLogger("tiwizi.mail")
SEND_JOB = "mail.send"
TIMEOUT_SECONDS = 15


class NotHandedOver(Exception):
    """The letter stays here; the message holds the post office's numbers alone: its words repeat people's addresses."""


class Letter(Base):
    """A letter or a text message to somebody. `unique_key` makes a second letter about the same event impossible.

    One to somebody who has not asked for it bears its `bound` and its `cause` (kernel.bounds).
    """

    __tablename__ = "letter"
    __table_args__ = (Index("ix_letter_cause", "cause", "written_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]  # mail, phone
    recipient: Mapped[str] = mapped_column(index=True)
    subject: Mapped[str]
    body: Mapped[str]
    language: Mapped[str]
    unique_key: Mapped[str | None] = mapped_column(unique=True)
    written_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    bound: Mapped[str | None]
    cause: Mapped[str | None]


def post(
    channel: str,
    recipient: str,
    subject: str,
    body: str,
    language: str,
    unique_key: str | None = None,
    unasked: Unasked | None = None,
) -> bool:
    """Write a letter (channel "mail") or a text message ("phone") in the caller's transaction.

    Whatever people typed into it, only addresses of this site can be followed in it. A letter that its reader has not
    asked for says so by `unasked`; beyond its bound it is not written: False then.
    """
    if unasked is not None and _beyond(unasked, channel, recipient):
        log.info("letter beyond its bound", extra={"bound": unasked.kind})
        return False
    own = current_app.config["PUBLIC_URL"]
    letter_id = insert_once(
        Letter,
        "unique_key",
        channel=channel,
        recipient=recipient,
        subject=own_links_only(" ".join(subject.split()), own),
        body=own_links_only(body, own),
        language=language,
        unique_key=unique_key,
        written_at=now(),
        sent_at=None,
        bound=unasked.kind if unasked else None,
        cause=unasked.cause if unasked else None,
    )
    if letter_id is not None:
        enqueue(SEND_JOB, letter_id=letter_id)
    return True


def _beyond(unasked: Unasked, channel: str, recipient: str) -> bool:
    """Have as many of the kind been caused by this one, or received by this contact, as may be in a day?"""
    if not current_app.config["RATE_LIMITS"]:
        return False
    bound = BOUNDS[unasked.kind]
    by_cause, to_contact = Letter.cause == unasked.cause, (Letter.recipient == recipient) & (Letter.channel == channel)
    counted = to_contact if unasked.cause is None else by_cause | to_contact
    caused, received = db.session.execute(
        select(func.count().filter(by_cause), func.count().filter(to_contact)).where(
            Letter.bound == unasked.kind, Letter.written_at > now() - WITHIN, counted
        )
    ).one()
    return bool(received >= bound.received or (unasked.cause is not None and caused >= bound.caused))


def carries(channel: str) -> bool:
    """Does what is written to this channel reach people? No gateway to phones is built; the demonstration prints theirs."""
    return channel == MAIL or bool(current_app.config["DEMO"])


def site_address(path: str) -> str:
    """The whole address of a path of this site, as a letter needs it."""
    return f"{current_app.config['PUBLIC_URL']}{path}"


def send_letter(letter_id: int) -> None:
    """The job: hand the letter over, then note it. A crash in between sends it again, with the same Message-ID."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.sent_at is not None:
        return
    if letter.channel == MAIL and current_app.config["MAIL_URL"] != "console:":
        try:
            _send_by_smtp(letter)
        except smtplib.SMTPException as trouble:
            raise NotHandedOver(f"{type(trouble).__name__} {_codes(trouble)}".strip()) from None
    else:
        _print_letter(letter)
    with transaction() as session:
        session.get_one(Letter, letter_id).sent_at = now()


def _codes(trouble: smtplib.SMTPException) -> str:
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        return " ".join(sorted({str(code) for code, _words in trouble.recipients.values()}))
    return str(trouble.smtp_code) if isinstance(trouble, smtplib.SMTPResponseException) else ""


def _print_letter(letter: Letter) -> None:
    rule = "-" * 72
    print(f"{rule}\n{letter.channel} to {letter.recipient}\n{letter.subject}\n\n{letter.body}\n{rule}", flush=True)


def _message(letter: Letter) -> EmailMessage:
    """The letter as it travels. Raises NotHandedOver when its header would name anybody but its recipient."""
    message = EmailMessage(default)
    message["From"] = current_app.config["MAIL_FROM"]
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = formatdate(letter.written_at.timestamp())
    message["Message-ID"] = f"<letter-{letter.id}@{urlsplit(current_app.config['PUBLIC_URL']).hostname}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)  # drops every Content-… header set before it
    message["Content-Language"] = letter.language
    written = email.message_from_bytes(message.as_bytes(), policy=default)
    if [one.addr_spec for one in written["To"].addresses] != [letter.recipient]:
        raise NotHandedOver("the recipient is not one address")
    return message


def _send_by_smtp(letter: Letter) -> None:
    url = urlsplit(current_app.config["MAIL_URL"])
    secure = url.scheme == "smtps"
    context = ssl.create_default_context()
    port = url.port or (465 if secure else 25)
    server: smtplib.SMTP
    if secure:
        server = smtplib.SMTP_SSL(url.hostname or "", port, timeout=TIMEOUT_SECONDS, context=context)
    else:
        server = smtplib.SMTP(url.hostname or "", port, timeout=TIMEOUT_SECONDS)
    with server:
        server.ehlo_or_helo_if_needed()  # before it, no server is known to offer anything
        if not secure and server.has_extn("starttls"):
            server.starttls(context=context)
            secure = True
        if url.username:
            if not secure:
                raise NotHandedOver("no TLS: a password is never sent in clear")
            server.login(unquote(url.username), unquote(url.password or ""))
        server.send_message(_message(letter), to_addrs=[letter.recipient])


def latest_letters(limit: int = 50) -> list[Letter]:
    return list(db.session.scalars(select(Letter).order_by(Letter.id.desc()).limit(limit)))
