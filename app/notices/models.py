"""The table of what people were told on the screen."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base


class Notice(Base):
    """One person was told of one event, in the language they read then. A second row about it is impossible."""

    __tablename__ = "notice"
    __table_args__ = (UniqueConstraint("person_id", "event"), Index("ix_notice_person_id_read_at", "person_id", "read_at"))
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]  # of a plate: "orders.bought"
    event: Mapped[str]  # what happened, told by its row: "order:7:3:ship"
    subject: Mapped[str]
    path: Mapped[str]  # the page it is about, below the site's address
    language: Mapped[str]
    told_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
