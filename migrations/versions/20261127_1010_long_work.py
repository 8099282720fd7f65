"""Long work that a page starts, and the pieces of it that are still to be written."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261127_1010"
down_revision = "20261127_1110"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One of a kind for each organisation at a time."""
    op.create_table(
        "long_work",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("started_by", Whole, nullable=False),
        sa.Column("open_key", sa.Text(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("total", Whole, nullable=False),
        sa.Column("done", Whole, nullable=False),
        sa.Column("counts", Facts, nullable=False),
        sa.Column("problems", Facts, nullable=False),
        sa.Column("started_at", Moment(), nullable=False),
        sa.Column("moved_at", Moment(), nullable=False),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_long_work_organisation_id")),
        sa.ForeignKeyConstraint(["started_by"], ["person.id"], name=op.f("fk_long_work_started_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_work")),
        sa.UniqueConstraint("open_key", name=op.f("uq_long_work_open_key")),
    )
    for column in ("organisation_id", "started_by", "ended_at"):
        op.create_index(op.f(f"ix_long_work_{column}"), "long_work", [column], unique=False)
    op.create_table(
        "long_work_piece",
        sa.Column("id", Whole, nullable=False),
        sa.Column("work_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("portions", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["work_id"], ["long_work.id"], name=op.f("fk_long_work_piece_work_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_long_work_piece")),
        sa.UniqueConstraint("work_id", "position", name=op.f("uq_long_work_piece_work_id_position")),
    )


def downgrade() -> None:
    """Work under way stops where it is; what was written stays."""
    op.drop_table("long_work_piece")
    op.drop_table("long_work")
