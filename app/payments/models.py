"""Tables of money: payables, payments, provider events, refunds, and the ledger that only grows."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base


class Payable(Base):
    """Something to be paid by card: a module asks for it and hears when the money is there.

    `purpose` and `reference` name what it pays for in the asking module; `key` is the secret part of the pay page's address.
    """

    __tablename__ = "payable"
    __table_args__ = (
        UniqueConstraint("purpose", "reference"),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_payable_state_expires_at", "state", "expires_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str]
    reference: Mapped[int]
    title: Mapped[str]
    amount: Mapped[int]
    currency: Mapped[str]
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    language: Mapped[str]
    done_url: Mapped[str]
    state: Mapped[str]  # rules.PAYABLE
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Payment(Base):
    """One visit to the card provider's page for a payable."""

    __tablename__ = "payment"
    id: Mapped[int] = mapped_column(primary_key=True)
    payable_id: Mapped[int] = mapped_column(ForeignKey("payable.id"), index=True)
    provider: Mapped[str]
    session_id: Mapped[str | None] = mapped_column(unique=True)
    url: Mapped[str | None]
    payment_id: Mapped[str | None] = mapped_column(unique=True)
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]  # rules.PAYMENT
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]


class ProviderEvent(Base):
    """A notice of the card provider that has had its effect; the id keeps it from having it again."""

    __tablename__ = "provider_event"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    created_at: Mapped[datetime]
    received_at: Mapped[datetime]


class Refund(Base):
    """Money on its way back to the card it came from. `unique_key` makes asking twice the same refund."""

    __tablename__ = "refund"
    __table_args__ = (CheckConstraint("amount > 0", name="amount_positive"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    payment_id: Mapped[int] = mapped_column(ForeignKey("payment.id"), index=True)
    unique_key: Mapped[str] = mapped_column(unique=True)
    amount: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]  # rules.REFUND
    provider_id: Mapped[str | None] = mapped_column(unique=True)
    asked_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class LedgerSet(Base):
    """One event of money: its entries sum to zero. Order is by id, never by clock."""

    __tablename__ = "ledger_set"
    id: Mapped[int] = mapped_column(primary_key=True)
    unique_key: Mapped[str] = mapped_column(unique=True)
    event: Mapped[str]
    at: Mapped[datetime]


class LedgerEntry(Base):
    """One line of a set: minor units, debit above zero. The database refuses to change or delete it."""

    __tablename__ = "ledger_entry"
    __table_args__ = (
        Index("ix_ledger_entry_account", "account", "owner_id"),
        CheckConstraint("amount <> 0", name="amount_not_zero"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    ledger_set_id: Mapped[int] = mapped_column(ForeignKey("ledger_set.id"), index=True)
    account: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    amount: Mapped[int]
    currency: Mapped[str]
