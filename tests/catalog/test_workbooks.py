"""Spreadsheets are read as they were typed, refused in one sentence where they cannot be, and cost what they are worth."""

import io
import time
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook, load_workbook
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900
from sqlalchemy import func, select

from app.accounts.models import Organisation
from app.console.transfer import export_group, import_group
from app.engines import transactions
from app.engines.db import db
from app.kernel.errors import Invalid
from catalog.gateway.files import read_goods
from catalog.gateway.formats import OWN_COLUMNS, table_in, taken_from
from catalog.gateway.goods import Goods
from catalog.gateway.sheet import number_in
from catalog.gateway.sheet_out import written_sheet
from catalog.gateway.table import Table
from catalog.models import Product
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, joins
from tests.catalog.test_archive import exported, shop, taken
from tests.catalog.test_import import run

__all__ = ["shop"]
HEAD = ["Nom", "Prix", "Stock", "Code-barres"]
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transactions, "WAY_SECONDS", 0)


def a_book(*rows: Sequence[Any], **more: Any) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    for name, sheet in more.items():
        for row in sheet:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(content: bytes, parts: Mapping[str, bytes | None]) -> bytes:
    """The archive with these entries otherwise; None takes one away."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


def with_sheet(inner: str, before: str = "") -> bytes:
    xml = f'<?xml version="1.0"?>{before}<worksheet {MAIN}>{inner}</worksheet>'
    return changed(a_book(HEAD), {"xl/worksheets/sheet1.xml": xml.encode()})


def cells(content: bytes) -> list[dict[str, str]]:
    return [row.cells for row in table_in(content).rows]


def goods(table: Table) -> list[Goods]:
    return taken_from(table, "auto", "MAD").goods


def refusal(content: bytes, limit: int = 5_000) -> tuple[str, Mapping[str, Any]]:
    with pytest.raises(Invalid) as refused:
        table_in(content, limit)
    return refused.value.code, refused.value.facts


def test_what_was_typed_is_what_is_read() -> None:
    book = Workbook()
    book_head = ["Nom", "Prix", "Stock", "Code-barres", "Poids", "Jour", "Vrai"]
    book.active.append(book_head)
    book.active.append(["Miel", 12.5, 4, 6111234567890.0, 1.125, date(2026, 11, 28), True])
    book.active.append(["Thé", 0.1 + 0.2, 1000, "0611123456789", 1234.5, datetime(2026, 11, 28, 14, 30), False])
    book.active["B2"].number_format = '#,##0.00 "MAD"'
    book.active["D2"].number_format = "0"
    assert cells(saved(book)) == [
        dict(zip(book_head, ("Miel", "12.5", "4", "6111234567890", "1.1250", "2026-11-28", "1"), strict=True)),
        dict(zip(book_head, ("Thé", "0.3", "1000", "0611123456789", "1234.5", "2026-11-28 14:30", "0"), strict=True)),
    ]


@pytest.mark.parametrize(
    ("said", "text"),
    [("12.300000000000001", "12.3"), ("6.11123456789E12", "6111234567890"), ("1E-3", "0.001"), ("-2", "-2"), ("250", "250")],
)
def test_a_number_has_no_power_of_ten_and_no_tail(said: str, text: str) -> None:
    assert number_in(said) == text


@pytest.mark.parametrize(
    ("number", "is_1904", "day"),
    [
        (1, False, "1900-01-01"),
        (59, False, "1900-02-28"),
        (61, False, "1900-03-01"),
        (45000, False, "2023-03-15"),
        (43538, True, "2023-03-15"),
        (0.75, False, "18:00"),
        (-3, False, "-3"),
        (99999999, False, "99999999"),
    ],
)
def test_days_of_both_calendars(number: float, is_1904: bool, day: str) -> None:
    book = Workbook()
    book.active.append(["Nom", "Jour"])
    book.active.append(["Miel", number])
    book.active["B2"].number_format = "dd/mm/yyyy"
    book.epoch = CALENDAR_MAC_1904 if is_1904 else CALENDAR_WINDOWS_1900
    assert cells(saved(book)) == [{"Nom": "Miel", "Jour": day}]


def test_the_first_sheet_with_goods_is_read_and_hidden_ones_come_last() -> None:
    book = Workbook()
    book.active.append(["Rapport", 2026])
    for title, state in (("vieux", "hidden"), ("goods", "visible")):
        sheet = book.create_sheet(title)
        sheet.append(HEAD)
        sheet.append([title, 12, 1, None])
        sheet.sheet_state = state
    assert cells(saved(book)) == [{"Nom": "goods", "Prix": "12", "Stock": "1"}]


def test_empty_rows_are_none_and_a_row_keeps_its_line() -> None:
    table = table_in(a_book([], HEAD, ["Miel", 12], [], [None, "", None], ["Thé", 5]))
    assert [(row.line, row.cells["Nom"]) for row in table.rows] == [(3, "Miel"), (6, "Thé")]


def test_a_calculation_has_its_last_result_and_one_without_is_told() -> None:
    rows = (
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Nom</t></is></c>'
        '<c r="B1" t="inlineStr"><is><t>Prix</t></is></c>'
        '</row><row r="2"><c r="A2" t="str"><f>"Mi"&amp;"el"</f><v>Miel</v></c><c r="B2"><f>6*2</f><v>12</v></c></row>'
        '<row r="3"><c r="A3" t="inlineStr"><is><r><t>Th</t></r><r><t>é</t></r></is></c><c r="B3"><f>6*2</f></c></row>'
        '<row r="4"><c r="A4" t="inlineStr"><is><t>Sel</t></is></c><c r="B4" t="e"><v>#REF!</v></c></row></sheetData>'
    )
    table = table_in(with_sheet(rows))
    assert [row.cells for row in table.rows] == [{"Nom": "Miel", "Prix": "12"}, {"Nom": "Thé"}, {"Nom": "Sel"}]
    assert [row.notes for row in table.rows] == [
        (),
        (("catalog-note-formula", "Prix"),),
        (("catalog-note-formula", "Prix"),),
    ]
    [_, tea, _] = goods(table)
    assert [(note.code, note.facts) for note in tea.notes][:1] == [("catalog-note-formula", {"value": "Prix"})]


def test_merged_cells_stand_in_each_row_and_hidden_rows_are_told() -> None:
    book = Workbook()
    for row in (
        ["handle", "title", "variant", "price"],
        ["m", "Miel", "250 g", 12],
        [None, None, "500 g", 22],
        ["t", "Thé", "", 5],
    ):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.active.merge_cells("B2:B3")
    book.active.row_dimensions[4].hidden = True
    table = table_in(saved(book))
    assert [row.cells.get("handle") for row in table.rows] == ["m", "m", "t"]
    merged = (("catalog-note-merged", "handle"), ("catalog-note-merged", "title"))
    assert [row.notes for row in table.rows] == [(), merged, (("catalog-note-hidden", ""),)]
    assert [(row.product_key, row.price) for row in goods(table)] == [
        ("handle:m", 1200),
        ("handle:m", 2200),
        ("handle:t", 500),
    ]


@pytest.mark.parametrize(
    ("content", "code", "facts"),
    [
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "catalog-sheet-kind", {"kind": "XLS"}),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "catalog-sheet-locked", {}),
        (changed(a_book(HEAD), {"xl/vbaProject.bin": b"x"}), "catalog-sheet-kind", {"kind": "XLSM"}),
        (changed(a_book(HEAD), {"xl/workbook.bin": b"x"}), "catalog-sheet-kind", {"kind": "XLSB"}),
        (
            changed(a_book(HEAD), {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "catalog-sheet-kind",
            {"kind": "ODS"},
        ),
        (changed(a_book(HEAD), {"[Content_Types].xml": None}), "catalog-file-not-text", {}),
        (a_book(HEAD, ["Miel", 1])[:-300], "catalog-sheet-damaged", {}),
        (a_book(), "catalog-file-empty", {}),
        (a_book(HEAD), "catalog-file-headers-only", {}),
        (a_book(["Nom", "Nom"], [1, 2]), "catalog-file-headers-twice", {"column": "Nom"}),
        (with_sheet("<sheetData><row><c><v>x</v>"), "catalog-sheet-damaged", {}),
        (with_sheet("<sheetData><row><c><v>zwölf</v></c></row></sheetData>"), "catalog-sheet-damaged", {}),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(content: bytes, code: str, facts: dict[str, Any]) -> None:
    assert refusal(content) == (code, facts)


def texts_of(letters: int) -> bytes:
    """A cell that shares a text of so many letters."""
    relations = (
        b'<Relationships><Relationship Id="rId1" Type="a/worksheet" Target="worksheets/sheet1.xml"/>'
        b'<Relationship Id="r2" Type="a/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    texts = f"<sst {MAIN}><si><t>{'x' * letters}</t></si></sst>".encode()
    sheet = with_sheet('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>')
    return changed(sheet, {"xl/sharedStrings.xml": texts, "xl/_rels/workbook.xml.rels": relations})


def merged_at_large() -> bytes:
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join(f'<row r="{number}"><c r="B{number}"><v>1</v></c></row>' for number in range(3, 3_000))
    head = f'<row r="1">{text.format("Nom")}</row><row r="2">{text.format("x" * 30_000)}</row>'
    return with_sheet(f'<sheetData>{head}{rows}</sheetData><mergeCells><mergeCell ref="A2:XFD1048576"/></mergeCells>')


def of_type(declared: str, entity: str) -> bytes:
    return with_sheet(f"<sheetData><row><c><v>&{entity};</v></c></row></sheetData>", f"<!DOCTYPE x [{declared}]>")


def laughs() -> bytes:
    more = "".join(f'<!ENTITY l{number} "{f"&l{number - 1};" * 10}">' for number in range(1, 10))
    return of_type(f'<!ENTITY l0 "ha">{more}', "l9")


def many_rows() -> bytes:
    rows = "".join(f'<row r="{number}"><c><v>{number}</v></c></row>' for number in range(1, 1_000_001))
    return with_sheet(f"<sheetData>{rows}</sheetData>")


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a sheet that unfolds to 105 MB": (lambda: with_sheet(" " * 105_000_000), "catalog-file-too-heavy"),
    "texts that unfold to 60 MB": (lambda: texts_of(60_000_000), "catalog-file-too-heavy"),
    "a text of 20,000 letters in 5,000 cells": (
        lambda: a_book(HEAD, *[["x" * 20_000, 1]] * 5_000),
        "catalog-file-too-heavy",
    ),
    "200,000 columns": (
        lambda: with_sheet(f"<sheetData><row>{'<c><v>1</v></c>' * 200_000}</row></sheetData>"),
        "catalog-file-too-many-columns",
    ),
    "a million rows": (many_rows, "catalog-file-too-many-rows"),
    "laughs": (laughs, "catalog-sheet-damaged"),
    "a file of the server": (lambda: of_type('<!ENTITY e SYSTEM "file:///etc/passwd">', "e"), "catalog-sheet-damaged"),
    "3,000 entries": (lambda: changed(a_book(HEAD), {f"x{n}": b"" for n in range(3_000)}), "catalog-file-too-heavy"),
    "a name of 200 MB": (
        lambda: changed(a_book(HEAD), {"mimetype": b" " * 200_000_000}),
        "catalog-file-headers-only",
    ),
    "a merge of everything": (merged_at_large, "catalog-file-too-heavy"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_is_refused_at_once(app: Flask, name: str) -> None:
    make, code = HOSTILE[name]
    content = make()
    began = time.process_time()
    assert refusal(content)[0] == code
    assert time.process_time() - began < 2
    with pytest.raises(Invalid, match=code):
        read_goods(content, "auto", "MAD", 5_000)


def test_what_lies_outside_of_the_file_is_not_looked_at() -> None:
    content = a_book(HEAD, ["Miel", 12])
    relations = zipfile.ZipFile(io.BytesIO(content)).read("xl/_rels/workbook.xml.rels")
    link = (
        b'<Relationship Id="rX" Type="x/externalLink" Target="http://127.0.0.1:9/x" TargetMode="External"/></Relationships>'
    )
    linked = changed(content, {"xl/_rels/workbook.xml.rels": relations.replace(b"</Relationships>", link)})
    assert cells(linked) == [{"Nom": "Miel", "Prix": "12"}]


def test_it_comes_back_equal(app: Flask, shop: Organisation, tmp_path: Path) -> None:
    a_cooperative("Amane", slug="amane")
    file = tmp_path / "out.xlsx"
    assert run(app, export_group, str(file), "--cooperative", "tifawin")[0] == 0
    assert taken(app, file, "amane")["created"] == 4
    assert exported(app, tmp_path, "amane", "out.csv")[1] == exported(app, tmp_path, "tifawin", "out.csv")[1]
    for slug in ("amane", "tifawin"):
        again = taken(app, file, slug)
        assert (again["unchanged"], again["notes"]) == (4, [])


def test_the_export_has_types_a_frozen_head_and_nothing_to_calculate(
    app: Flask, client: FlaskClient, shop: Organisation
) -> None:
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    for code, turned in (("fr", False), ("ar", True)):
        answer = client.get(f"/{code}/sell/tifawin/products/export.xlsx")
        assert (answer.status_code, answer.mimetype) == (
            200,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        sheet = load_workbook(io.BytesIO(answer.data)).active
        assert (sheet.freeze_panes, bool(sheet.sheet_view.rightToLeft)) == ("A2", turned)
        head = [cell.value for cell in sheet[1]]
        row = {name: cell.value for name, cell in zip(head, sheet[2], strict=True)}
        assert [row[name] for name in ("price", "stock", "quantity", "barcode", "title_ar")] == [
            120.5, 9, 250, "6110123002004", "زيت",
        ]  # fmt: skip


def test_cells_that_could_be_calculated_are_texts_with_a_guard() -> None:
    row = dict.fromkeys(OWN_COLUMNS, "") | {"handle": "x", "title_fr": "=1+1", "sku": "+33", "price": "1.00"}
    sheet = load_workbook(io.BytesIO(written_sheet([row], False))).active
    told = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    assert [(told[name].value, told[name].data_type) for name in ("title_fr", "sku", "price")] == [
        ("'=1+1", "s"),
        ("'+33", "s"),
        (1, "n"),
    ]
    [back] = goods(table_in(written_sheet([row], False)))
    assert (back.texts["fr"].title, back.sku, back.price) == ("=1+1", "+33", 100)


def test_the_office_reads_a_spreadsheet(app: Flask, client: FlaskClient, shop: Organisation) -> None:
    person = a_person("Yasmine")
    joins(person, shop, "seller")
    sign_in(client, person)
    before = db.session.scalar(select(func.count()).select_from(Product))

    def send(content: bytes) -> Any:
        sent = {"file": (io.BytesIO(content), "goods.xlsx"), "format": "auto", "step": "write"}
        return post(client, "/fr/sell/tifawin/products/import", **sent)

    assert send(a_book(HEAD, ["Miel", 12.5, 4, 6110123002011.0])).status_code == 200
    refused = send(b"\xd0\xcf\x11\xe0" + b"\x00" * 600)
    assert refused.status_code == 422
    assert "C’est une feuille de calcul d’une autre sorte (XLS)." in text_of(refused)
    assert db.session.scalar(select(func.count()).select_from(Product)) == (before or 0) + 1
    assert run(app, import_group, "/dev/null", "--cooperative", "tifawin")[0] == 1
