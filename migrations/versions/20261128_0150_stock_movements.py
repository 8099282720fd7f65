"""Every change of a stock is a movement; what there is so far becomes the first one of each size."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261128_0150"
down_revision = "20261127_2231"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stock_movement",
        sa.Column("id", Whole, nullable=False),
        sa.Column("variant_id", Whole, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("change", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("at", Moment(), nullable=False),
        sa.CheckConstraint("change <> 0", name=op.f("ck_stock_movement_something_changed")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stock_movement_person_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_stock_movement_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stock_movement")),
        sa.UniqueConstraint("form_key", name=op.f("uq_stock_movement_form_key")),
    )
    op.execute(
        "INSERT INTO stock_movement (variant_id, reason, change, at) "
        "SELECT variant.id, 'began', counter.on_hand, CURRENT_TIMESTAMP FROM variant "
        "JOIN counter ON counter.kind = 'stock' AND counter.subject = variant.id "
        "WHERE counter.on_hand <> 0 ORDER BY variant.id"
    )
    op.create_index("ix_stock_movement_variant_id", "stock_movement", ["variant_id", "id", "change"])
    op.create_index("ix_stock_movement_person_id", "stock_movement", ["person_id"])


def downgrade() -> None:
    op.drop_table("stock_movement")
