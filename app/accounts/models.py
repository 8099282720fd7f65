"""People, contacts, organisations and memberships: the tables every module may read."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base, Facts
from app.engines.files.named import FileName

BLOCKED = text("blocked_at IS NOT NULL")


class Person(Base):
    """Somebody with an account: a contact of mail or phone, or the number of an entry card. No national identity number."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_blocked", "blocked_at", sqlite_where=BLOCKED, postgresql_where=BLOCKED),)
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    language: Mapped[str]
    password_hash: Mapped[str | None]
    sign_in_number: Mapped[str | None] = mapped_column(index=True, unique=True)  # of who was ever given an entry card
    is_operator: Mapped[bool] = mapped_column(default=False)
    is_instructor: Mapped[bool] = mapped_column(default=False)
    is_demo: Mapped[bool] = mapped_column(default=False)
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict)  # notice kinds that are off, by channel
    standing: Mapped[int] = mapped_column(default=0, server_default="0")  # moved on by services.secrets, with what it voids
    created_at: Mapped[datetime]
    secured_at: Mapped[datetime | None]  # since when there is a second factor; None while there is none
    grace_from: Mapped[datetime | None]  # the days to set one up begin here, when not with the role
    blocked_at: Mapped[datetime | None]  # the office has shut the account; the reason stands in the last decision
    erased_at: Mapped[datetime | None]  # nothing of them is left but this row, under a pseudonym


class Contact(Base):
    """A mail address (lower case) or a phone number (E.164) of a person; verified when a code came back."""

    __tablename__ = "contact"
    __table_args__ = (UniqueConstraint("kind", "value"), CheckConstraint("kind IN ('mail', 'phone')", name="kind"))
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str]
    value: Mapped[str]
    verified_at: Mapped[datetime | None]


class Code(Base):
    """A short code sent to a contact, kept as a keyed hash; used once, soon, and after few wrong tries worth nothing.

    It belongs to the browser that asked (its session holds the id) and keeps what the code will confirm, so that nobody
    can prepare an account behind somebody else's address. A decoy (`sent` is false) stands where the answer must not
    tell whether the contact is known; no code fits it.
    """

    __tablename__ = "code"
    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]  # sign-up, reset, contact, sign-in
    kind: Mapped[str]  # mail, phone
    contact: Mapped[str]
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    standing: Mapped[int | None]  # the person's when it was asked for; it is worth nothing under another
    sent: Mapped[bool]
    code_hash: Mapped[str]
    ticket_hash: Mapped[str | None] = mapped_column(index=True)  # of a sign-in: what the page that waits for it keeps
    facts: Mapped[dict[str, Any]]  # of a sign-up: name, language, password_hash
    wrong_tries: Mapped[int] = mapped_column(default=0)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]


class EntryCard(Base):
    """The latest entry card of a person: a new one stands in its place. The code is kept as a keyed hash and used once."""

    __tablename__ = "entry_card"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    form_key: Mapped[str] = mapped_column(unique=True)  # the same form sent twice is one card
    code_hash: Mapped[str]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))  # None: made by the office
    reason: Mapped[str]  # how the maker knows who it is
    phone: Mapped[str | None]  # to call them by; no code is ever sent there
    standing: Mapped[int]  # the person's when it was made; it is worth nothing under another
    void: Mapped[bool]  # something of its maker has changed
    wrong_tries: Mapped[int]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Base):
    """A failed or costly attempt, counted for limits: who by a keyed hash of address and contact, never in clear."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_kind_subject_at", "kind", "subject", "at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]


class KnownBrowser(Base):
    """A browser that a person has signed in with; several people may use one. Known by the hash of what it keeps."""

    __tablename__ = "known_browser"
    __table_args__ = (UniqueConstraint("token_hash", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_hash: Mapped[str]
    known_at: Mapped[datetime] = mapped_column(index=True)


class Organisation(Base):
    """A cooperative, union, association, company, public buyer, funder or hub. Money and codes are facts, not texts."""

    __tablename__ = "organisation"
    __table_args__ = (
        Index("ix_organisation_state_region", "state", "region"),
        Index("ix_organisation_state_sector", "state", "sector"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]  # draft, submitted, verified, returned, suspended (rules.ORGANISATION)
    territory: Mapped[str]
    region: Mapped[str]
    province: Mapped[str | None]
    commune: Mapped[str | None]
    postcode: Mapped[str | None]
    address: Mapped[str | None]
    sector: Mapped[str]
    drawing: Mapped[str] = mapped_column(default="other")
    founded: Mapped[int | None]
    members: Mapped[int | None]
    women: Mapped[int | None]
    phone: Mapped[str | None]
    mail: Mapped[str | None]
    labels: Mapped[list[Any]] = mapped_column(default=list)
    picture_stem: Mapped[str | None] = mapped_column(FileName)
    created_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]


class OrganisationIdentifier(Base):
    """A number an organisation bears; `kind` is one of its territory's.

    `sole_value` repeats the value where the territory lets one organisation alone bear it, else it is null.
    """

    __tablename__ = "organisation_identifier"
    __table_args__ = (UniqueConstraint("territory", "kind", "sole_value"),)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    territory: Mapped[str]
    value: Mapped[str]
    sole_value: Mapped[str | None]


class OrganisationText(Base):
    """An organisation's words in one language; `source` marks the language they were first written in."""

    __tablename__ = "organisation_text"
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    pitch: Mapped[str] = mapped_column(default="")
    story: Mapped[str] = mapped_column(default="")
    source: Mapped[bool] = mapped_column(default=False)
    stale: Mapped[bool] = mapped_column(default=False)


