"""Letters: rows of the same transaction, sent by a job: handed to a relay, or printed on the console of the demonstration.

What goes to a phone is a message, short, and handed to a gateway in a lane of its own (app/engines/phones.py).

A relay that does not answer makes the whole lane wait (app/engines/pauses.py). What it refuses for good is final: the row
keeps the refusal until an operator has settled it or had it sent again.
"""

import email
import hmac
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from urllib.parse import urlsplit

from flask import current_app
from sqlalchemy import ColumnElement, Index, and_, func, or_, select, text, update
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, db, insert_once
from app.engines.envelope import in_envelope
from app.engines.jobs import enqueue
from app.engines.phones import send_message
from app.engines.relay import Refused, hand_over
from app.engines.transactions import transaction
from app.kernel.bounds import BOUNDS, WITHIN, Unasked
from app.kernel.clock import now
from app.kernel.contacts import MAIL
from app.kernel.errors import Invalid
from app.kernel.messages import short_message
from app.kernel.names import own_links_only

log = logging.getLogger("tiwizi.mail")
SEND_JOB, SEND_SOON_JOB = "mail.send", "mail.send-soon"
MESSAGE_JOB, MESSAGE_SOON_JOB = "mail.message", "mail.message-soon"
CONSOLE = "console:"
KEEP_SECRETS = timedelta(days=1)  # longer than any code is worth
WORDLESS = {"subject": "", "body": ""}


UNSETTLED = text("refused_at IS NOT NULL AND settled_at IS NULL")


