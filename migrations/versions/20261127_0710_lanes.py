"""Work that comes back has a row for itself, and none for each time any more."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_0710"
down_revision = "20261127_0730"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The rows of each minute go: their memory is the period in the new table."""
    op.create_table(
        "recurring_job",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("period", Whole, nullable=False),
        sa.Column("again_at", Moment(), nullable=True),
        sa.Column("failures", Whole, nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurring_job")),
        sa.UniqueConstraint("name", name=op.f("uq_recurring_job_name")),
    )
    op.execute("DELETE FROM job WHERE unique_key LIKE 'schedule:%'")
    op.execute("UPDATE job SET unique_key = NULL WHERE unique_key LIKE 'letter:%'")  # the letter's row remembers it


def downgrade() -> None:
    """The earlier worker asks for rows of its own in the next minute."""
    op.drop_table("recurring_job")
