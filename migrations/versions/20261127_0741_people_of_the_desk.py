"""The office blocks an account and says why; lost second factors; acts that wait for a second person."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261127_0741"
down_revision = "20261127_0740"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Three tables and a mark on the person."""
    with op.batch_alter_table("person") as table:
        table.add_column(sa.Column("blocked_at", Moment(), nullable=True))
    op.create_table(
        "person_decision",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_at", Moment(), nullable=False),
        sa.Column("decided_by", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_decision_person_id")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_person_decision_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_decision")),
    )
    op.create_index(op.f("ix_person_decision_person_id"), "person_decision", ["person_id"], unique=False)
    op.create_table(
        "lost_factor",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("agreed_by", Whole, nullable=True),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lost_factor_person_id")),
        sa.ForeignKeyConstraint(["agreed_by"], ["person.id"], name=op.f("fk_lost_factor_agreed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lost_factor")),
    )
    op.create_index(op.f("ix_lost_factor_person_id"), "lost_factor", ["person_id"], unique=False)
    op.create_index(op.f("ix_lost_factor_state"), "lost_factor", ["state"], unique=False)
    op.create_table(
        "act_waiting",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", Whole, nullable=False),
        sa.Column("open_key", sa.Text(), nullable=True),
        sa.Column("facts", Facts, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("asked_by", Whole, nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("due_at", Moment(), nullable=True),
        sa.Column("ended_at", Moment(), nullable=True),
        sa.Column("ended_by", Whole, nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_act_waiting_asked_by")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_act_waiting_ended_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act_waiting")),
        sa.UniqueConstraint("open_key", name=op.f("uq_act_waiting_open_key")),
    )
    op.create_index("ix_act_waiting_state_due_at", "act_waiting", ["state", "due_at"], unique=False)


def downgrade() -> None:
    """Blocked accounts are open again; what waits is forgotten."""
    op.drop_table("act_waiting")
    op.drop_table("lost_factor")
    op.drop_table("person_decision")
    with op.batch_alter_table("person") as table:
        table.drop_column("blocked_at")
