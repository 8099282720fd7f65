"""Orders are counted from an index alone, and letters that came back have an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_2000"
down_revision = "20261127_1950"
branch_labels = None
depends_on = None

OF_AN_OFFICE = ["organisation_id", "commercial", "fulfilment", "id"]


def reshape(of_an_office: list[str], of_all: list[str]) -> None:
    op.drop_index("ix_seller_order_organisation_id", "seller_order")
    op.drop_index("ix_seller_order_commercial", "seller_order")
    op.create_index("ix_seller_order_organisation_id", "seller_order", of_an_office)
    op.create_index("ix_seller_order_commercial", "seller_order", of_all)


def upgrade() -> None:
    reshape([*OF_AN_OFFICE, "placed_at"], ["commercial", "fulfilment", "id"])
    which = sa.text("refused_at IS NOT NULL AND settled_at IS NULL")
    op.create_index(
        "ix_letter_undelivered", "letter", ["channel", "recipient", "id"], sqlite_where=which, postgresql_where=which
    )


def downgrade() -> None:
    op.drop_index("ix_letter_undelivered", "letter")
    reshape(OF_AN_OFFICE, ["commercial", "id"])
