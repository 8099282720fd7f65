"""Baskets, purchases and orders."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261123_1000"
down_revision = "20261123_0950"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Baskets, purchases and orders."""
    op.create_table(
        "address",
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mail", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_address_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_address")),
    )
    op.create_table(
        "basket",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=True),
        sa.Column("guest", sa.Text(), nullable=True),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.CheckConstraint("(person_id IS NULL) <> (guest IS NULL)", name=op.f("ck_basket_one_owner")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_basket_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket")),
        sa.UniqueConstraint("guest", name=op.f("uq_basket_guest")),
        sa.UniqueConstraint("person_id", name=op.f("uq_basket_person_id")),
    )
    op.create_index(op.f("ix_basket_changed_at"), "basket", ["changed_at"], unique=False)
    op.create_table(
        "purchase",
        sa.Column("id", Whole, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=False),
        sa.Column("buyer_id", Whole, nullable=True),
        sa.Column("guest", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mail", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("commune", sa.Text(), nullable=False),
        sa.Column("street", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("total", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("terms_version", sa.Text(), nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=True),
        sa.CheckConstraint("total >= 0", name=op.f("ck_purchase_total_not_negative")),
        sa.ForeignKeyConstraint(["buyer_id"], ["person.id"], name=op.f("fk_purchase_buyer_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purchase")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_purchase_idempotency_key")),
        sa.UniqueConstraint("key", name=op.f("uq_purchase_key")),
        sa.UniqueConstraint("number", name=op.f("uq_purchase_number")),
    )
    op.create_index("ix_purchase_buyer_id", "purchase", ["buyer_id", "id"], unique=False)
    op.create_table(
        "seller_order",
        sa.Column("id", Whole, nullable=False),
        sa.Column("purchase_id", Whole, nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("commercial", sa.Text(), nullable=False),
        sa.Column("payment", sa.Text(), nullable=False),
        sa.Column("fulfilment", sa.Text(), nullable=False),
        sa.Column("after_sale", sa.Text(), nullable=False),
        sa.Column("goods", Whole, nullable=False),
        sa.Column("delivery_fee", Whole, nullable=False),
        sa.Column("total", Whole, nullable=False),
        sa.Column("commission", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("delivery_kind", sa.Text(), nullable=False),
        sa.Column("pickup_place", sa.Text(), nullable=False),
        sa.Column("promised_from", sa.Date(), nullable=False),
        sa.Column("promised_to", sa.Date(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("last_action", sa.Text(), nullable=False),
        sa.Column("version", Whole, nullable=False),
        sa.Column("placed_at", Moment(), nullable=True),
        sa.CheckConstraint("commission >= 0 AND commission <= goods", name=op.f("ck_seller_order_commission_within_goods")),
        sa.CheckConstraint("total = goods + delivery_fee", name=op.f("ck_seller_order_total_adds_up")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_seller_order_organisation_id")),
        sa.ForeignKeyConstraint(["purchase_id"], ["purchase.id"], name=op.f("fk_seller_order_purchase_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seller_order")),
        sa.UniqueConstraint("number", name=op.f("uq_seller_order_number")),
    )
    op.create_index("ix_seller_order_commercial", "seller_order", ["commercial", "id"], unique=False)
    op.create_index(
        "ix_seller_order_organisation_id",
        "seller_order",
        ["organisation_id", "commercial", "fulfilment", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_seller_order_purchase_id"), "seller_order", ["purchase_id"], unique=False)
    op.create_table(
        "basket_line",
        sa.Column("id", Whole, nullable=False),
        sa.Column("basket_id", Whole, nullable=False),
        sa.Column("variant_id", Whole, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("price_seen", Whole, nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_basket_line_count_positive")),
        sa.ForeignKeyConstraint(["basket_id"], ["basket.id"], name=op.f("fk_basket_line_basket_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_basket_line_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_basket_line")),
        sa.UniqueConstraint("basket_id", "variant_id", name=op.f("uq_basket_line_basket_id_variant_id")),
    )
    op.create_index(op.f("ix_basket_line_variant_id"), "basket_line", ["variant_id"], unique=False)
    op.create_table(
        "order_line",
        sa.Column("id", Whole, nullable=False),
        sa.Column("order_id", Whole, nullable=False),
        sa.Column("variant_id", Whole, nullable=False),
        sa.Column("product_slug", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("variant_name", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("count", Whole, nullable=False),
        sa.Column("unit_price", Whole, nullable=False),
        sa.Column("total", Whole, nullable=False),
        sa.Column("weight_grams", Whole, nullable=False),
        sa.Column("drawing", sa.Text(), nullable=False),
        sa.Column("picture_stem", sa.Text(), nullable=True),
        sa.CheckConstraint("count > 0", name=op.f("ck_order_line_count_positive")),
        sa.CheckConstraint("total = unit_price * count", name=op.f("ck_order_line_total_adds_up")),
        sa.ForeignKeyConstraint(["order_id"], ["seller_order.id"], name=op.f("fk_order_line_order_id")),
        sa.ForeignKeyConstraint(["variant_id"], ["variant.id"], name=op.f("fk_order_line_variant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_line")),
    )
    op.create_index(op.f("ix_order_line_order_id"), "order_line", ["order_id"], unique=False)


def downgrade() -> None:
    """Away with them."""
    op.drop_index(op.f("ix_order_line_order_id"), table_name="order_line")
    op.drop_table("order_line")
    op.drop_index(op.f("ix_basket_line_variant_id"), table_name="basket_line")
    op.drop_table("basket_line")
    op.drop_index(op.f("ix_seller_order_purchase_id"), table_name="seller_order")
    op.drop_index("ix_seller_order_organisation_id", table_name="seller_order")
    op.drop_index("ix_seller_order_commercial", table_name="seller_order")
    op.drop_table("seller_order")
    op.drop_index("ix_purchase_buyer_id", table_name="purchase")
    op.drop_table("purchase")
    op.drop_index(op.f("ix_basket_changed_at"), table_name="basket")
    op.drop_table("basket")
    op.drop_table("address")
