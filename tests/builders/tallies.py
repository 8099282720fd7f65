"""Tallies of rows that no service has written: counted anew, as the migration did."""

from sqlalchemy import text

from app.engines.db import db
from app.engines.transactions import transaction

ANEW = (
    "DELETE FROM tally WHERE kind IN ('order', 'purchase')",
    "INSERT INTO tally (kind, owner, word, number) SELECT 'order', organisation_id,"
    " commercial || ' ' || fulfilment || CASE WHEN placed_at IS NULL THEN ' unplaced' ELSE '' END, count(*)"
    " FROM seller_order GROUP BY 2, 3",
    "INSERT INTO tally (kind, owner, word, number) SELECT 'purchase', 0, '', count(*) FROM purchase",
)


def count_orders_anew() -> None:
    """Whatever was kept."""
    with transaction():
        for statement in ANEW:
            db.session.execute(text(statement))
