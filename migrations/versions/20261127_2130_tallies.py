"""How many orders stand where, and how many purchases there are, is kept and not counted."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_2130"
down_revision = "20261127_2000"
branch_labels = None
depends_on = None


def upgrade() -> None:
    whole = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "tally",
        sa.Column("id", whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("owner", whole, nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("number", whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_tally"),
    )
    op.create_index("ix_tally_kind", "tally", ["kind", "owner", "word", "number"])
    op.execute(
        "INSERT INTO tally (kind, owner, word, number) "
        "SELECT 'order', organisation_id, "
        "commercial || ' ' || fulfilment || CASE WHEN placed_at IS NULL THEN ' unplaced' ELSE '' END, count(*) "
        "FROM seller_order GROUP BY 2, 3"
    )
    op.execute("INSERT INTO tally (kind, owner, word, number) SELECT 'purchase', 0, '', count(*) FROM purchase HAVING count(*) > 0")


def downgrade() -> None:
    op.drop_table("tally")