class Letter(Base):
    """A letter or a text message to somebody. `unique_key` makes a second letter about the same event impossible.

    One to somebody who has not asked for it bears its `bound` and its `cause` (kernel.bounds).
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index("ix_letter_cause", "cause", "written_at"),
        Index("ix_letter_undelivered", "channel", "recipient", "id", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
    )
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
    secret: Mapped[bool] = mapped_column(default=False)  # it brings a code or an address that opens something
    refused_at: Mapped[datetime | None] = mapped_column(index=True)  # for good, until somebody settles it
    refusal: Mapped[str | None]  # the relay's numbers: its words repeat people's addresses
    refused_address: Mapped[bool] = mapped_column(default=False)  # because there is no such mailbox
    settled_at: Mapped[datetime | None]


def post(
    channel: str,
    recipient: str,
    subject: str,
    body: str,
    language: str,
    unique_key: str | None = None,
    unasked: Unasked | None = None,
    soon: bool = False,
    secret: bool = False,
    short: str = "",
) -> bool:
    """Write a letter (channel "mail") or a text message ("phone") in the caller's transaction.

    Whatever people typed into it, only addresses of this site can be followed in it. A letter that its reader has not
    asked for says so by `unasked`; beyond its bound it is not written: False then.
    `soon`: somebody sits and waits for it, as for a code; it goes before others.
    `secret`: it brings a code or an address that opens something: its words are not kept once it has been taken.
    `short`: what a message says where the subject alone would not do, as the code it brings.
    Raises Invalid("mail-out-of-reach"), Invalid("phone-out-of-reach") for one of these that can reach nobody.
    """
    if secret and not carries(channel):
        raise Invalid(f"{channel}-out-of-reach", "contact")
    if unasked is not None and _beyond(unasked, channel, recipient):
        log.info("letter beyond its bound", extra={"bound": unasked.kind})
        return False
    own = current_app.config["PUBLIC_URL"]
    once = unique_key and unique_key.replace(recipient, recipient_mark(recipient))
    letter_id = insert_once(
        Letter,
        "unique_key",
        channel=channel,
        recipient=recipient,
        subject=own_links_only(" ".join((short if short and channel != MAIL else subject).split()), own),
        body=own_links_only(body, own),
        language=language,
        unique_key=once,
        written_at=now(),
        sent_at=None,
        bound=unasked.kind if unasked else None,
        cause=unasked.cause if unasked else None,
        secret=secret,
    )
    if letter_id is not None:
        enqueue(_job(channel, soon), letter_id=letter_id)
    return True


def _job(channel: str, soon: bool = False) -> str:
    if channel == MAIL:
        return SEND_SOON_JOB if soon else SEND_JOB
    return MESSAGE_SOON_JOB if soon else MESSAGE_JOB


def recipient_mark(recipient: str) -> str:
    """Stands for an address or number in unique keys, which outlive it: nobody reads back from it whose it was."""
    return hmac.new(current_app.config["SECRET_KEY"].encode(), f"letter to {recipient}".encode(), "sha256").hexdigest()[:16]


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
    """Does what is written to this channel reach people? Mail needs a relay, phones a gateway.

    The demonstration prints both.
    """
    return bool(current_app.config["DEMO"]) or current_app.config[_setting(channel)] != CONSOLE


def _setting(channel: str) -> str:
    return "MAIL_URL" if channel == MAIL else "MESSAGES_URL"


def site_address(path: str) -> str:
    """The whole address of a path of this site, as a letter needs it."""
    return f"{current_app.config['PUBLIC_URL']}{path}"


def send_letter(letter_id: int) -> None:
    """The job: hand the letter over, then note it. A crash in between sends it again, with the same Message-ID."""
    letter = db.session.get(Letter, letter_id)
    if letter is None or letter.sent_at is not None or letter.refused_at is not None:
        return
    try:
        _hand_over(letter)
    except Refused as refused:
        log.error("letter refused", extra={"letter": letter_id, "refusal": str(refused)})
        _note(letter_id, refused_at=now(), refusal=str(refused), refused_address=refused.of_address)
    else:
        wordless = WORDLESS if letter.secret and not current_app.config["DEMO"] else {}
        _note(letter_id, sent_at=now(), **wordless)


def _note(letter_id: int, **values: object) -> None:
    with transaction():
        _change(Letter.id == letter_id, **values)


def _change(which: ColumnElement[bool], **values: object) -> None:
    db.session.execute(update(Letter).where(which).values(**values).execution_options(synchronize_session=False))


def forget_words(moment: datetime, kept: timedelta) -> None:
    """What was said to whom goes `kept` after a letter was written, unless it waits for somebody.

    A code whose letter was refused goes after a day; one whose letter waits for the relay is still to be said. The row
    stays, with its unique key: no second letter about the same event is ever written.
    """
    sent, old = Letter.sent_at.is_not(None), Letter.written_at < moment - kept
    _change(and_(old, or_(sent, Letter.settled_at.is_not(None)), Letter.recipient != ""), recipient="", **WORDLESS)
    taken = or_(sent, Letter.refused_at.is_not(None))
    _change(and_(Letter.secret, taken, Letter.body != "", Letter.written_at < moment - KEEP_SECRETS), **WORDLESS)


def _hand_over(letter: Letter) -> None:
    """Raises Refused, NotTaken, NeighbourAway."""
    address = current_app.config[_setting(letter.channel)]
    if not carries(letter.channel):
        raise Refused("no relay" if letter.channel == MAIL else "no gateway", of_address=False)
    if address == CONSOLE:
        _print_letter(letter)
    elif letter.channel == MAIL:
        message = _message(letter)
        db.session.rollback()  # nothing is held while we wait for the relay
        hand_over(address, message, letter.recipient, current_app.config["MAIL_SECONDS"])
    else:
        recipient, words, key = letter.recipient, message_text(letter), f"letter-{letter.id}"
        db.session.rollback()  # as above
        send_message(current_app.config, recipient, words, key)


def message_text(letter: Letter) -> str:
    """What a phone shows of it: its subject, and the address in it that opens something, else the site's."""
    own = current_app.config["PUBLIC_URL"]
    links = (word for word in letter.body.split() if word.startswith(f"{own}/"))
    return short_message(letter.subject, next(links, own))


def _print_letter(letter: Letter) -> None:
    rule = "-" * 72
    print(f"{rule}\n{letter.channel} to {letter.recipient}\n{letter.subject}\n\n{letter.body}\n{rule}", flush=True)


