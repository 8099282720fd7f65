"""Long work tells how many rows are drafts, and what has to be told of rows that were taken; ended work tells neither."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Whole

revision = "20261128_0800"
down_revision = "20261128_0710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("long_work") as batch:
        batch.add_column(sa.Column("drafts", Whole, nullable=False, server_default="0"))
        batch.add_column(sa.Column("notes", Facts, nullable=False, server_default="[]"))
    with op.batch_alter_table("long_work") as batch:
        batch.alter_column("drafts", server_default=None)
        batch.alter_column("notes", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("long_work") as batch:
        batch.drop_column("notes")
        batch.drop_column("drafts")
