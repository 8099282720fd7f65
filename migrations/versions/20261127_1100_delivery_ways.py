"""The ways of delivery are known by their records; `tiwizi check` names a row of another kind."""

from alembic import op

revision = "20261127_1100"
down_revision = "20261127_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A new way of delivery needs no migration of its own."""
    with op.batch_alter_table("delivery_zone") as table:
        table.drop_constraint(op.f("ck_delivery_zone_kind"), type_="check")


def downgrade() -> None:
    """The two ways there were."""
    with op.batch_alter_table("delivery_zone") as table:
        table.create_check_constraint(op.f("ck_delivery_zone_kind"), "kind IN ('delivery', 'pickup')")
