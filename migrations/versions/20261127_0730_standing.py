"""How often what a person may do has changed: open codes remember it, and are worth nothing once it has moved on."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Whole

revision = "20261127_0730"
down_revision = "20261127_0700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Codes that are open at this moment live ten minutes more at the most: they are ended, and asked for again."""
    op.add_column("person", sa.Column("standing", Whole, nullable=False, server_default="0"))
    op.add_column("code", sa.Column("standing", Whole, nullable=True))
    op.execute("UPDATE person SET standing = 1")


def downgrade() -> None:
    """Codes hang on nothing again."""
    with op.batch_alter_table("code") as table:
        table.drop_column("standing")
    with op.batch_alter_table("person") as table:
        table.drop_column("standing")
