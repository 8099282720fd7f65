"""Every place where bytes of a stranger are read as something is known here, with what bounds it; a new one fails.

What is hostile to each is sent to it: refused, or read, in a second and not in minutes.
"""

import ast
import gc
import io
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from academy.rules.lessons import LESSONS
from academy.rules.media import media_type
from app.engines.files.decoding import sizes_of
from app.engines.files.pictures import store_picture
from app.kernel.errors import Invalid
from app.web.prose import prose
from catalog.gateway.files import read_goods
from catalog.gateway.formats import goods_in, read_map
from catalog.gateway.markup import plain
from catalog.gateway.table import MAX_BYTES, read_table
from projectbank.gateway import rows_of
from tests.house.syntax import trees

# Calls by which bytes or texts become something else: the end of the name as it is written.
READS = {
    "json.loads", "json.load", "csv.reader", "csv.DictReader", "Image.open", "ZipFile", "tarfile.open", "Calendar.from_ical",
    "gzip.decompress", "gzip.open", "zlib.decompress", "lzma.open", "bz2.open", "pickle.loads", "pickle.load",
    "yaml.safe_load", "tomllib.loads", "load_workbook", "Document", "ElementTree.parse", "ElementTree.fromstring",
    "expat.ParserCreate",
    "HTMLParser", "av.open", "MarkdownIt", "frombytes", "get_json", "get_data", "b64decode", "marshal.loads",
}  # fmt: skip
OURS = "our own file or row, never a stranger's"
# file: {call: what bounds it}
KNOWN = {
    "academy/demo/load.py": {"json.loads": OURS},
    "app/accounts/demo/loading.py": {"json.loads": OURS},
    "app/accounts/queries/long_work.py": {"json.loads": OURS},
    "app/accounts/services/long_work.py": {"json.loads": OURS},
    "app/engines/apart/__main__.py": {"json.loads": "the question of our own process"},
    "app/engines/apart/asking.py": {"json.loads": "the answer of our own process, which runs within bounds"},
    "app/engines/backup.py": {
        "ZipFile": "the operator's own archive, by a command",
        "json.loads": "the operator's own archive, by a command",
    },
    "app/engines/files/decoding.py": {"Image.open": "12 MB, pixels by the head, apart"},
    "app/engines/files/webp.py": {"frombytes": "lines of a picture that is decoded, apart"},
    "app/engines/search/equivalents.py": {"json.loads": OURS},
    "app/payments/gateway/stripe_gateway.py": {"json.loads": "the body of a form at the most, once its signature fits"},
    "app/payments/views/webhook.py": {"get_data": "the body of a form at the most (safety)"},
    "app/territories/loading.py": {"json.loads": OURS},
    "app/web/carrying.py": {"json.loads": "fields of a form: 270,000 characters"},
    "app/web/compression.py": {"get_data": OURS},
    "app/web/page_cache.py": {"get_data": OURS},
    "app/web/filling.py": {"HTMLParser": "a page of our own, in linear time"},
    "app/web/typed_again.py": {"get_data": OURS},
    "app/web/own_data.py": {"ZipFile": "written, never read"},
    "app/web/prose.py": {"MarkdownIt": "texts within the limits of their forms"},
    "app/web/safety.py": {"get_data": "the body of a form at the most; its fields are counted before they are read"},
    "catalog/gateway/archive.py": {
        "ZipFile": "by a command; entries counted, each read up to the bound of a table or picture"
    },
    "catalog/gateway/sheet_out.py": {"ZipFile": "written, never read"},
    "catalog/gateway/workbook.py": {
        "ZipFile": "20 MB; entries counted, 100 MB of each at the most; from the web apart",
        "expat.ParserCreate": "piece by piece; a document type is refused; columns, rows, letters; from the web apart",
    },
    "catalog/gateway/formats.py": {"json.loads": "a map of columns, by a command"},
    "catalog/gateway/headers.py": {"json.loads": OURS},
    "catalog/gateway/reading.py": {"json.loads": "the answer of our own process, which runs within bounds"},
    "catalog/gateway/table.py": {"csv.reader": "20 MB, columns, rows; from the web apart"},
    "catalog/rules/categories.py": {"json.loads": OURS},
    "catalog/demo/load.py": {"json.loads": OURS},
    "projectbank/demo/load.py": {"json.loads": OURS},
    "app/web/sessions.py": {"get_data": OURS},
    "projectbank/gateway.py": {
        "json.loads": "32 MB and so many sheets, by a command",
        "csv.reader": "32 MB, columns and so many sheets, by a command",
    },
}


