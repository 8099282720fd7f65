"""Numbers of organisations: a side table with the kinds of each territory, in place of three columns."""

import sqlalchemy as sa
from alembic import op

from app.engines.db import Whole

revision = "20261127_0400"
down_revision = "20261123_1000"
branch_labels = None
depends_on = None

# What the number of the register was called in each territory; a code and an account of the first one had columns.
REGISTER = {"morocco": "local_register", "quebec": "neq"}
OLD = sa.table("organisation", *(sa.column(name) for name in ("id", "territory", "registration_number", "ice", "rib")))
NEW = sa.table(
    "organisation_identifier",
    *(sa.column(name) for name in ("organisation_id", "kind", "territory", "value", "sole_value")),
)


def upgrade() -> None:
    """The numbers move; of two that were written alike but for blanks the first keeps the sole right to it."""
    op.create_table(
        "organisation_identifier",
        sa.Column("organisation_id", Whole, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("territory", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("sole_value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_organisation_identifier_organisation_id")
        ),
        sa.PrimaryKeyConstraint("organisation_id", "kind", name=op.f("pk_organisation_identifier")),
        sa.UniqueConstraint(
            "territory", "kind", "sole_value", name=op.f("uq_organisation_identifier_territory_kind_sole_value")
        ),
    )
    connection = op.get_bind()
    taken: set[tuple[str, str, str]] = set()
    rows = []
    for id_, territory, register, ice, rib in connection.execute(sa.select(*OLD.c).order_by(OLD.c.id)).all():
        numbers = {REGISTER.get(territory, "register"): register, "ice": ice, "rib": rib}
        for kind, text in numbers.items():
            value = "".join((text or "").split()).upper()
            if not value:
                continue
            sole = kind != "rib" and (territory, kind, value) not in taken
            taken.add((territory, kind, value))
            rows.append(
                {
                    "organisation_id": id_,
                    "kind": kind,
                    "territory": territory,
                    "value": value,
                    "sole_value": value if sole else None,
                }
            )
    for start in range(0, len(rows), 500):
        connection.execute(NEW.insert(), rows[start : start + 500])
    with op.batch_alter_table("organisation") as table:
        table.drop_constraint(op.f("uq_organisation_ice"), type_="unique")
        table.drop_constraint(op.f("uq_organisation_registration_number"), type_="unique")
        table.drop_column("registration_number")
        table.drop_column("ice")
        table.drop_column("rib")


def downgrade() -> None:
    """The three columns are back with what belongs into them; numbers of other kinds go."""
    with op.batch_alter_table("organisation") as table:
        table.add_column(sa.Column("registration_number", sa.Text(), nullable=True))
        table.add_column(sa.Column("ice", sa.Text(), nullable=True))
        table.add_column(sa.Column("rib", sa.Text(), nullable=True))
        table.create_unique_constraint(op.f("uq_organisation_ice"), ["ice"])
        table.create_unique_constraint(op.f("uq_organisation_registration_number"), ["registration_number"])
    connection = op.get_bind()
    columns = {"ice": "ice", "rib": "rib", **dict.fromkeys(REGISTER.values(), "registration_number")}
    for id_, kind, value, sole in connection.execute(
        sa.select(NEW.c.organisation_id, NEW.c.kind, NEW.c.value, NEW.c.sole_value)
    ).all():
        if kind in columns and (sole is not None or kind == "rib"):
            connection.execute(OLD.update().where(OLD.c.id == id_).values({columns[kind]: value}))
    op.drop_table("organisation_identifier")
