"""Browsers a person has signed in with, known by the hash of what they keep; codes that a sign-in page asks for."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_0731"
down_revision = "20261127_0710"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What browsers kept until now was signed and stands nowhere: each is known again from its next sign-in on."""
    op.create_table(
        "known_browser",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("known_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_known_browser_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_known_browser")),
        sa.UniqueConstraint("token_hash", "person_id", name=op.f("uq_known_browser_token_hash_person_id")),
    )
    op.create_index(op.f("ix_known_browser_person_id"), "known_browser", ["person_id"])
    op.create_index(op.f("ix_known_browser_known_at"), "known_browser", ["known_at"])
    op.add_column("code", sa.Column("ticket_hash", sa.Text(), nullable=True))
    op.create_index(op.f("ix_code_ticket_hash"), "code", ["ticket_hash"])


def downgrade() -> None:
    """Browsers are known by nothing that stands in the database."""
    with op.batch_alter_table("code") as table:
        table.drop_index(op.f("ix_code_ticket_hash"))
        table.drop_column("ticket_hash")
    op.drop_table("known_browser")
