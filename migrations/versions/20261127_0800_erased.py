"""When a person was erased: their row stays under a pseudonym, for what the law makes the office keep."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment

revision = "20261127_0800"
down_revision = "20261127_0711"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nobody was erased before."""
    op.add_column("person", sa.Column("erased_at", Moment(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person") as table:
        table.drop_column("erased_at")
