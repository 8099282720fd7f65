"""Counters and holds as rows: nothing outside this package sees them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base


class Counter(Base):
    """How many of something there are and how many are free."""

    __tablename__ = "counter"
    __table_args__ = (
        UniqueConstraint("kind", "subject"),
        CheckConstraint("available >= 0", name="available_not_negative"),
        CheckConstraint("available <= on_hand", name="available_within_on_hand"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    subject: Mapped[int]
    on_hand: Mapped[int]
    available: Mapped[int]


class Hold(Base):
    """A part of a counter kept for somebody until a moment."""

    __tablename__ = "hold"
    __table_args__ = (
        UniqueConstraint("counter_id", "holder"),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        Index("ix_hold_holder", "holder", postgresql_ops={"holder": "text_pattern_ops"}),
        Index("ix_hold_expires_at", "expires_at"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    counter_id: Mapped[int] = mapped_column(ForeignKey("counter.id"))
    holder: Mapped[str]
    quantity: Mapped[int]
    expires_at: Mapped[datetime]
