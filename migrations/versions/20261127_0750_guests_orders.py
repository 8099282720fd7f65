"""A guest's order may wait for its buyer, and a letter to a contact that nobody has proved bears its bound."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_0750"
down_revision = "20261127_0731"
branch_labels = None
depends_on = None
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Of what was bought before, nothing is known: it counts as unconfirmed, and its address is not kept."""
    op.add_column("purchase", sa.Column("confirmed_at", MOMENT))
    op.add_column("purchase", sa.Column("sender", sa.Text()))
    op.add_column("purchase", sa.Column("code_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
    for column in ("sender", "mail", "phone"):
        op.create_index(f"ix_purchase_{column}", "purchase", [column, "created_at"])
    op.add_column("letter", sa.Column("bound", sa.Text()))
    op.add_column("letter", sa.Column("cause", sa.Text()))
    op.create_index("ix_letter_cause", "letter", ["cause", "written_at"])


def downgrade() -> None:
    """An order that waits stays in a state the older house does not know: confirm it, or let its day pass, before."""
    op.drop_index("ix_letter_cause", "letter")
    for column in ("cause", "bound"):
        op.drop_column("letter", column)
    for column in ("phone", "mail", "sender"):
        op.drop_index(f"ix_purchase_{column}", "purchase")
    for column in ("code_id", "sender", "confirmed_at"):
        op.drop_column("purchase", column)
