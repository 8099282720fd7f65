"""Our own format, written and compared: a row per variant, safe to open in a spreadsheet."""

import csv
import io
import re
from collections.abc import Iterable, Mapping

from catalog.gateway.formats import OWN_COLUMNS, OWN_SIZE, goods_in
from catalog.gateway.goods import is_formula
from catalog.gateway.table import Row, Table

_SIZE = re.compile(rf"{OWN_SIZE}([0-9]{{1,15}})")


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


def size_in(row_key: str) -> int | None:
    """The variant that a row of our own export names; None of any other row."""
    named = _SIZE.fullmatch(row_key)
    return int(named[1]) if named else None


def _as_in_a_file(cells: Mapping[str, str]) -> dict[str, str]:
    """Guarded as in the file, whose reader takes the guards off; the stock is told as if it were counted anew."""
    return {**{column: guarded(cells[column]) for column in OWN_COLUMNS}, "stock_was": ""}


def own_parts(rows: Mapping[int, list[dict[str, str]]]) -> dict[int, dict[int, dict[str, str]]]:
    """{product: {variant: {part: digest}}} of products as they would be written now."""
    parts: dict[int, dict[int, dict[str, str]]] = {}
    for product_id, cells in rows.items():
        table = Table(OWN_COLUMNS, [Row(line, _as_in_a_file(cell)) for line, cell in enumerate(cells, 2)])
        _name, goods = goods_in(table, "tiwizi", cells[0]["currency"])
        parts[product_id] = {int(cell["variant"]): row.said for row, cell in zip(goods, cells, strict=True)}
    return parts
