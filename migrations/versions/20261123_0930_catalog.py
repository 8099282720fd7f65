"""Categories, products and delivery."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261123_0930"
down_revision = "20261123_0920"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Categories, products and delivery."""
    op.create_table(
        "delivery_zone",
        sa.Column("id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("regions", Facts, nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("fee", Whole, nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("free_from", Whole, nullable=True),
        sa.Column("days_min", Whole, nullable=False),
        sa.Column("days_max", Whole, nullable=False),
        sa.CheckConstraint("kind IN ('delivery', 'pickup')", name=op.f("ck_delivery_zone_kind")),
        sa.CheckConstraint("days_min >= 0 AND days_max >= days_min", name=op.f("ck_delivery_zone_days_in_order")),
        sa.CheckConstraint("fee >= 0", name=op.f("ck_delivery_zone_fee_not_negative")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_zone_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_zone")),
    )
    op.create_index("ix_delivery_zone_organisation_id", "delivery_zone", ["organisation_id", "position"], unique=False)
    op.create_table(
        "product",
        sa.Column("id", Whole, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("category", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("drawing", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=True),
        sa.Column("labels", Facts, nullable=False),
        sa.Column("price_from", Whole, nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("picture_stem", sa.Text(), nullable=True),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column("external_rows", Facts, nullable=False),
        sa.Column("form_key", sa.Text(), nullable=True),
        sa.Column("version", Whole, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("changed_at", Moment(), nullable=False),
        sa.Column("published_at", Moment(), nullable=True),
        sa.CheckConstraint("price_from IS NULL OR price_from > 0", name=op.f("ck_product_price_from_positive")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_product_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("form_key", name=op.f("uq_product_form_key")),
        sa.UniqueConstraint("organisation_id", "external_key", name=op.f("uq_product_organisation_id_external_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_product_slug")),
    )
    op.create_index("ix_product_changed_at", "product", ["changed_at"], unique=False)
    op.create_index("ix_product_listed_category", "product", ["listed", "category", "price_from"], unique=False)
    op.create_index("ix_product_listed_organisation_id", "product", ["listed", "organisation_id", "category"], unique=False)
    op.create_index("ix_product_listed_price_from", "product", ["listed", "price_from", "id"], unique=False)
    op.create_index("ix_product_listed_published_at", "product", ["listed", "published_at", "id"], unique=False)
    op.create_index("ix_product_organisation_id_published_at", "product", ["organisation_id", "listed", "published_at", "id"], unique=False)
    op.create_index("ix_product_organisation_id_state", "product", ["organisation_id", "state", "id"], unique=False)
    op.create_table(
        "product_picture",
        sa.Column("id", Whole, nullable=False),
        sa.Column("product_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("stem", sa.Text(), nullable=False),
        sa.Column("width", Whole, nullable=False),
        sa.Column("height", Whole, nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_picture_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product_picture")),
    )
    op.create_index("ix_product_picture_product_id", "product_picture", ["product_id", "position"], unique=False)
    op.create_table(
        "product_text",
        sa.Column("product_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("ingredients", sa.Text(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_product_text_product_id")),
        sa.PrimaryKeyConstraint("product_id", "language", name=op.f("pk_product_text")),
    )
    op.create_table(
        "variant",
        sa.Column("id", Whole, nullable=False),
        sa.Column("product_id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("position", Whole, nullable=False),
        sa.Column("names", Facts, nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=True),
        sa.Column("external_key", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("quantity", Whole, nullable=False),
        sa.Column("price", Whole, nullable=True),
        sa.Column("weight_grams", Whole, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("price IS NULL OR price > 0", name=op.f("ck_variant_price_positive")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_variant_quantity_positive")),
        sa.CheckConstraint("weight_grams >= 0", name=op.f("ck_variant_weight_not_negative")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_variant_organisation_id")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_variant_product_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_variant")),
        sa.UniqueConstraint("organisation_id", "sku", name=op.f("uq_variant_organisation_id_sku")),
    )
    op.create_index("ix_variant_organisation_id_barcode", "variant", ["organisation_id", "barcode"], unique=False)
    op.create_index("ix_variant_product_id", "variant", ["product_id", "position"], unique=False)


def downgrade() -> None:
    """Away with them."""
    op.drop_index("ix_variant_product_id", table_name="variant")
    op.drop_index("ix_variant_organisation_id_barcode", table_name="variant")
    op.drop_table("variant")
    op.drop_table("product_text")
    op.drop_index("ix_product_picture_product_id", table_name="product_picture")
    op.drop_table("product_picture")
    op.drop_index("ix_product_organisation_id_state", table_name="product")
    op.drop_index("ix_product_organisation_id_published_at", table_name="product")
    op.drop_index("ix_product_listed_published_at", table_name="product")
    op.drop_index("ix_product_listed_price_from", table_name="product")
    op.drop_index("ix_product_listed_organisation_id", table_name="product")
    op.drop_index("ix_product_listed_category", table_name="product")
    op.drop_index("ix_product_changed_at", table_name="product")
    op.drop_table("product")
    op.drop_index("ix_delivery_zone_organisation_id", table_name="delivery_zone")
    op.drop_table("delivery_zone")
