"""A lane whose neighbour is away waits as a whole; a letter that was refused for good is a fact to be settled."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_0711"
down_revision = "20261127_0742"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The table of waiting lanes, and what the relay said of a letter."""
    op.create_table(
        "lane_pause",
        sa.Column("id", Whole, nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.Column("until", Moment(), nullable=False),
        sa.Column("failures", Whole, nullable=False),
        sa.Column("problem", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_pause")),
        sa.UniqueConstraint("lane", name=op.f("uq_lane_pause_lane")),
    )
    with op.batch_alter_table("letter") as table:
        table.add_column(sa.Column("refused_at", Moment(), nullable=True))
        table.add_column(sa.Column("refusal", sa.Text(), nullable=True))
        table.add_column(sa.Column("refused_address", sa.Boolean(), nullable=True))
        table.add_column(sa.Column("settled_at", Moment(), nullable=True))
        table.create_index(op.f("ix_letter_refused_at"), ["refused_at"])
    op.execute("UPDATE letter SET refused_address = false")
    with op.batch_alter_table("letter") as table:
        table.alter_column("refused_address", existing_type=sa.Boolean(), nullable=False)


def downgrade() -> None:
    """A letter that was refused is tried again when somebody lets its job."""
    with op.batch_alter_table("letter") as table:
        table.drop_index(op.f("ix_letter_refused_at"))
        table.drop_column("settled_at")
        table.drop_column("refused_address")
        table.drop_column("refusal")
        table.drop_column("refused_at")
    op.drop_table("lane_pause")
