"""Several sizes may bear one article number, as files of other shops have it."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_2230"
down_revision = "20261127_2200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("variant") as table:
        table.drop_constraint(op.f("uq_variant_organisation_id_sku"), type_="unique")
        table.create_index("ix_variant_organisation_id_sku", ["organisation_id", "sku"])


def downgrade() -> None:
    """A number that stands several times stays with the first that bears it."""
    variant = sa.table("variant", sa.column("id"), sa.column("organisation_id"), sa.column("sku"))
    first = variant.alias("first")
    again = sa.exists().where(
        first.c.organisation_id == variant.c.organisation_id, first.c.sku == variant.c.sku, first.c.id < variant.c.id
    )
    op.execute(variant.update().where(again).values(sku=None))
    with op.batch_alter_table("variant") as table:
        table.drop_index("ix_variant_organisation_id_sku")
        table.create_unique_constraint(op.f("uq_variant_organisation_id_sku"), ["organisation_id", "sku"])
