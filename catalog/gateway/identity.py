"""Which product, and which of its sizes, a row means: a handle or id with options, else a number that is unique."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from app.kernel.text import fold
from catalog.gateway.goods import PICTURE, Goods, Problem

NUMBERED = ("barcode:", "sku:", "name:")  # keys of rows that a file calls by no handle


def is_named(key: str) -> bool:
    """The file calls the product by a handle or an id of its own."""
    return not key.startswith(NUMBERED)


def names_another(key: str, other: str | None) -> bool:
    """Both are handles, or both are ids, of one kind: two products then, whatever numbers they bear."""
    if other is None or key == other or not is_named(key) or not is_named(other):
        return False
    return key.partition(":")[0] == other.partition(":")[0]


def identified(rows: Sequence[Goods]) -> list[Goods]:
    """Rows without a handle are known by barcode, article number or name, the first of them that stands once in the file."""
    barcodes, skus = Counter(row.barcode for row in rows), Counter(row.sku for row in rows)
    return [row if row.product_key else _by_number(row, barcodes, skus) for row in rows]


def _by_number(row: Goods, barcodes: Counter[str | None], skus: Counter[str | None]) -> Goods:
    title = next((text.title for text in row.texts.values()), "")
    if row.barcode and barcodes[row.barcode] == 1:
        key = f"barcode:{row.barcode}"
    elif row.sku and skus[row.sku] == 1:
        key = f"sku:{row.sku}"
    else:
        key = f"name:{fold(title)}"
    return replace(row, product_key=key, row_key=key)


def without_doubles(rows: Sequence[Goods]) -> list[Goods]:
    """A row that says of its product and option what an earlier one says otherwise is a problem, with that one's line.

    One that says just the same is refused alone; of pictures as many may stand as want to.
    """
    first: dict[tuple[str, str], Goods] = {}
    checked = []
    for row in rows:
        known = first.setdefault((row.product_key, row.row_key), row)
        if known is row or row.problem is not None or row.kind == PICTURE:
            checked.append(row)
            continue
        problem = Problem("catalog-row-twice", {"line": known.line})
        checked.append(replace(row, problem=problem, row_key=f"{row.row_key} {row.line}", spoils=row.said != known.said))
    return checked


def numbers_that_identify(rows: Sequence[Goods], number: str) -> dict[str, str]:
    """{number: product key} of those that one row alone bears. `number`: "sku" or "barcode"."""
    bearers: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        if (value := getattr(row, number)) is not None:
            bearers[value].append(row.product_key)
    return {value: keys[0] for value, keys in bearers.items() if len(keys) == 1}
