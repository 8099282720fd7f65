"""Unique keys of letters name nobody: they outlive the words and the receiver, and stand with a mark in the address's place."""

import hmac

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "20261127_1120"
down_revision = "20261127_1010"
branch_labels = None
depends_on = None

LETTER = sa.table("letter", sa.column("id"), sa.column("recipient"), sa.column("unique_key"))
AT_ONCE = 1000


def _mark(recipient: str) -> str:
    """As the letters that are written from now on."""
    return hmac.new(current_app.config["SECRET_KEY"].encode(), f"letter to {recipient}".encode(), "sha256").hexdigest()[:16]


def upgrade() -> None:
    """So many at once, by their number: a large table is never in memory as a whole."""
    bind, last = op.get_bind(), 0
    keyed = sa.select(LETTER).where(LETTER.c.unique_key.is_not(None), LETTER.c.recipient != "").order_by(LETTER.c.id)
    while rows := bind.execute(keyed.where(LETTER.c.id > last).limit(AT_ONCE)).all():
        for id_, recipient, key in rows:
            if recipient in key:
                marked = key.replace(recipient, _mark(recipient))
                bind.execute(sa.update(LETTER).where(LETTER.c.id == id_).values(unique_key=marked))
        last = rows[-1].id


def downgrade() -> None:
    """Who stood in a key is told by its row, while it is kept."""
    bind, last = op.get_bind(), 0
    keyed = sa.select(LETTER).where(LETTER.c.unique_key.is_not(None), LETTER.c.recipient != "").order_by(LETTER.c.id)
    while rows := bind.execute(keyed.where(LETTER.c.id > last).limit(AT_ONCE)).all():
        for id_, recipient, key in rows:
            if _mark(recipient) in key:
                named = key.replace(_mark(recipient), recipient)
                bind.execute(sa.update(LETTER).where(LETTER.c.id == id_).values(unique_key=named))
        last = rows[-1].id
