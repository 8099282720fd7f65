"""Files of goods: our own, those of other shops known by their headers, and any table whose columns can be guessed."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from app.kernel import typed
from app.kernel.clock import now
from app.kernel.errors import Invalid
from app.kernel.text import LANGUAGES
from catalog.gateway.cells import Cells
from catalog.gateway.goods import Goods, Problem, Reader, by_handle, spoken_in
from catalog.gateway.headers import (
    LONGEST_HEADER,
    MOST_ASKED,
    STARTS_WITH,
    TAKEN,
    Columns,
    columns_of,
    digest_of,
    fields_of,
    recognised,
    samples_of,
)
from catalog.gateway.identity import identified, without_doubles
from catalog.gateway.markup import plain
from catalog.gateway.platforms import READERS, continued, odoo_lines, with_parents, woo_parents
from catalog.gateway.table import MAX_ROWS, Row, Table, read_table
from catalog.gateway.workbook import is_workbook, read_workbook
from catalog.rules.carriages import CARRIAGES
from catalog.rules.categories import drawings
from catalog.rules.facts import TextFacts
from catalog.rules.products import SALE_UNITS

OWN_SIZE = "variant:"
_BEGINS = re.compile(r"\d{1,7}")
LONGEST_SAMPLE = 2_000  # of a cell, to find out its language
FORMATS = ("auto", "tiwizi", *(name for name in READERS if name != "guessed"))
OWN_COLUMNS = (
    "handle",
    "state",
    "category",
    *(f"{what}_{code}" for what in ("title", "description", "ingredients", "storage") for code in LANGUAGES),
    "origin",
    "labels",
    "sku",
    "barcode",
    *(f"variant_{code}" for code in LANGUAGES),
    "unit",
    "quantity",
    "price",
    "weight_grams",
    "stock",
    "stock_was",
    "on_sale",
    "variant",
    "pictures",
    "drawing",
    "carriage",
    "source",
)
NEEDED = {
    "woocommerce": ("title", "kind"),
    "shopify": ("handle", "title"),
    "vendure": ("title",),
    "spree": ("handle", "title"),
}
AFTERWARDS: Mapping[str, Callable[[Sequence[Goods]], list[Goods]]] = {
    "woocommerce": woo_parents,
    "vendure": lambda rows: with_parents(continued(rows)),
    "spree": with_parents,
    "etsy": identified,
    "odoo": lambda rows: identified(odoo_lines(rows)),
    "prestashop": identified,
    "guessed": lambda rows: with_parents(identified(rows)),
}


@dataclass(frozen=True)
class Taken:
    """A file as it was read: its format, one Goods for each row, and what becomes of each of its columns (headers.FATES).

    `headers` is what its columns are known by (headers.digest_of); `counts` when one of them says how many there are.
    """

    name: str
    goods: list[Goods]
    columns: Mapping[str, str]
    headers: str = ""
    counts: bool = True


def goods_in(
    table: Table, wanted: str, currency: str, said: Mapping[str, str] | None = None, language: str | None = None
) -> tuple[str, list[Goods]]:
    """The format's name and one Goods for each row of the table. Raises Invalid when columns are missing or asked about."""
    taken = taken_from(table, wanted, currency, said, language)
    return taken.name, taken.goods


def taken_from(
    table: Table,
    wanted: str,
    currency: str,
    said: Mapping[str, str] | None = None,
    language: str | None = None,
    today: date | None = None,
) -> Taken:
    """Reads the file as it stands on that day. `said` are {our field: column} of somebody who knows it; under STARTS_WITH
    they may say how many there are of what is new. Raises Invalid.
    """
    name = detected(table.columns) if wanted == "auto" else wanted
    starts_with = typed.whole(said[STARTS_WITH]) if said and STARTS_WITH in said else None
    said = {called: column for called, column in said.items() if called != STARTS_WITH} if said is not None else None
    headers = digest_of(table.columns)
    if name == "tiwizi":
        if "handle" not in table.columns:
            raise Invalid("catalog-file-headers-missing", "file", columns="handle")
        rows = [_with_problem(reader, _own(reader)) for reader in (Reader(row, currency) for row in table.rows)]
        ours = {column: TAKEN for column in OWN_COLUMNS if column in table.columns}
        fates, counts = dict.fromkeys(table.columns, "ignored") | ours, "stock" in table.columns
        return Taken(name, _beginning(without_doubles(rows), counts, starts_with), fates, headers, counts)
    columns = columns_of(name, table.columns, table.rows, said)
    _require_columns(table, columns)
    latin = language or spoken_in([text for row in table.rows[:500] for text in _prose(row, columns)])
    day = today or now().date()
    goods = []
    for row in table.rows:
        cells = Cells(Reader(row, currency), columns.fields, day)
        goods.append(_with_problem(cells, READERS[name](cells, latin), tuple(cells.notes)))
    counts = "stock" in columns.fields
    goods = _beginning(without_doubles(AFTERWARDS.get(name, list)(goods)), counts, starts_with)
    return Taken("mapped" if said else name, goods, columns.fates, headers, counts)


def _beginning(rows: list[Goods], counts: bool, starts_with: int | None) -> list[Goods]:
    """Where no column counts, what is new begins with as many as somebody has said."""
    if counts or starts_with is None:
        return rows
    return [replace(row, starts_with=starts_with) if row.is_variant and row.stock is None else row for row in rows]


def _with_problem(reader: Reader, goods: Goods, notes: tuple[Problem, ...] = ()) -> Goods:
    told = [Problem(code, {"value": column[:80]} if column else {}) for code, column in reader.row.notes]
    return replace(goods, problem=reader.problem or goods.problem, notes=(*told, *notes))


