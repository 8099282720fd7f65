"""Numbers of organisations that were written before are read as the pages read them, and can be carried back."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

from app.kernel.typed import compact, plain

revision = "20261127_0700"
down_revision = "20261127_1100"
branch_labels = None
depends_on = None

ACCOUNTS = ("rib", "bank_account")  # several organisations may be paid to one account
# Kinds whose groups say nothing; a register's own number keeps the signs between its groups.
GROUPED = {
    "ice": "[0-9]{15}",
    "rib": "[0-9]{24}",
    "neq": "[0-9]{10}",
    "gst_number": "[0-9]{9}RT[0-9]{4}",
    "qst_number": "[0-9]{10}TQ[0-9]{4}",
}
# The older form of the database had three columns for the first two territories, each number borne once everywhere.
REGISTER = {"morocco": "local_register", "quebec": "neq"}
COLUMNS = {"ice": "ice", **dict.fromkeys(REGISTER.values(), "registration_number")}
NUMBER = sa.table(
    "organisation_identifier",
    *(sa.column(name) for name in ("organisation_id", "kind", "territory", "value", "sole_value")),
)


def upgrade() -> None:
    """Every number in the form in which it would be typed today: in Arabic digits or in Latin ones it is one number.

    Of organisations that turn out to bear one and the same, the older one (the lower id) keeps it, in its new form and alone;
    the others keep what they wrote, without the sole right to it, and `tiwizi check` names them until somebody has asked
    them. No row is lost, and none is decided for people: a page saves their other facts and takes a better number.
    """
    connection = op.get_bind()
    taken: set[tuple[str, str, str]] = set()
    changed = []
    for row in _numbers(connection):
        written = "".join(row.value.split())
        value = _read(row.kind, row.value) or written
        new: tuple[str, str | None]
        if row.kind in ACCOUNTS:
            new = (value, None)
        elif (row.territory, row.kind, value) in taken:
            new = (written, None)
        else:
            taken.add((row.territory, row.kind, value))
            new = (value, value)
        changed += [_change(row, *new)] if new != (row.value, row.sole_value) else []
    _write(connection, changed)


def downgrade() -> None:
    """What the step before needs to fill its columns, of which each holds a number once for all territories.

    A second bearer, in the same territory or in another one, gets a blank behind its number, one more for each further one:
    the number is another text for the column and the same for its reader, and going up again takes the blanks away.
    """
    connection = op.get_bind()
    rows = [row for row in _numbers(connection) if row.kind in COLUMNS]
    registers = {row.organisation_id for row in rows if row.kind == REGISTER.get(row.territory)}
    bearers: Counter[tuple[str, str]] = Counter()
    changed = []
    for row in rows:
        foreign = row.kind in REGISTER.values() and row.kind != REGISTER.get(row.territory)
        if foreign and row.organisation_id in registers:  # its own register's number takes the column
            changed.append(_change(row, row.value, None))
            continue
        place = (COLUMNS[row.kind], row.value)
        value = row.value + " " * bearers[place]
        bearers[place] += 1
        changed.append(_change(row, value, value))
    _write(connection, changed)


def _numbers(connection: sa.Connection) -> Sequence[Any]:
    return connection.execute(sa.select(*NUMBER.c).order_by(NUMBER.c.organisation_id, NUMBER.c.kind)).all()


def _read(kind: str, text: str) -> str:
    """The number as the pages read it; what is no number of its kind has its digits, dashes and blanks folded only."""
    written = plain(text).upper()
    groups = compact(written)
    return groups if re.fullmatch(GROUPED.get(kind, "(?!)"), groups) else written.replace(" ", "")


def _change(row: Any, value: str, sole: str | None) -> dict[str, Any]:
    return {"bearer": row.organisation_id, "kind_is": row.kind, "value_new": value, "sole_new": sole}


def _write(connection: sa.Connection, changed: Sequence[dict[str, Any]]) -> None:
    """Rights are laid down first: two organisations may exchange a text."""
    if not changed:
        return
    row = sa.and_(NUMBER.c.organisation_id == sa.bindparam("bearer"), NUMBER.c.kind == sa.bindparam("kind_is"))
    connection.execute(
        NUMBER.update().where(row).values(sole_value=None),
        [{"bearer": one["bearer"], "kind_is": one["kind_is"]} for one in changed],
    )
    connection.execute(
        NUMBER.update().where(row).values(value=sa.bindparam("value_new"), sole_value=sa.bindparam("sole_new")),
        list(changed),
    )
