"""Sheets and groups."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261123_0940"
down_revision = "20261123_0930"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Sheets and groups."""
    op.create_table(
        "sheet",
        sa.Column("id", Whole, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("province", sa.Text(), nullable=True),
        sa.Column("sector", sa.Text(), nullable=True),
        sa.Column("investment", Whole, nullable=True),
        sa.Column("own_part", Whole, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("members_min", Whole, nullable=True),
        sa.Column("members_target", Whole, nullable=True),
        sa.Column("jobs", Whole, nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("author_id", Whole, nullable=True),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column("external_digest", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("submitted_at", Moment(), nullable=True),
        sa.Column("published_at", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('idea', 'model', 'opportunity')", name=op.f("ck_sheet_kind")),
        sa.CheckConstraint("investment IS NULL OR investment > 0", name=op.f("ck_sheet_investment_positive")),
        sa.CheckConstraint(
            "own_part IS NULL OR (own_part >= 0 AND own_part <= investment)", name=op.f("ck_sheet_own_part_within")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_sheet_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet")),
        sa.UniqueConstraint("external_key", name=op.f("uq_sheet_external_key")),
        sa.UniqueConstraint("form_key", name=op.f("uq_sheet_form_key")),
        sa.UniqueConstraint("reference", name=op.f("uq_sheet_reference")),
        sa.UniqueConstraint("slug", name=op.f("uq_sheet_slug")),
    )
    op.create_index("ix_sheet_author_id", "sheet", ["author_id", "changed_at"], unique=False)
    op.create_index("ix_sheet_state_investment", "sheet", ["state", "investment", "id"], unique=False)
    op.create_index("ix_sheet_state_kind", "sheet", ["state", "kind"], unique=False)
    op.create_index("ix_sheet_state_members_min", "sheet", ["state", "members_min", "id"], unique=False)
    op.create_index("ix_sheet_state_published_at", "sheet", ["state", "published_at", "id"], unique=False)
    op.create_index("ix_sheet_state_region", "sheet", ["state", "region"], unique=False)
    op.create_index("ix_sheet_state_sector", "sheet", ["state", "sector"], unique=False)
    op.create_index("ix_sheet_state_submitted_at", "sheet", ["state", "submitted_at", "id"], unique=False)
    op.create_table(
        "equipment",
        sa.Column("id", Whole, nullable=False),
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("unit_price", Whole, nullable=False),
        sa.Column("life_years", Whole, nullable=True),
        sa.CheckConstraint("quantity > 0 AND unit_price >= 0", name=op.f("ck_equipment_possible")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_equipment_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
    )
    op.create_index("ix_equipment_sheet_id", "equipment", ["sheet_id", "position"], unique=False)
    op.create_table(
        "evidence",
        sa.Column("id", Whole, nullable=False),
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("year", Whole, nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_evidence_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence")),
    )
    op.create_index("ix_evidence_sheet_id", "evidence", ["sheet_id", "position"], unique=False)
    op.create_table(
        "founding_group",
        sa.Column("id", Whole, nullable=False),
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("founder_id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("ready_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["founder_id"], ["person.id"], name=op.f("fk_founding_group_founder_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_founding_group_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_founding_group")),
    )
    op.create_index("ix_founding_group_sheet_id", "founding_group", ["sheet_id", "state"], unique=False)
    op.create_index(
        "uq_founding_group_living",
        "founding_group",
        ["founder_id", "sheet_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'dissolved'"),
        postgresql_where=sa.text("state <> 'dissolved'"),
    )
    op.create_table(
        "risk",
        sa.Column("id", Whole, nullable=False),
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("likelihood", Whole, nullable=False),
        sa.Column("impact", Whole, nullable=False),
        sa.CheckConstraint("likelihood BETWEEN 1 AND 5 AND impact BETWEEN 1 AND 5", name=op.f("ck_risk_on_scale")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_risk_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk")),
    )
    op.create_index("ix_risk_sheet_id", "risk", ["sheet_id", "position"], unique=False)
    op.create_table(
        "saved_sheet",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("saved_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_saved_sheet_person_id")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_saved_sheet_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_sheet")),
        sa.UniqueConstraint("person_id", "sheet_id", name=op.f("uq_saved_sheet_person_id_sheet_id")),
    )
    op.create_index("ix_saved_sheet_sheet_id", "saved_sheet", ["sheet_id"], unique=False)
    op.create_table(
        "sheet_decision",
        sa.Column("id", Whole, nullable=False),
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", Whole, nullable=True),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.CheckConstraint("decision IN ('published', 'returned', 'withdrawn')", name=op.f("ck_sheet_decision_decision")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_sheet_decision_decided_by")),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_sheet_decision_sheet_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_decision")),
    )
    op.create_index("ix_sheet_decision_sheet_id", "sheet_decision", ["sheet_id", "id"], unique=False)
    op.create_table(
        "sheet_sdg",
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("number", Whole, nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_sheet_sdg_sheet_id")),
        sa.PrimaryKeyConstraint("sheet_id", "number", name=op.f("pk_sheet_sdg")),
    )
    op.create_index("ix_sheet_sdg_number", "sheet_sdg", ["number", "sheet_id"], unique=False)
    op.create_table(
        "sheet_text",
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("pitch", sa.Text(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("need", sa.Text(), nullable=False),
        sa.Column("market", sa.Text(), nullable=False),
        sa.Column("permits", sa.Text(), nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_sheet_text_sheet_id")),
        sa.PrimaryKeyConstraint("sheet_id", "language", name=op.f("pk_sheet_text")),
    )
    op.create_table(
        "training",
        sa.Column("sheet_id", Whole, nullable=False),
        sa.Column("course", sa.Text(), nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.ForeignKeyConstraint(["sheet_id"], ["sheet.id"], name=op.f("fk_training_sheet_id")),
        sa.PrimaryKeyConstraint("sheet_id", "course", name=op.f("pk_training")),
    )
    op.create_table(
        "equipment_text",
        sa.Column("equipment_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["equipment_id"], ["equipment.id"], name=op.f("fk_equipment_text_equipment_id")),
        sa.PrimaryKeyConstraint("equipment_id", "language", name=op.f("pk_equipment_text")),
    )
    op.create_table(
        "evidence_text",
        sa.Column("evidence_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("figure", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["evidence_id"], ["evidence.id"], name=op.f("fk_evidence_text_evidence_id")),
        sa.PrimaryKeyConstraint("evidence_id", "language", name=op.f("pk_evidence_text")),
    )
    op.create_table(
        "group_invitation",
        sa.Column("id", Whole, nullable=False),
        sa.Column("group_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by", Whole, nullable=False),
        sa.Column("invited_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.Column("used_by", Whole, nullable=True),
        sa.ForeignKeyConstraint(["group_id"], ["founding_group.id"], name=op.f("fk_group_invitation_group_id")),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_group_invitation_invited_by")),
        sa.ForeignKeyConstraint(["used_by"], ["person.id"], name=op.f("fk_group_invitation_used_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_invitation")),
        sa.UniqueConstraint("group_id", "kind", "contact", name=op.f("uq_group_invitation_group_id_kind_contact")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_group_invitation_token_hash")),
    )
    op.create_table(
        "group_member",
        sa.Column("id", Whole, nullable=False),
        sa.Column("group_id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.CheckConstraint("role IN ('founder', 'member')", name=op.f("ck_group_member_role")),
        sa.CheckConstraint("state IN ('active', 'left', 'removed')", name=op.f("ck_group_member_state")),
        sa.ForeignKeyConstraint(["group_id"], ["founding_group.id"], name=op.f("fk_group_member_group_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_group_member_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_member")),
        sa.UniqueConstraint("group_id", "person_id", name=op.f("uq_group_member_group_id_person_id")),
    )
    op.create_index("ix_group_member_person_id", "group_member", ["person_id", "state"], unique=False)
    op.create_table(
        "risk_text",
        sa.Column("risk_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["risk_id"], ["risk.id"], name=op.f("fk_risk_text_risk_id")),
        sa.PrimaryKeyConstraint("risk_id", "language", name=op.f("pk_risk_text")),
    )


def downgrade() -> None:
    """Away with them."""
    op.drop_table("risk_text")
    op.drop_index("ix_group_member_person_id", table_name="group_member")
    op.drop_table("group_member")
    op.drop_table("group_invitation")
    op.drop_table("evidence_text")
    op.drop_table("equipment_text")
    op.drop_table("training")
    op.drop_table("sheet_text")
    op.drop_index("ix_sheet_sdg_number", table_name="sheet_sdg")
    op.drop_table("sheet_sdg")
    op.drop_index("ix_sheet_decision_sheet_id", table_name="sheet_decision")
    op.drop_table("sheet_decision")
    op.drop_index("ix_saved_sheet_sheet_id", table_name="saved_sheet")
    op.drop_table("saved_sheet")
    op.drop_index("ix_risk_sheet_id", table_name="risk")
    op.drop_table("risk")
    op.drop_index(
        "uq_founding_group_living",
        table_name="founding_group",
        sqlite_where=sa.text("state <> 'dissolved'"),
        postgresql_where=sa.text("state <> 'dissolved'"),
    )
    op.drop_index("ix_founding_group_sheet_id", table_name="founding_group")
    op.drop_table("founding_group")
    op.drop_index("ix_evidence_sheet_id", table_name="evidence")
    op.drop_table("evidence")
    op.drop_index("ix_equipment_sheet_id", table_name="equipment")
    op.drop_table("equipment")
    op.drop_index("ix_sheet_state_submitted_at", table_name="sheet")
    op.drop_index("ix_sheet_state_sector", table_name="sheet")
    op.drop_index("ix_sheet_state_region", table_name="sheet")
    op.drop_index("ix_sheet_state_published_at", table_name="sheet")
    op.drop_index("ix_sheet_state_members_min", table_name="sheet")
    op.drop_index("ix_sheet_state_kind", table_name="sheet")
    op.drop_index("ix_sheet_state_investment", table_name="sheet")
    op.drop_index("ix_sheet_author_id", table_name="sheet")
    op.drop_table("sheet")
