"""People whose account is shut have an index of their own."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_2132"
down_revision = "20261127_2131"
branch_labels = None
depends_on = None


def upgrade() -> None:
    which = sa.text("blocked_at IS NOT NULL")
    op.create_index("ix_person_blocked", "person", ["blocked_at"], sqlite_where=which, postgresql_where=which)


def downgrade() -> None:
    op.drop_index("ix_person_blocked", "person")
