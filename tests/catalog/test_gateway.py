"""Tables of comma-separated values are read exactly."""

import json
from pathlib import Path

import pytest

from app.kernel.errors import Invalid
from catalog.gateway.formats import goods_in
from catalog.gateway.goods import Goods
from catalog.gateway.headers import columns_of
from catalog.gateway.markup import plain
from catalog.gateway.own import guarded
from catalog.gateway.table import read_table
from catalog.rules.reading import measure_in
from tests.writings import WRITINGS

# The expected reading of one file beside the others has another telephone number than the file itself.
ODD_EXPECTATION = "location_coordinates"


def test_csv_spectrum_is_read_exactly(shared: Path) -> None:
    folder = shared / "data/messy/csv-spectrum"
    names = sorted(path.stem for path in (folder / "csvs").glob("*.csv"))
    assert len(names) == 12
    for name in names:
        expected = json.loads((folder / "json" / f"{name}.json").read_text())
        content = (folder / "csvs" / f"{name}.csv").read_bytes()
        table = read_table(content)
        read = [{column: row.cells.get(column, "") for column in table.columns} for row in table.rows]
        if name == ODD_EXPECTATION:
            expected = [{**expected, "Contact Phone Number": "2095257564"}]
        if b"\r\n" not in content:
            expected = json.loads(json.dumps(expected).replace("\\r\\n", "\\n"))
        assert read == expected, name


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (
            ["barcode", "product_name", "ingredients", "image_url", "fat_100g"],
            {"barcode": "barcode", "title": "product_name", "ingredients": "ingredients", "picture": "image_url"},
        ),
        (["Référence", "Désignation", "Prix TTC"], {"sku": "Référence", "title": "Désignation", "price": "Prix TTC"}),
        (["المنتج", "الثمن", "الباركود"], {"title": "المنتج", "price": "الثمن"}),
        (["a", "b"], {}),
    ],
)
def test_columns_are_guessed_by_the_words_people_use(columns: list[str], found: dict[str, str]) -> None:
    assert {called: those[0] for called, those in columns_of("guessed", columns, ()).fields.items()} == found


def test_markup_becomes_plain_text() -> None:
    assert (
        plain("<p>One</p><ul><li>two</li><li>three &amp; four</li></ul><script>alert(1)</script>")
        == "One\n\n- two\n- three & four"
    )
    assert plain("1 < 2") == "1 < 2"
    assert plain("no markup") == "no markup"
    assert plain("<p title='a>b'>One<tr>two</p><!-- three --> AT&T") == "Onetwo\nAT&T"
    assert plain("<h2>Miel</h2>de <b>thym</b><br/>1 kg<style>p{}</style>") == "Miel\nde thym\n1 kg"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_formulas_are_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded("plain") == "plain"


def rows_of(content: bytes) -> list[dict[str, str]]:
    return [row.cells for row in read_table(content).rows]


@pytest.mark.parametrize(
    ("content", "cells"),
    [
        ("title,price\nMiel é,5\n".encode("utf-16-le"), {"title": "Miel é", "price": "5"}),
        ("title;price\nعسل;5\n".encode("utf-16-be"), {"title": "عسل", "price": "5"}),
        (b"nom;prix\rMiel;1,50\rSafran;2,50\r", {"nom": "Miel", "prix": "1,50"}),
        (b"sep=;\r\nnom;prix\r\nMiel;1,50\r\n", {"nom": "Miel", "prix": "1,50"}),
        (b"nom\nMiel\n", {"nom": "Miel"}),
    ],
)
def test_marks_line_ends_and_delimiters_of_old_programs(content: bytes, cells: dict[str, str]) -> None:
    assert rows_of(content)[0] == cells


def test_a_cell_of_any_length_is_read() -> None:
    assert rows_of(b"title,text\nMiel," + b"x" * 500_000)[0]["text"] == "x" * 500_000


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("title\nThé à l’été\n".encode() + b"caf\xe9\n", "catalog-file-encoding"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"a" * 600, "catalog-file-not-text"),
        (bytes(range(1, 32)) * 20, "catalog-file-not-text"),
        (b"title\nMi\x00el\n", "catalog-file-not-text"),
    ],
)
def test_what_would_be_read_wrongly_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_table(content)
    assert refused.value.code == code


def test_a_stray_control_character_spoils_its_row_alone() -> None:
    table = read_table(b"title,price\n" + b"Miel,1\n" * 40 + b"a\x0bb,2\n")
    _name, goods = goods_in(table, "auto", "MAD")
    assert [one.line for one in goods if one.problem and one.problem.code == "catalog-row-characters"] == [42]


