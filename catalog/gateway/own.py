"""Our own format, written and compared: a row per variant, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping

from catalog.gateway.formats import OWN_COLUMNS, goods_in
from catalog.gateway.goods import FORMULA
from catalog.gateway.table import Row, Table


def guarded(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    return f"'{cell}" if cell.startswith(tuple(FORMULA)) else cell


def written(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The file: UTF-8 with a mark, which spreadsheets need to show Arabic."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(OWN_COLUMNS)
    for row in rows:
        writer.writerow([guarded(row[column]) for column in OWN_COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def own_digests(rows: Mapping[int, list[dict[str, str]]]) -> dict[int, dict[str, str]]:
    """{product: {row key: digest}} of products as they would be written now."""
    found: dict[int, dict[str, str]] = {}
    for product_id, cells in rows.items():
        table = Table(OWN_COLUMNS, [Row(line, one) for line, one in enumerate(cells, 2)])
        digits = max((len(one["price"].partition(".")[2]) for one in cells), default=0)
        _name, goods = goods_in(table, "tiwizi", digits)
        found[product_id] = {one.row_key: one.digest for one in goods}
    return found
