"""Notices: what people were told on the screen, once for each event and person."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_1300"
down_revision = "20261127_1120"
branch_labels = None
depends_on = None

def upgrade() -> None:
    op.create_table(
        "notice",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("told_at", Moment(), nullable=False),
        sa.Column("read_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "event", name=op.f("uq_notice_person_id_event")),
    )
    op.create_index("ix_notice_person_id_read_at", "notice", ["person_id", "read_at"])


def downgrade() -> None:
    op.drop_index("ix_notice_person_id_read_at", table_name="notice")
    op.drop_table("notice")
