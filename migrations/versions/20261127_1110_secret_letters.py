"""Letters that bring a code or an address that opens something: their words go once they have been taken."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_1110"
down_revision = "20261127_0800"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Of those written before nobody knows which they were: they go with the others, by their age."""
    op.add_column("letter", sa.Column("secret", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("letter") as table:
        table.alter_column("secret", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("letter") as table:
        table.drop_column("secret")
