"""The index of the market's list holds what its filters ask for; prices are looked up among what can be bought."""

from alembic import op

revision = "20261127_2131"
down_revision = "20261127_2130"
branch_labels = None
depends_on = None

BY_AGE, BY_PRICE = "ix_product_listed_published_at", "ix_product_listed_price_from"


def reshape(*more: str) -> None:
    op.drop_index(BY_AGE, "product")
    op.create_index(BY_AGE, "product", ["listed", "published_at", "id", *more])


def upgrade() -> None:
    reshape("category", "organisation_id")
    op.drop_index(BY_PRICE, "product")


def downgrade() -> None:
    op.create_index(BY_PRICE, "product", ["listed", "price_from", "id"])
    reshape()
