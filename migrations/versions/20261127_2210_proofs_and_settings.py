"""Proofs of labels and permits, and settings with their history. Labels that were ticked stay what a cooperative says."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261127_2210"
down_revision = "20261127_2230"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "setting_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", Facts, nullable=False),
        sa.Column("holds_from", Moment(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("set_by", Whole, nullable=False),
        sa.Column("set_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_setting_change"),
    )
    op.create_index("ix_setting_change_kind", "setting_change", ["kind", "scope", "key", "holds_from"])
    op.create_index("ix_setting_change_set_by", "setting_change", ["set_by"])
    op.create_table(
        "proof",
        sa.Column("id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("product_id", Whole, nullable=True),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("paper_id", Whole, nullable=True),
        sa.Column("ends_at", Moment(), nullable=True),
        sa.Column("sent_by", Whole, nullable=True),
        sa.Column("sent_at", Moment(), nullable=False),
        sa.Column("decided_by", Whole, nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("warned", Whole, nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_proof_organisation_id"),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name="fk_proof_product_id"),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name="fk_proof_paper_id"),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name="fk_proof_sent_by"),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name="fk_proof_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_proof"),
    )
    op.create_index("ix_proof_organisation_id", "proof", ["organisation_id", "requirement"])
    op.create_index("ix_proof_product_id", "proof", ["product_id"])
    op.create_index("ix_proof_state", "proof", ["state", "ends_at", "id"])
    op.create_index("ix_proof_paper_id", "proof", ["paper_id"])
    op.create_index("ix_proof_sent_by", "proof", ["sent_by"])
    op.create_index("ix_proof_decided_by", "proof", ["decided_by"])


def downgrade() -> None:
    op.drop_table("proof")
    op.drop_table("setting_change")