@pytest.mark.parametrize(
    ("text", "measure"),
    [
        ("6 x 250 ml", (1500, "ml")),
        ("12×25cl", (3000, "ml")),
        ("Miel 1,5 kg", (1500, "g")),
        ("Huile 75 cl", (750, "ml")),
        ("Eau 5L", (5000, "ml")),
        ("عسل ٥٠٠ غ", (500, "g")),
        ("Tapis 2 m x 3 m", None),
        ("Nappe 1,5 m × 2,5 m", None),
        ("Tapis 200x300 cm", None),
        ("Miel 1/2 kg", None),
    ],
)
def test_a_measure_named_in_a_title(text: str, measure: tuple[int, str] | None) -> None:
    assert measure_in(text) == measure


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1,250", None),
        ("1.250", None),
        ("1 250", 125000),
        ("1.250,00", 125000),
        ("1,250.00", 125000),
        ("0,500", 50),
        ("12.5000", 1250),
        ("١٢٫٥٠", 1250),
        ("-5", None),
        ("1e3", None),
    ],
)
def test_a_price_that_may_be_two_is_none(text: str, minor: int | None) -> None:
    row = goods_of(f'title,price\nMiel,"{text}"\n')[0]
    assert row.price == minor
    assert (row.problem is None) is (minor is not None)


def goods_of(text: str) -> list[Goods]:
    return goods_in(read_table(text.encode()), "auto", "MAD")[1]


@pytest.mark.parametrize(
    ("text", "code", "facts"),
    [
        ("title,price\nMiel,12 €\n", "catalog-row-currency", {"value": "12 €", "written": "€", "currency": "MAD"}),
        ("title,price\nMiel,$12\n", "catalog-row-currency", {"written": "$"}),
        ("title,price\nMiel,12 EUR\n", "catalog-row-currency", {"written": "EUR"}),
        ("title,price\nMiel,12 %\n", "catalog-row-price", {}),
        ("title,price,stock\nMiel,12,5 kg\n", "catalog-row-number", {}),
        ("title,price,quantity,unit\nMiel,12,500 g,kg\n", "catalog-row-unit", {"written": "g"}),
        ("title,price,quantity,unit\nMiel,12,12 kg,piece\n", "catalog-row-unit", {"written": "kg"}),
        ("title,price,quantity,unit\nMiel,12,12,oz\n", "catalog-row-unit", {"value": "oz", "written": "oz"}),
        ("title,price,quantity\nMiel,12,12 oz\n", "catalog-row-quantity", {}),
        ("title,price,weight_grams\nMiel,12,5 MAD\n", "catalog-row-weight", {}),
        ("title,price,weight_grams\nMiel,12,5 ml\n", "catalog-row-unit", {"written": "ml"}),
        ("Name,Type,Regular price,Weight (kg)\nMiel,simple,12,5 €\n", "catalog-row-weight", {}),
        ("producer,name,on_hand,units,unit_type,price\nA,Miel,1,500 g,kg,12\n", "catalog-row-unit", {"written": "g"}),
        ("producer,name,on_hand,units,unit_type,price\nA,Miel,1,1,lb,12\n", "catalog-row-unit", {"written": "lb"}),
        ("producer,name,on_hand,units,unit_type,price\nA,Miel,1,some,g,12\n", "catalog-row-quantity", {"value": "some"}),
    ],
)
def test_no_sign_or_unit_beside_a_number_is_dropped(text: str, code: str, facts: dict[str, str]) -> None:
    [row] = goods_of(text)
    assert row.problem is not None
    assert (row.problem.code, row.problem.facts | facts) == (code, row.problem.facts)
    assert row.price in (None, 1200)


def test_a_unit_is_known_by_the_words_people_use() -> None:
    lines = ("500,grammes", "1.5,Kilos", "75,cl", "2 kg,kg", "1,pot", "250 g,pot", "6,")
    rows = goods_of("title,price,quantity,unit\n" + "".join(f"Miel,12,{line}\n" for line in lines))
    measures = [(500, "g"), (1500, "g"), (750, "ml"), (2000, "g"), (1, "piece"), (250, "g"), (6, "piece")]
    assert [(row.quantity, row.unit) for row in rows] == measures
    [weighed] = goods_of("Name,Type,Regular price,Weight (kg)\nMiel,simple,12 DH,500 g\n")
    assert (weighed.weight_grams, weighed.price) == (500, 1200)


def test_rows_of_one_handle_are_one_product_with_its_options() -> None:
    rows = goods_of(
        "slug,sku,name,price,option1_value,option2_value\n"
        "pot,POT,Pot de terre,0,,\npot,POT-R,,30,Rouge,Grand\npot,POT-B,,31,Bleu,Grand\ncruche,CR,Cruche,12,,\n"
    )
    assert [(row.product_key, row.kind, dict(row.names), row.price) for row in rows] == [
        ("handle:pot", "parent", {}, None),
        ("handle:pot", "variant", {"fr": "Rouge / Grand"}, 3000),
        ("handle:pot", "variant", {"fr": "Bleu / Grand"}, 3100),
        ("handle:cruche", "variant", {}, 1200),
    ]
    assert not [row for row in rows if row.problem]


