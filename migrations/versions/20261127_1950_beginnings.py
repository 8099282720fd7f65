"""What is searched by its beginning has an index that finds it: numbers, holders, words."""

from alembic import op

revision = "20261127_1950"
down_revision = "20261127_1915"
branch_labels = None
depends_on = None

ADDED = (
    ("ix_purchase_number", "purchase", ["number"]),
    ("ix_seller_order_organisation_id_number", "seller_order", ["organisation_id", "number"]),
    ("ix_search_word_folded", "search_word", ["folded"]),
)


def in_bytes(name: str, table: str, columns: list[str]) -> None:
    op.create_index(name, table, columns, postgresql_ops={columns[-1]: "text_pattern_ops"})


def upgrade() -> None:
    for name, table, columns in ADDED:
        in_bytes(name, table, columns)
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_hold_holder", "hold")
        in_bytes("ix_hold_holder", "hold", ["holder"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_hold_holder", "hold")
        op.create_index("ix_hold_holder", "hold", ["holder"])
    for name, table, _columns in reversed(ADDED):
        op.drop_index(name, table)
