"""The indexes of the market's list hold what its filters ask for."""

from alembic import op

revision = "20261127_2131"
down_revision = "20261127_2130"
branch_labels = None
depends_on = None

BY_AGE, BY_MAKER = "ix_product_listed_published_at", "ix_product_listed_organisation_id"


def reshape(by_age: list[str], by_maker: list[str]) -> None:
    op.drop_index(BY_AGE, "product")
    op.drop_index(BY_MAKER, "product")
    op.create_index(BY_AGE, "product", ["listed", "published_at", "id", *by_age])
    op.create_index(BY_MAKER, "product", ["listed", "organisation_id", "category", *by_maker])


def upgrade() -> None:
    reshape(["price_from", "currency", "category", "organisation_id"], ["price_from", "currency"])


def downgrade() -> None:
    reshape([], [])