class Membership(Base):
    """A role a person holds in an organisation: chair, treasurer, seller, packer or member."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("organisation_id", "person_id", "role"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str]
    since: Mapped[datetime]


class Invitation(Base):
    """An open invitation into an organisation, opened by the secret of its letter."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str]
    contact: Mapped[str]
    role: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Verification(Base):
    """A request of an organisation to be verified, and what the operator decided."""

    __tablename__ = "verification"
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str | None]  # verified, returned
    reason: Mapped[str | None]


class Paper(Base):
    """A private paper of an organisation, opened by whoever holds one of its `roles` there, and by the office.

    What a paper is about is a thing's kind and id: the organisation itself, or a thing of another module. One that was taken
    away keeps its row and names no file.
    """

    __tablename__ = "paper"
    __table_args__ = (Index("ix_paper_about", "about", "about_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    kind: Mapped[str]
    about: Mapped[str]
    about_id: Mapped[int]
    roles: Mapped[list[Any]]
    number: Mapped[str]  # as it stands on the paper; empty where it bears none
    expires_on: Mapped[date | None]  # its last day
    digest: Mapped[str]  # of the stored file: the same paper sent twice is one
    file: Mapped[str | None] = mapped_column(FileName)
    given_by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class AppFactor(Base):
    """A person's authenticator app (TOTP): its secret, sealed, and the step whose code was used last."""

    __tablename__ = "app_factor"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    sealed_secret: Mapped[str]
    last_step: Mapped[int]
    created_at: Mapped[datetime]


class PrintedCode(Base):
    """A one-time code of a printed list, kept as a keyed hash; used once."""

    __tablename__ = "printed_code"
    __table_args__ = (UniqueConstraint("person_id", "code_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Passkey(Base):
    """A passkey of a person under one host's name: its public key, and how often it was used. Nothing secret."""

    __tablename__ = "passkey"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str]
    rp_id: Mapped[str]
    credential_id: Mapped[str] = mapped_column(unique=True)
    public_key: Mapped[str]
    sign_count: Mapped[int]
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PersonDecision(Base):
    """What the office decided about somebody's account, with the reason that the person reads."""

    __tablename__ = "person_decision"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    decision: Mapped[str]  # block, unblock, end-sessions (rules.DECISIONS)
    decided_at: Mapped[datetime]
    decided_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str]


class LostFactor(Base):
    """Somebody asks to have the second factor taken away because it is lost (rules.LOST)."""

    __tablename__ = "lost_factor"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[str] = mapped_column(index=True)
    asked_at: Mapped[datetime]
    agreed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ActWaiting(Base):
    """An act that needs a second person and waits for one (rules.ACT); `facts` is what will be done.

    Where nobody else may agree it is done alone at `due_at`; else that is empty.
    """

    __tablename__ = "act_waiting"
    __table_args__ = (Index("ix_act_waiting_state_due_at", "state", "due_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject_id: Mapped[int]
    open_key: Mapped[str | None] = mapped_column(unique=True)  # kind and subject while it waits: one at a time
    facts: Mapped[dict[str, Any]]
    state: Mapped[str]
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class LongWorkUnderWay(Base):
    """Long work that somebody started for an organisation (rules.LONG_WORK), and what has become of its rows.

    It moves on in the transaction that writes a piece, so that what it tells is what stands.
    """

    __tablename__ = "long_work"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisation.id"), index=True)
    started_by: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    open_key: Mapped[str | None] = mapped_column(unique=True)  # kind and organisation while under way: one at a time
    digest: Mapped[str]  # of everything that is to be written: the same sent twice is one
    state: Mapped[str]
    total: Mapped[int]  # rows
    done: Mapped[int]
    counts: Mapped[dict[str, int]] = mapped_column(Facts)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(Facts)  # line, code and facts of rows that were refused
    drafts: Mapped[int] = mapped_column(default=0)  # rows of what was taken and nobody sees yet
    notes: Mapped[list[dict[str, Any]]] = mapped_column(Facts, default=list)  # as problems, of rows that were taken
    started_at: Mapped[datetime]
    moved_at: Mapped[datetime]
    ended_at: Mapped[datetime | None] = mapped_column(index=True)


class LongWorkPiece(Base):
    """What is still to be written; a portion goes in the transaction that writes it, the rest with the end of the work."""

    __tablename__ = "long_work_piece"
    __table_args__ = (UniqueConstraint("work_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    work_id: Mapped[int] = mapped_column(ForeignKey("long_work.id"))
    position: Mapped[int]
    portions: Mapped[str]  # JSON: (rows, content) of each that is still to be written
