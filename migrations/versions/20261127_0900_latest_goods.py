"""The latest goods of a cooperative have their index everywhere."""

from alembic import op

revision = "20261127_0900"
down_revision = "20261127_0400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Instances made before 24 November 2026 lack it: it had been added to a migration that they had already run."""
    op.create_index(
        "ix_product_organisation_id_published_at",
        "product",
        ["organisation_id", "listed", "published_at", "id"],
        unique=False,
        if_not_exists=True,
    )


def downgrade() -> None:
    """The index belongs to the table's own migration, which takes it along."""
