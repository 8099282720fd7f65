"""The tables of the engines."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole
from app.engines.guards import guard_tables

revision = "20261123_0900"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables of the engines."""
    op.create_table(
        "counter",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", Whole, nullable=False),
        sa.Column("on_hand", Whole, nullable=False),
        sa.Column("available", Whole, nullable=False),
        sa.CheckConstraint("available <= on_hand", name=op.f("ck_counter_available_within_on_hand")),
        sa.CheckConstraint("available >= 0", name=op.f("ck_counter_available_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_counter")),
        sa.UniqueConstraint("kind", "subject", name=op.f("uq_counter_kind_subject")),
    )
    op.create_table(
        "job",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("arguments", Facts, nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("run_at", Moment(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", Whole, nullable=False),
        sa.Column("lease_until", Moment(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_job_unique_key")),
    )
    op.create_index("ix_job_state_run_at", "job", ["state", "run_at"], unique=False)
    op.create_table(
        "journal_line",
        sa.Column("id", Whole, nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", Whole, nullable=True),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("subject_id", Whole, nullable=True),
        sa.Column("facts", Facts, nullable=False),
        sa.Column("sequence", Whole, nullable=True),
        sa.Column("seal", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_line")),
        sa.UniqueConstraint("sequence", name=op.f("uq_journal_line_sequence")),
    )
    op.create_index("ix_journal_line_subject", "journal_line", ["subject_kind", "subject_id"], unique=False)
    op.create_table(
        "letter",
        sa.Column("id", Whole, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=True),
        sa.Column("written_at", Moment(), nullable=False),
        sa.Column("sent_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_letter_unique_key")),
    )
    op.create_index(op.f("ix_letter_recipient"), "letter", ["recipient"], unique=False)
    op.create_index(op.f("ix_letter_written_at"), "letter", ["written_at"], unique=False)
    op.create_table(
        "search_change",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_change")),
    )
    op.create_table(
        "search_word",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("folded", sa.Text(), nullable=False),
        sa.Column("initial", sa.Text(), nullable=False),
        sa.Column("size", Whole, nullable=False),
        sa.Column("weight", Whole, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_word")),
        sa.UniqueConstraint("kind", "word", name=op.f("uq_search_word_kind_word")),
    )
    op.create_index("ix_search_word_initial_size", "search_word", ["initial", "size"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", Whole, nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("person_id", Whole, nullable=True),
        sa.Column("data", Facts, nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("seen_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_session_token_hash")),
    )
    op.create_index(op.f("ix_session_expires_at"), "session", ["expires_at"], unique=False)
    op.create_index(op.f("ix_session_person_id"), "session", ["person_id"], unique=False)
    op.create_table(
        "hold",
        sa.Column("id", Whole, nullable=False),
        sa.Column("counter_id", Whole, nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_hold_quantity_positive")),
        sa.ForeignKeyConstraint(["counter_id"], ["counter.id"], name=op.f("fk_hold_counter_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("counter_id", "holder", name=op.f("uq_hold_counter_id_holder")),
    )
    op.create_index("ix_hold_expires_at", "hold", ["expires_at"], unique=False)
    op.create_index("ix_hold_holder", "hold", ["holder"], unique=False)
    guard_tables(op.get_bind(), ["journal_line"])


def downgrade() -> None:
    """Away with them."""
    op.drop_index("ix_hold_holder", table_name="hold")
    op.drop_index("ix_hold_expires_at", table_name="hold")
    op.drop_table("hold")
    op.drop_index(op.f("ix_session_person_id"), table_name="session")
    op.drop_index(op.f("ix_session_expires_at"), table_name="session")
    op.drop_table("session")
    op.drop_index("ix_search_word_initial_size", table_name="search_word")
    op.drop_table("search_word")
    op.drop_table("search_change")
    op.drop_index(op.f("ix_letter_written_at"), table_name="letter")
    op.drop_index(op.f("ix_letter_recipient"), table_name="letter")
    op.drop_table("letter")
    op.drop_index("ix_journal_line_subject", table_name="journal_line")
    op.drop_table("journal_line")
    op.drop_index("ix_job_state_run_at", table_name="job")
    op.drop_table("job")
    op.drop_table("counter")
