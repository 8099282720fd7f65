"""Payables, payments and the ledger."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole
from app.engines.guards import guard_tables

revision = "20261123_0920"
down_revision = "20261123_0910"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Payables, payments and the ledger."""
    op.create_table(
        "ledger_set",
        sa.Column("id", Whole, nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_set")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_ledger_set_unique_key")),
    )
    op.create_table(
        "provider_event",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_provider_event")),
    )
    op.create_table(
        "ledger_entry",
        sa.Column("id", Whole, nullable=False),
        sa.Column("ledger_set_id", Whole, nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("owner_id", Whole, nullable=True),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_ledger_entry_amount_not_zero")),
        sa.ForeignKeyConstraint(["ledger_set_id"], ["ledger_set.id"], name=op.f("fk_ledger_entry_ledger_set_id")),
        sa.ForeignKeyConstraint(["owner_id"], ["organisation.id"], name=op.f("fk_ledger_entry_owner_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_entry")),
    )
    op.create_index("ix_ledger_entry_account", "ledger_entry", ["account", "owner_id"], unique=False)
    op.create_index(op.f("ix_ledger_entry_ledger_set_id"), "ledger_entry", ["ledger_set_id"], unique=False)
    op.create_table(
        "payable",
        sa.Column("id", Whole, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("reference", Whole, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payer_id", Whole, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("done_url", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("settled_at", Moment(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payable_amount_positive")),
        sa.ForeignKeyConstraint(["payer_id"], ["person.id"], name=op.f("fk_payable_payer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payable")),
        sa.UniqueConstraint("key", name=op.f("uq_payable_key")),
        sa.UniqueConstraint("purpose", "reference", name=op.f("uq_payable_purpose_reference")),
    )
    op.create_index(op.f("ix_payable_payer_id"), "payable", ["payer_id"], unique=False)
    op.create_index("ix_payable_state_expires_at", "payable", ["state", "expires_at"], unique=False)
    op.create_table(
        "payment",
        sa.Column("id", Whole, nullable=False),
        sa.Column("payable_id", Whole, nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("payment_id", sa.Text(), nullable=True),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("paid_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["payable_id"], ["payable.id"], name=op.f("fk_payment_payable_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_payment_payment_id")),
        sa.UniqueConstraint("session_id", name=op.f("uq_payment_session_id")),
    )
    op.create_index(op.f("ix_payment_payable_id"), "payment", ["payable_id"], unique=False)
    op.create_table(
        "refund",
        sa.Column("id", Whole, nullable=False),
        sa.Column("payment_id", Whole, nullable=False),
        sa.Column("unique_key", sa.Text(), nullable=False),
        sa.Column("amount", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=True),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("done_at", Moment(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_refund_amount_positive")),
        sa.ForeignKeyConstraint(["payment_id"], ["payment.id"], name=op.f("fk_refund_payment_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund")),
        sa.UniqueConstraint("provider_id", name=op.f("uq_refund_provider_id")),
        sa.UniqueConstraint("unique_key", name=op.f("uq_refund_unique_key")),
    )
    op.create_index(op.f("ix_refund_payment_id"), "refund", ["payment_id"], unique=False)
    guard_tables(op.get_bind(), ["ledger_entry", "ledger_set"])


def downgrade() -> None:
    """Away with them."""
    op.drop_index(op.f("ix_refund_payment_id"), table_name="refund")
    op.drop_table("refund")
    op.drop_index(op.f("ix_payment_payable_id"), table_name="payment")
    op.drop_table("payment")
    op.drop_index("ix_payable_state_expires_at", table_name="payable")
    op.drop_index(op.f("ix_payable_payer_id"), table_name="payable")
    op.drop_table("payable")
    op.drop_index(op.f("ix_ledger_entry_ledger_set_id"), table_name="ledger_entry")
    op.drop_index("ix_ledger_entry_account", table_name="ledger_entry")
    op.drop_table("ledger_entry")
    op.drop_table("provider_event")
    op.drop_table("ledger_set")
