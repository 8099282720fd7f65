"""Our own format, written and compared: a row per variant, safe to open in a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Mapping

from catalog.gateway.formats import OWN_COLUMNS, goods_in, like_key
from catalog.gateway.goods import Goods, is_formula
from catalog.gateway.table import Row, Table


def guarded(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe before it; where some stand, one more."""
    return f"'{cell}" if is_formula(cell) else cell


def written(rows: Iterable[Mapping[str, str]]) -> bytes:
    """The file: UTF-8 with a mark, which spreadsheets need to show Arabic."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(OWN_COLUMNS)
    for row in rows:
        writer.writerow([guarded(row[column]) for column in OWN_COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def _as_in_a_file(cells: Mapping[str, str]) -> dict[str, str]:
    """Guarded as in the file, whose reader takes the guards off; the stock is told as if it were counted anew."""
    return {**{column: guarded(cells[column]) for column in OWN_COLUMNS}, "stock_was": ""}


def _like(row: Goods) -> str:
    return like_key(row.unit or "", row.quantity or "", row.names)


def own_parts(rows: Mapping[int, list[dict[str, str]]]) -> dict[int, dict[str, dict[str, str]]]:
    """{product: {row key: {part: digest}}} of products as they would be written now."""
    parts: dict[int, dict[str, dict[str, str]]] = {}
    for product_id, cells in rows.items():
        table = Table(OWN_COLUMNS, [Row(line, _as_in_a_file(one)) for line, one in enumerate(cells, 2)])
        _name, goods = goods_in(table, "tiwizi", cells[0]["currency"])
        parts[product_id] = {
            key: row.said
            for row, cell in zip(goods, cells, strict=True)
            for key in (row.row_key, cell["external_key"], cell["sku"], cell["barcode"], _like(row))
            if key
        }
    return parts
