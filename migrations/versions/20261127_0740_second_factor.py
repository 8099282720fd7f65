"""The second factor: authenticator apps and printed codes. Who is there already has seven days from now on."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_0740"
down_revision = "20261127_0750"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables, and on each person since when a second factor is there and from when on the days are counted."""
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("secured_at", Moment(), nullable=True))
        table.add_column(sa.Column("grace_from", Moment(), nullable=True))
    person = sa.table("person", sa.column("grace_from", Moment()))
    op.get_bind().execute(person.update().values(grace_from=datetime.now(UTC)))
    op.create_table(
        "app_factor",
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("sealed_secret", sa.Text(), nullable=False),
        sa.Column("last_step", Whole, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_app_factor_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_app_factor")),
    )
    op.create_table(
        "printed_code",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_printed_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_printed_code")),
        sa.UniqueConstraint("person_id", "code_hash", name=op.f("uq_printed_code_person_id_code_hash")),
    )
    op.create_index(op.f("ix_printed_code_person_id"), "printed_code", ["person_id"], unique=False)


def downgrade() -> None:
    """Second factors go; everybody signs in with the password alone."""
    op.drop_table("printed_code")
    op.drop_table("app_factor")
    with op.batch_alter_table("person") as table:
        table.drop_column("grace_from")
        table.drop_column("secured_at")
