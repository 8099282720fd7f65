"""Passkeys as a second factor."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_0742"
down_revision = "20261127_0741"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of public keys: nothing secret stands in it."""
    op.create_table(
        "passkey",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rp_id", sa.Text(), nullable=False),
        sa.Column("credential_id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", Whole, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_passkey_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkey_credential_id")),
    )
    op.create_index(op.f("ix_passkey_person_id"), "passkey", ["person_id"], unique=False)


def downgrade() -> None:
    """Passkeys go."""
    op.drop_table("passkey")