def _require_columns(table: Table, columns: Columns) -> None:
    """Has what is needed, and nothing in it looks like a price, a stock or a state that nobody knows."""
    needed = NEEDED.get(columns.name, ("title",) if columns.name == "guessed" else ())
    missing = [called for called in needed if called not in columns.fields]
    if missing and not (missing == ["title"] and any(called.startswith("title:") for called in columns.fields)):
        those = [column for column in table.columns if len(column) <= LONGEST_HEADER][:MOST_ASKED]
        samples = {column: samples_of(column, table.rows) for column in those}
        headers = digest_of(table.columns)
        raise Invalid("catalog-file-headers-missing", "file", columns=", ".join(missing), asked=samples, headers=headers)
    if columns.asked:
        names, asked = ", ".join(columns.asked), dict(list(columns.asked.items())[:MOST_ASKED])
        raise Invalid("catalog-file-headers-asked", "file", columns=names, asked=asked, headers=digest_of(table.columns))


def table_in(content: bytes, limit: int = MAX_ROWS) -> Table:
    """The table in a file of commas or in a spreadsheet. Raises Invalid."""
    return read_workbook(content, holds_goods, limit) if is_workbook(content) else read_table(content, limit)


def holds_goods(headers: Sequence[str]) -> bool:
    """Somebody's file of goods, or a table with a column of names."""
    if detected(headers) != "guessed":
        return True
    return any(called.partition(":")[0] == "title" for called in columns_of("guessed", headers, ()).fields)


def detected(headers: Sequence[str]) -> str:
    """The format whose own columns the file has; else "guessed"."""
    there = set(headers)
    if {"handle", "sku", "price"} <= there and any(f"title_{code}" in there for code in LANGUAGES):
        return "tiwizi"
    return recognised(headers)


def read_map(content: bytes, columns: Sequence[str]) -> dict[str, str]:
    """A map of columns: a JSON object of our field names to column names of the file; under "ignore" a list of columns that
    say nothing to us; under STARTS_WITH how many there are of what is new. Raises Invalid.
    """
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as broken:
        raise Invalid("catalog-map-wrong", "map", problem="JSON") from broken
    begins = said.pop(STARTS_WITH, None) if isinstance(said, dict) else None
    if begins is not None and not _BEGINS.fullmatch(str(begins)):
        raise Invalid("catalog-map-wrong", "map", problem=STARTS_WITH)
    ignored = said.pop("ignore", []) if isinstance(said, dict) else None
    named = (
        [*said.values(), *([ignored] if isinstance(ignored, str) else ignored)] if isinstance(ignored, str | list) else None
    )
    if named is None or not all(isinstance(column, str) for column in named):
        raise Invalid("catalog-map-wrong", "map", problem="{field: column}")
    there, known = set(columns), fields_of("guessed")
    wrong = [f"{key}" for key in said if key not in known] + [column for column in named if column not in there]
    if wrong:
        raise Invalid("catalog-map-wrong", "map", problem=wrong[0][:80])
    columns_said = {called: column for called, column in said.items() if isinstance(column, str)}
    return columns_said if begins is None else {**columns_said, STARTS_WITH: str(begins)}


def _prose(row: Row, columns: Columns) -> list[str]:
    named = [column for called in ("title", "description") for column in columns.fields.get(called, ())[:1]]
    return [plain(row.cells.get(column, "")[:LONGEST_SAMPLE]) for column in named]


def own_key(variant: int | str) -> str:
    """How a row of our own file names its variant."""
    return f"{OWN_SIZE}{variant}"


def like_key(unit: str, quantity: int | str, names: Mapping[str, str]) -> str:
    """How a row names its variant when it has neither number: by what is in it."""
    return ":".join([unit, str(quantity), *(names.get(code, "") for code in LANGUAGES)])


def _own(reader: Reader) -> Goods:
    text = reader.text
    texts = {
        code: TextFacts(*(text(f"{what}_{code}") for what in ("title", "description", "ingredients", "storage")))
        for code in LANGUAGES
        if text(f"title_{code}")
    }
    source = text("source")
    if source in texts:  # the language it was written in comes first
        texts = {source: texts[source], **texts}
    names = {code: text(f"variant_{code}") for code in LANGUAGES if text(f"variant_{code}")}
    unit = text("unit") or "piece"
    amount = reader.quantity(text("quantity") or "1", unit) if unit in SALE_UNITS else None
    like = like_key(amount[1], amount[0], names) if amount else ""
    stock, stock_was = reader.stock("stock"), reader.whole("stock_was")
    goods = Goods(
        reader.row.line,
        by_handle(text("handle")),
        own_key(text("variant")) if text("variant") else text("sku") or text("barcode") or like,
        texts=texts,
        category=text("category") or None,
        drawing=text("drawing") if text("drawing") in drawings() else None,
        labels=tuple(filter(None, text("labels").split("|"))) or None,
        origin=text("origin") or None,
        carriage=text("carriage") if text("carriage") in CARRIAGES else None,
        names=names,
        price=reader.price("price"),
        unit=amount[1] if amount else None,
        quantity=amount[0] if amount else None,
        sku=text("sku") or None,
        barcode=reader.barcode("barcode"),
        weight_grams=reader.weight("weight_grams", "g"),
        stock=stock,
        stock_was=stock_was,
        files=tuple(filter(None, text("pictures").split("|"))),
        active=reader.flag("on_sale"),
        published=None if not text("state") else text("state") == "published",
    )
    if not text("handle"):
        return replace(goods, problem=Problem("catalog-row-key", {"column": "handle"}))
    return goods if amount else replace(goods, problem=Problem("catalog-row-quantity", {"value": text("quantity")[:40]}))
