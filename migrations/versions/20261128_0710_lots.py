"""Goods in lots: what keeps until when, how many of each, and which order took which. Nothing is in lots before."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261128_0710"
down_revision = "20261128_0700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lot",
        sa.Column("id", Whole, nullable=False),
        sa.Column("variant_id", Whole, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("best_before", sa.Date(), nullable=False),
        sa.Column("sells_until", Moment(), nullable=False),
        sa.Column("received_at", Moment(), nullable=False),
        sa.Column("recalled_at", Moment(), nullable=True),
        sa.Column("recall_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_lot_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lot")),
        sa.UniqueConstraint("variant_id", "code", name=op.f("uq_lot_variant_id_code")),
    )
    op.create_index("ix_lot_variant_id", "lot", ["variant_id", "best_before", "id", "sells_until"])
    op.create_index("ix_lot_sells_until", "lot", ["sells_until"])
    op.add_column("product", sa.Column("shelf_days", Whole, nullable=False, server_default="0"))
    with op.batch_alter_table("product") as batch:
        batch.alter_column("shelf_days", server_default=None)
    with op.batch_alter_table("stock_movement") as batch:
        batch.add_column(sa.Column("lot_id", Whole, nullable=True))
        batch.create_foreign_key(op.f("fk_stock_movement_lot_id"), "lot", ["lot_id"], ["id"])
    op.create_index("ix_stock_movement_lot_id", "stock_movement", ["lot_id", "reference", "change"])
    op.create_index("ix_stock_movement_reference", "stock_movement", ["reference", "lot_id"])


def downgrade() -> None:
    op.drop_index("ix_stock_movement_reference", "stock_movement")
    op.drop_index("ix_stock_movement_lot_id", "stock_movement")
    with op.batch_alter_table("stock_movement") as batch:
        batch.drop_constraint(op.f("fk_stock_movement_lot_id"), type_="foreignkey")
        batch.drop_column("lot_id")
    op.execute("DELETE FROM hold WHERE counter_id IN (SELECT id FROM counter WHERE kind = 'lot')")
    op.execute("DELETE FROM counter WHERE kind = 'lot'")
    with op.batch_alter_table("product") as batch:
        batch.drop_column("shelf_days")
    op.drop_table("lot")
