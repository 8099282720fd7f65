"""Entry cards: a way in for people without mail, and the number they sign in with."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Moment, Whole

revision = "20261127_1915"
down_revision = "20261127_1700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("person") as batch:
        batch.add_column(sa.Column("sign_in_number", sa.Text(), nullable=True))
    op.create_index("ix_person_sign_in_number", "person", ["sign_in_number"], unique=True)
    op.create_table(
        "entry_card",
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("form_key", sa.Text(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("made_by", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("standing", Whole, nullable=False),
        sa.Column("void", sa.Boolean(), nullable=False),
        sa.Column("wrong_tries", Whole, nullable=False),
        sa.Column("made_at", Moment(), nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_entry_card_person_id")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_entry_card_made_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_entry_card_organisation_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_entry_card")),
        sa.UniqueConstraint("form_key", name=op.f("uq_entry_card_form_key")),
    )
    op.create_index("ix_entry_card_made_by", "entry_card", ["made_by"])


def downgrade() -> None:
    op.drop_index("ix_entry_card_made_by", table_name="entry_card")
    op.drop_table("entry_card")
    op.drop_index("ix_person_sign_in_number", table_name="person")
    with op.batch_alter_table("person") as batch:
        batch.drop_column("sign_in_number")