def _message(letter: Letter) -> EmailMessage:
    """The letter as it travels. Raises Refused when its header would name anybody but its recipient."""
    own = current_app.config["PUBLIC_URL"]
    message = in_envelope(
        sender=current_app.config["MAIL_FROM"],
        recipient=letter.recipient,
        subject=letter.subject,
        body=letter.body,
        language=letter.language,
        written_at=letter.written_at,
        message_id=f"<letter-{letter.id}@{urlsplit(own).hostname}>",
        own=own,
    )
    written = email.message_from_bytes(message.as_bytes(), policy=default)
    if [one.addr_spec for one in written["To"].addresses] != [letter.recipient]:
        raise Refused("the recipient is not one address", of_address=True)
    return message


def latest_letters(limit: int = 50) -> list[Letter]:
    """Those whose words are still there, the newest first."""
    return list(db.session.scalars(select(Letter).where(Letter.body != "").order_by(Letter.id.desc()).limit(limit)))


@dataclass(frozen=True)
class Undelivered:
    """Letters to one address that were refused and that nobody has settled; `letter_id` is the latest of them."""

    letter_id: int
    channel: str
    recipient: str
    count: int
    refused_at: datetime
    refusal: str
    refused_address: bool


def _unsettled() -> ColumnElement[bool]:
    return and_(Letter.refused_at.is_not(None), Letter.settled_at.is_(None))


def undelivered(page: int, size: int) -> tuple[list[Undelivered], int]:
    """A page (from 1) of the addresses whose letters were refused, the latest first, and how many there are in all."""
    latest = select(func.max(Letter.id).label("id"), func.count().label("count")).where(_unsettled())
    groups = latest.group_by(Letter.channel, Letter.recipient).subquery()
    rows = db.session.execute(
        select(
            Letter.id,
            Letter.channel,
            Letter.recipient,
            groups.c.count,
            Letter.refused_at,
            Letter.refusal,
            Letter.refused_address,
        )
        .join(groups, groups.c.id == Letter.id)
        .order_by(Letter.id.desc())
        .limit(size)
        .offset((page - 1) * size)
    )
    total = db.session.scalar(select(func.count()).select_from(groups)) or 0
    return [Undelivered(*row) for row in rows], total


def refused_addresses(channel: str, recipients: Iterable[str]) -> set[str]:
    """Those that relay or gateway said do not exist, and for which nobody has settled it."""
    bad = and_(_unsettled(), Letter.refused_address, Letter.channel == channel)
    return set(db.session.scalars(select(Letter.recipient).where(bad, Letter.recipient.in_(list(recipients)))))


def settle_undelivered(letter_id: int, again: bool) -> tuple[int, int]:
    """Of all refused letters to the same address, in the caller's transaction: they are dealt with, or are sent again.

    What was a code has no words any more (`forget_words`), and is dealt with either way.
    Returns how many there were, 0 when there are none (any more), and how many of them are sent again.
    """
    address = select(Letter.channel, Letter.recipient).where(Letter.id == letter_id)
    found = db.session.execute(address).one_or_none()
    if found is None:
        return 0, 0
    same = and_(_unsettled(), Letter.channel == found.channel, Letter.recipient == found.recipient)
    ids = list(db.session.scalars(select(Letter.id).where(same).order_by(Letter.id).with_for_update()))
    whole = set(db.session.scalars(select(Letter.id).where(Letter.id.in_(ids), Letter.body != ""))) if again else set()
    _change(Letter.id.in_(ids), settled_at=now())
    _change(Letter.id.in_(whole), settled_at=None, refused_at=None, refusal=None, refused_address=False)
    for one in sorted(whole):
        enqueue(_job(found.channel), letter_id=one)
    return len(ids), len(whole)


def letters_for_a_person() -> list[str]:
    """Refused letters, in one sentence without addresses."""
    _rows, total = undelivered(1, 1)
    return [f"letters to {total} addresses were refused: the desk settles them (Undelivered letters)"] if total else []
