"""People and organisations."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Facts, Moment, Whole

revision = "20261123_0910"
down_revision = "20261123_0900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """People and organisations."""
    op.create_table(
        "attempt",
        sa.Column("id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_kind_subject_at", "attempt", ["kind", "subject", "at"], unique=False)
    op.create_table(
        "organisation",
        sa.Column("id", Whole, nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("province", sa.Text(), nullable=True),
        sa.Column("commune", sa.Text(), nullable=True),
        sa.Column("postcode", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("sector", sa.Text(), nullable=False),
        sa.Column("drawing", sa.Text(), nullable=False),
        sa.Column("founded", Whole, nullable=True),
        sa.Column("members", Whole, nullable=True),
        sa.Column("women", Whole, nullable=True),
        sa.Column("registration_number", sa.Text(), nullable=True),
        sa.Column("ice", sa.Text(), nullable=True),
        sa.Column("rib", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("mail", sa.Text(), nullable=True),
        sa.Column("labels", Facts, nullable=False),
        sa.Column("picture_stem", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("ice", name=op.f("uq_organisation_ice")),
        sa.UniqueConstraint("registration_number", name=op.f("uq_organisation_registration_number")),
        sa.UniqueConstraint("slug", name=op.f("uq_organisation_slug")),
    )
    op.create_index("ix_organisation_state_region", "organisation", ["state", "region"], unique=False)
    op.create_index("ix_organisation_state_sector", "organisation", ["state", "sector"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", Whole, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("is_operator", sa.Boolean(), nullable=False),
        sa.Column("is_instructor", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("preferences", Facts, nullable=False),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_table(
        "code",
        sa.Column("id", Whole, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("person_id", Whole, nullable=True),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("code_hash", sa.Text(), nullable=False),
        sa.Column("facts", Facts, nullable=False),
        sa.Column("wrong_tries", Whole, nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_code_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code")),
    )
    op.create_index(op.f("ix_code_expires_at"), "code", ["expires_at"], unique=False)
    op.create_index(op.f("ix_code_person_id"), "code", ["person_id"], unique=False)
    op.create_table(
        "contact",
        sa.Column("id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("verified_at", Moment(), nullable=True),
        sa.CheckConstraint("kind IN ('mail', 'phone')", name=op.f("ck_contact_kind")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_contact_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("kind", "value", name=op.f("uq_contact_kind_value")),
    )
    op.create_index(op.f("ix_contact_person_id"), "contact", ["person_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("invited_by", Whole, nullable=False),
        sa.Column("expires_at", Moment(), nullable=False),
        sa.Column("used_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["invited_by"], ["person.id"], name=op.f("fk_invitation_invited_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_invitation_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitation_token_hash")),
    )
    op.create_index(op.f("ix_invitation_organisation_id"), "invitation", ["organisation_id"], unique=False)
    op.create_table(
        "membership",
        sa.Column("id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("person_id", Whole, nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", Moment(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "organisation_id", "person_id", "role", name=op.f("uq_membership_organisation_id_person_id_role")
        ),
    )
    op.create_index(op.f("ix_membership_organisation_id"), "membership", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_membership_person_id"), "membership", ["person_id"], unique=False)
    op.create_table(
        "organisation_text",
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("pitch", sa.Text(), nullable=False),
        sa.Column("story", sa.Text(), nullable=False),
        sa.Column("source", sa.Boolean(), nullable=False),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_text_organisation_id")),
        sa.PrimaryKeyConstraint("organisation_id", "language", name=op.f("pk_organisation_text")),
    )
    op.create_table(
        "verification",
        sa.Column("id", Whole, nullable=False),
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("asked_at", Moment(), nullable=False),
        sa.Column("asked_by", Whole, nullable=True),
        sa.Column("decided_at", Moment(), nullable=True),
        sa.Column("decided_by", Whole, nullable=True),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_verification_asked_by")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_verification_decided_by")),
        sa.ForeignKeyConstraint(["organisation_id"], ["organisation.id"], name=op.f("fk_verification_organisation_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verification")),
    )
    op.create_index(op.f("ix_verification_organisation_id"), "verification", ["organisation_id"], unique=False)


def downgrade() -> None:
    """Away with them."""
    op.drop_index(op.f("ix_verification_organisation_id"), table_name="verification")
    op.drop_table("verification")
    op.drop_table("organisation_text")
    op.drop_index(op.f("ix_membership_person_id"), table_name="membership")
    op.drop_index(op.f("ix_membership_organisation_id"), table_name="membership")
    op.drop_table("membership")
    op.drop_index(op.f("ix_invitation_organisation_id"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_contact_person_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(op.f("ix_code_person_id"), table_name="code")
    op.drop_index(op.f("ix_code_expires_at"), table_name="code")
    op.drop_table("code")
    op.drop_table("person")
    op.drop_index("ix_organisation_state_sector", table_name="organisation")
    op.drop_index("ix_organisation_state_region", table_name="organisation")
    op.drop_table("organisation")
    op.drop_index("ix_attempt_kind_subject_at", table_name="attempt")
    op.drop_table("attempt")