def _written(node: ast.expr) -> str:
    return f"{_written(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _reads(tree: ast.AST) -> set[str]:
    calls = [_written(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    bases = [_written(base) for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    return {read for read in READS for name in (*calls, *bases) if name == read or name.endswith(f".{read}")}


def test_every_reader_of_bytes_is_known_with_its_bound() -> None:
    found = {name: _reads(tree) for name, tree in trees() if not name.startswith("app/practice/")}
    assert {name: reads for name, reads in found.items() if reads} == {name: set(bounds) for name, bounds in KNOWN.items()}


def test_an_upload_is_never_read_whole_into_our_memory() -> None:
    """Its stream is handed on: to the store, or to the process that reads apart."""
    views = [(name, tree) for name, tree in trees() if "/views" in name or "/forms" in name]
    reading = [
        name
        for name, tree in views
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "read" and not node.args
    ]
    assert reading == []


def test_only_the_process_that_reads_apart_knows_how_to_decode_pictures() -> None:
    using = {name for name, tree in trees() if "PIL" in {_module(node) for node in ast.walk(tree)}}
    assert using == {f"app/engines/files/{name}.py" for name in ("colours", "decoding", "webp")}


def _module(node: ast.AST) -> str | None:
    return (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else None


def table(content: bytes) -> Any:
    return goods_in(read_table(content, 5_000), "auto", 2)


def columns(count: int) -> bytes:
    return ",".join(f"c{number}" for number in range(count)).encode()


def _png_of_texts() -> bytes:
    """A hundred compressed texts, a megabyte each, before a picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"x" * 1_000_000))
    head = chunk(b"IHDR", (1).to_bytes(4, "big") * 2 + bytes([8, 0, 0, 0, 0]))
    pixel = chunk(b"IDAT", zlib.compress(b"\0\0"))
    return b"\x89PNG\r\n\x1a\n" + head + text * 100 + pixel + chunk(b"IEND", b"")


def sheets(content: bytes) -> Any:
    path = Path(mkdtemp()) / "sheets.csv"
    path.write_bytes(content)
    return list(rows_of(path))


HOSTILE: dict[str, tuple[Callable[[Any], Any], Any, str | None]] = {
    "a table of 200,000 columns": (table, columns(200_000), "catalog-file-too-many-columns"),
    "a table of 1,000,000 short rows": (table, b"nom,prix\n" + b"a,1\n" * 1_000_000, "catalog-file-too-many-rows"),
    "the same column a thousand times": (table, b"a," * 999 + b"a\nb\n", "catalog-file-headers-twice"),
    "a thousand columns and short rows": (
        table, b"nom," + columns(999) + b"\n" + b"a\n" * 5_000, None,
    ),
    "quotation marks without end": (table, b"nom\n" + b'"' * 2_000_001, "catalog-file-quotes"),
    "quotation marks in the first line": (table, b'"' * 2_000_001, "catalog-file-quotes"),
    "nothing but control characters": (table, b"nom\n" + b"\x01" * 5_000_000, "catalog-file-not-text"),
    "nothing but delimiters": (table, b"," * 5_000_000, "catalog-file-too-many-columns"),
    "nothing but line ends": (table, b"nom\n" + b"\n" * 5_000_000, "catalog-file-too-many-rows"),
    "a cell as large as the file": (table, b"nom\n" + b"a" * (MAX_BYTES - 100), None),
    "one byte too many": (table, b"a" * (MAX_BYTES + 1), "catalog-file-too-large"),
    "rows of extra cells": (table, b"nom\n" + (b"," * 900 + b"x\n") * 4_000, None),
    "sheets of 200,000 columns": (sheets, columns(200_000) + b"\n" + b"a\n" * 100_000, "file-not-readable"),
    "a million short sheets": (sheets, b"slug\n" + b"a\n" * 1_000_000, "file-not-readable"),
    "tags that do not end": (plain, "<a " * 33_000, None),
    "attributes that do not end": (plain, "<a x='" * 16_000, None),
    "comments that do not end": (plain, "<!--" * 25_000, None),
    "scripts that do not end": (plain, "<script>" * 12_000, None),
    "a map nested without end": (lambda text: read_map(text, ["a"]), b"[" * 1_000_000, "catalog-map-wrong"),
    "a picture with texts before it": (sizes_of, _png_of_texts(), "not-a-picture"),
    "brackets that do not end": (prose, "[" * 20_000, None),
    "pictures that do not end": (prose, "![" * 10_000, None),
    "a table of prose": (prose, "|" * 1_000 + "\n" + "|-" * 1_000 + "\n" + "x\n" * 5_000, None),
}  # fmt: skip


def seconds_of(act: Callable[[], Any]) -> float:
    """Of the processor. Without the collector, which looks through all that other tests have left, a second at once."""
    gc.collect()
    gc.disable()
    began = time.process_time()
    try:
        act()
        return time.process_time() - began
    finally:
        gc.enable()


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_costs_no_more_than_it_is_worth(name: str) -> None:
    read, content, code = HOSTILE[name]
    refused: list[str | None] = []

    def reading() -> None:
        try:
            read(content)
            refused.append(None)
        except Invalid as refusal:
            refused.append(refusal.code)

    assert seconds_of(reading) < 2
    assert refused == [code]


def test_twice_as_much_takes_about_twice_as_long() -> None:
    def seconds(count: int) -> float:
        content = b"nom,prix,description\n" + b"Miel de thym 250 g,12,<p>Bon & doux\n" * count
        return seconds_of(lambda: table(content))

    seconds(100)
    assert seconds(4_000) < 12 * seconds(1_000)


# What a reader of prose may look for the end of, over and over; each without one.
UNENDED = (
    "[", "![", "[a](", "[a](<", "[a]: ", "*a ", "**a", "_a", "*_", "`a``", "<", "<a@", "<http://", "&", "\\", "> ", "- ",
    "1. ", "  - a\n", "> - ", "# ", "~~~\n", "|a", "|-", "a\n---\n", "[a]\n", "http://a.", "[a][", "]", "![a](b \"",
)  # fmt: skip


@pytest.mark.parametrize("beginning", UNENDED)
def test_four_times_the_prose_takes_about_four_times_as_long(beginning: str) -> None:
    def seconds(letters: int) -> float:
        text = (beginning * letters)[:letters]
        return seconds_of(lambda: prose.__wrapped__(text))

    seconds(500)
    tries = (seconds(12_000) < 8 * seconds(3_000) + 0.1 for _ in range(3))  # the machine may look away once
    assert any(tries)


def goods(source: Any) -> Any:
    return read_goods(source, "auto", 2, 5_000)


def lesson(source: Any) -> Any:
    return media_type(LESSONS["download"], source, "words.txt")


def test_an_upload_is_not_read_when_its_size_is_enough() -> None:
    class Unread(io.BytesIO):
        def read(self, *_: Any) -> bytes:
            raise AssertionError("read")

    for read in (store_picture, goods, lesson):
        with pytest.raises(Invalid):
            read(Unread(b"x" * (31 * 1024 * 1024)))
