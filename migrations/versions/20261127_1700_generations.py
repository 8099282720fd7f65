"""Numbers that say how often each public fact has changed."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_1700"
down_revision = "20261127_1300"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "generation",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("number", whole, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_generation"),
    )


def downgrade() -> None:
    op.drop_table("generation")
