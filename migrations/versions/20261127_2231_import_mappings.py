"""What a cooperative has said of the columns of its files."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261127_2231"
down_revision = "20261127_2210"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "import_mapping",
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("headers", sa.Text(), nullable=False),
        sa.Column("columns", Facts, nullable=False),
        sa.Column("said_at", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_import_mapping_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "headers", name=op.f("pk_import_mapping")),
    )


def downgrade() -> None:
    op.drop_table("import_mapping")