def test_a_table_of_translations_says_its_language() -> None:
    rows = goods_of("slug,locale,name\npot,en,Clay pot\npot,ar,Tajine\npot,de,Topf\n")
    assert [(row.kind, list(row.texts)) for row in rows[:2]] == [("parent", ["en"]), ("parent", ["ar"])]
    assert [row.problem.code if row.problem else None for row in rows] == [None, None, "catalog-unknown-language"]


def test_shops_that_sold_more_than_they_had_and_hidden_goods() -> None:
    one, two = goods_of(
        "Handle,Title,Variant Price,Variant Inventory Qty,Published,Status\na,A,3,-4,true,active\nb,B,3,2,true,draft\n"
    )
    assert (one.stock, one.published, one.problem) == (0, True, None)
    assert (two.stock, two.published) == (2, False)


@pytest.mark.parametrize("writing", ["LRM", "LRE…PDF", "zero-width space"])
def test_what_nobody_sees_in_a_cell_makes_no_other_goods(writing: str) -> None:
    """The article is known again, a draft stays one."""
    write = WRITINGS[writing]
    [goods] = goods_of(
        f"Handle,Title,Variant SKU,Variant Price,Published,Status\nmiel,Miel,{write('A-12')},3,true,{write('draft')}\n"
    )
    [plainly] = goods_of(f"name,sku,price\n{write('Miel')},{write('A-12')},3\n")
    assert (goods.row_key, goods.sku, goods.published, goods.problem) == ("only", "A-12", False, None)
    assert (plainly.product_key, plainly.sku, plainly.texts["fr"].title) == ("sku:A-12", "A-12", "Miel")


@pytest.mark.parametrize("barcode", ["6 111242 106949", "611124-2106949", "'6111242106949", "٦١١١٢٤٢١٠٦٩٤٩"])
def test_goods_are_known_by_their_barcode_however_it_is_written(barcode: str) -> None:
    [goods] = goods_of(f"name,barcode,price\nMiel,{barcode},12\n")
    assert (goods.product_key, goods.row_key) == ("barcode:6111242106949", "barcode:6111242106949")


@pytest.mark.parametrize("table", ["utf-8", "cp1252", "latin-1", "mac_roman", "cp850"])
@pytest.mark.parametrize("text", ["Thé à la menthe", "CRÈME BRÛLÉE", "Pâté de féverole, noël", "Gâteau aux œufs"])
def test_french_is_read_whatever_table_of_letters_the_programme_had(table: str, text: str) -> None:
    """Windows, Unix, old Macintosh, the "MS-DOS" of spreadsheets; a letter that a table has not is not written in it."""
    text = text.encode(table, "ignore").decode(table)
    content = f"Nom;Prix;Quantité\r\n{text};12,50;5\r\n".encode(table)
    assert [row.cells for row in read_table(content).rows] == [{"Nom": text, "Prix": "12,50", "Quantité": "5"}]


@pytest.mark.parametrize("table", ["cp1256", "iso8859_6", "utf-8"])
def test_arabic_is_read_whatever_table_of_letters_the_programme_had(table: str) -> None:
    content = "المنتج;الثمن\nزيت أركان ممتاز;130\nعسل الزعتر;120\n".encode(table)
    assert [row.cells["المنتج"] for row in read_table(content).rows] == ["زيت أركان ممتاز", "عسل الزعتر"]


@pytest.mark.parametrize(
    ("header", "currency", "price", "notes"),
    [
        ("Prix (DH)", "MAD", 12000, []),
        ("Prix en dirhams", "MAD", 12000, []),
        ("Prix TTC (MAD)", "MAD", 12000, []),
        ("الثمن بالدرهم", "MAD", 12000, []),
        ("السعر (درهم)", "MAD", 12000, []),
        ("Prix ($)", "CAD", 12000, []),
        ("Prix (€)", "MAD", None, ["catalog-note-currency"]),
        ("Price USD", "MAD", None, ["catalog-note-currency"]),
        ("Prix (DH)", "CAD", None, ["catalog-note-currency"]),
    ],
)
def test_the_money_a_header_names_is_taken_or_told(header: str, currency: str, price: int | None, notes: list[str]) -> None:
    [row] = goods_in(read_table(f"Nom;{header};Stock\nMiel;120;5\n".encode()), "auto", currency)[1]
    assert (row.price, [note.code for note in row.notes], row.problem) == (price, notes, None)


def test_of_prices_in_several_moneys_the_shops_own_is_taken() -> None:
    [row] = goods_of("Nom,Prix EUR,Prix MAD\nMiel,11,120\n")
    assert (row.price, row.notes) == (12000, ())
