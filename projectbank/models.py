"""Project sheets with their lists, who saved them, what the office decided, and founding groups. Money in minor units."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.engines.db import Base
from projectbank.rules import FOUNDER


class Sheet(Base):
    """A project sheet. A draft may leave most things unsaid; `version` counts what its author changed.

    `form_key` makes a form sent twice one sheet.
    """

    __tablename__ = "sheet"
    __table_args__ = (
        Index("ix_sheet_state_published_at", "state", "published_at", "id"),
        Index("ix_sheet_state_region", "state", "region"),
        Index("ix_sheet_state_sector", "state", "sector"),
        Index("ix_sheet_state_kind", "state", "kind"),
        Index("ix_sheet_state_investment", "state", "investment", "id"),
        Index("ix_sheet_state_members_min", "state", "members_min", "id"),
        Index("ix_sheet_state_submitted_at", "state", "submitted_at", "id"),
        Index("ix_sheet_author_id", "author_id", "changed_at"),
        CheckConstraint("kind IN ('idea', 'model', 'opportunity')", name="kind"),
        CheckConstraint("investment IS NULL OR investment > 0", name="investment_positive"),
        CheckConstraint("own_part IS NULL OR (own_part >= 0 AND own_part <= investment)", name="own_part_within"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    reference: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str]  # draft, submitted, published, returned, archived (rules.SHEET)
    version: Mapped[int] = mapped_column(default=1)
    territory: Mapped[str]
    region: Mapped[str | None]
    province: Mapped[str | None]
    sector: Mapped[str | None]
    investment: Mapped[int | None]
    own_part: Mapped[int | None]
    currency: Mapped[str]
    members_min: Mapped[int | None]
    members_target: Mapped[int | None]
    jobs: Mapped[int | None]
    category: Mapped[str | None]  # a key of the market's categories
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    form_key: Mapped[str | None] = mapped_column(unique=True)
    external_key: Mapped[str | None] = mapped_column(unique=True)  # its slug in the file it was imported from
    external_digest: Mapped[str | None]  # of what the import wrote last, to see whether the file changed
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]


class SheetText(Base):
    """A sheet's words in one language; `source` marks its author's language, `stale` an old translation."""

    __tablename__ = "sheet_text"
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    pitch: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    need: Mapped[str] = mapped_column(default="")
    market: Mapped[str] = mapped_column(default="")
    permits: Mapped[str] = mapped_column(default="")
    source: Mapped[bool] = mapped_column(default=False)
    stale: Mapped[bool] = mapped_column(default=False)


class SheetSdg(Base):
    """A sustainable development goal (1 to 17) that a sheet serves."""

    __tablename__ = "sheet_sdg"
    __table_args__ = (Index("ix_sheet_sdg_number", "number", "sheet_id"),)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)


class Equipment(Base):
    """A line of a sheet's equipment list; the price of one piece in minor units, its life in years."""

    __tablename__ = "equipment"
    __table_args__ = (
        Index("ix_equipment_sheet_id", "sheet_id", "position"),
        CheckConstraint("quantity > 0 AND unit_price >= 0", name="possible"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    position: Mapped[int]
    quantity: Mapped[int]
    unit_price: Mapped[int]
    life_years: Mapped[int | None]


class EquipmentText(Base):
    """What a piece of equipment is called in one language."""

    __tablename__ = "equipment_text"
    equipment_id: Mapped[int] = mapped_column(ForeignKey("equipment.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Risk(Base):
    """A risk of a sheet; likelihood and impact from 1 to 5."""

    __tablename__ = "risk"
    __table_args__ = (
        Index("ix_risk_sheet_id", "sheet_id", "position"),
        CheckConstraint("likelihood BETWEEN 1 AND 5 AND impact BETWEEN 1 AND 5", name="on_scale"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    position: Mapped[int]
    likelihood: Mapped[int]
    impact: Mapped[int]


class RiskText(Base):
    """A risk and the answer to it in one language."""

    __tablename__ = "risk_text"
    risk_id: Mapped[int] = mapped_column(ForeignKey("risk.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    text: Mapped[str]
    answer: Mapped[str] = mapped_column(default="")


class Evidence(Base):
    """A figure that shows the need: its year and the address where it was read."""

    __tablename__ = "evidence"
    __table_args__ = (Index("ix_evidence_sheet_id", "sheet_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    position: Mapped[int]
    year: Mapped[int | None]
    source: Mapped[str] = mapped_column(default="")


class EvidenceText(Base):
    """The figure told in one language."""

    __tablename__ = "evidence_text"
    evidence_id: Mapped[int] = mapped_column(ForeignKey("evidence.id"), primary_key=True)
    language: Mapped[str] = mapped_column(primary_key=True)
    figure: Mapped[str]


class Training(Base):
    """A course that prepares for a sheet, by the slug it has in the academy."""

    __tablename__ = "training"
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"), primary_key=True)
    course: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]


class SavedSheet(Base):
    """A sheet somebody keeps for later."""

    __tablename__ = "saved_sheet"
    __table_args__ = (UniqueConstraint("person_id", "sheet_id"), Index("ix_saved_sheet_sheet_id", "sheet_id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    saved_at: Mapped[datetime]


class SheetDecision(Base):
    """What the office decided about the version of a sheet it had read: published, returned or withdrawn, and why."""

    __tablename__ = "sheet_decision"
    __table_args__ = (
        Index("ix_sheet_decision_sheet_id", "sheet_id", "id"),
        CheckConstraint("decision IN ('published', 'returned', 'withdrawn')", name="decision"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    version: Mapped[int]
    decision: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime]


class FoundingGroup(Base):
    """People who want to found a cooperative from a sheet. One living group for a founder and a sheet."""

    __tablename__ = "founding_group"
    __table_args__ = (
        Index(
            "uq_founding_group_living",
            "founder_id",
            "sheet_id",
            unique=True,
            sqlite_where=text("state <> 'dissolved'"),
            postgresql_where=text("state <> 'dissolved'"),
        ),
        Index("ix_founding_group_sheet_id", "sheet_id", "state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    sheet_id: Mapped[int] = mapped_column(ForeignKey("sheet.id"))
    founder_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    state: Mapped[str]  # forming, ready, dissolved (rules.GROUP)
    created_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]


class GroupMember(Base):
    """A person in a founding group; who has left or was removed stays as a row and may be invited again."""

    __tablename__ = "group_member"
    __table_args__ = (
        UniqueConstraint("group_id", "person_id"),
        Index("ix_group_member_person_id", "person_id", "state"),
        CheckConstraint("role IN ('founder', 'member')", name="role"),
        CheckConstraint("state IN ('active', 'left', 'removed')", name="state"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("founding_group.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    state: Mapped[str]
    since: Mapped[datetime]

    @property
    def is_founder(self) -> bool:
        return self.role == FOUNDER


class GroupInvitation(Base):
    """A contact invited into a group, opened by the secret of its letter, once. Asked again, it gets a new secret."""

    __tablename__ = "group_invitation"
    __table_args__ = (UniqueConstraint("group_id", "kind", "contact"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("founding_group.id"))
    kind: Mapped[str]  # mail, phone
    contact: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    invited_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
