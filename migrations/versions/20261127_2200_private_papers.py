"""Private papers of organisations."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261127_2200"
down_revision = "20261127_2132"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "paper",
        sa.Column("id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("about_id", Whole, nullable=False),
        sa.Column("roles", Facts, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("file", sa.Text(), nullable=True),
        sa.Column("given_by", Whole, nullable=False),
        sa.Column("given_at", Moment(), nullable=False),
        sa.Column("removed_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name="fk_paper_organisation_id"),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name="fk_paper_given_by"),
        sa.PrimaryKeyConstraint("id", name="pk_paper"),
    )
    op.create_index("ix_paper_organisation_id", "paper", ["organisation_id"])
    op.create_index("ix_paper_given_by", "paper", ["given_by"])
    op.create_index("ix_paper_about", "paper", ["about", "about_id"])


def downgrade() -> None:
    op.drop_table("paper")
