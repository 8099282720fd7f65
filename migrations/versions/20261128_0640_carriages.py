"""A product says how it reaches a buyer; an order keeps which day would suit, where one is agreed on."""

import sqlalchemy as sa
from alembic import op

revision = "20261128_0640"
down_revision = "20261128_0150"
branch_labels = None
depends_on = None

# As goods of these kinds began to be told apart: what stands there already was offered as a parcel, which it is not.
CARRIED = {
    "on-the-spot": ("services", "lodging", "guided-visits", "workshops"),
    "collected": ("livestock",),
}


def upgrade() -> None:
    op.add_column("product", sa.Column("carriage", sa.Text(), nullable=False, server_default="parcel"))
    op.add_column("seller_order", sa.Column("asked", sa.Text(), nullable=True))
    product = sa.table("product", sa.column("carriage"), sa.column("category"))
    for carriage, categories in CARRIED.items():
        op.execute(sa.update(product).where(product.c.category.in_(categories)).values(carriage=carriage))


def downgrade() -> None:
    with op.batch_alter_table("seller_order") as changing:
        changing.drop_column("asked")
    with op.batch_alter_table("product") as changing:
        changing.drop_column("carriage")
