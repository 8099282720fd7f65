"""Tables of comma-separated values are read exactly."""

import json
from pathlib import Path

import pytest

from catalog.gateway.formats import guess
from catalog.gateway.goods import plain
from catalog.gateway.own import guarded
from catalog.gateway.table import read_table

# The expected reading of one file beside the others has another telephone number than the file itself.
ODD_EXPECTATION = "location_coordinates"


def test_csv_spectrum_is_read_exactly(shared: Path) -> None:
    folder = shared / "data/messy/csv-spectrum"
    names = sorted(path.stem for path in (folder / "csvs").glob("*.csv"))
    assert len(names) == 12
    for name in names:
        expected = json.loads((folder / "json" / f"{name}.json").read_text())
        content = (folder / "csvs" / f"{name}.csv").read_bytes()
        read = [row.cells for row in read_table(content).rows]
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
    assert guess(columns) == found


def test_markup_becomes_plain_text() -> None:
    assert (
        plain("<p>One</p><ul><li>two</li><li>three &amp; four</li></ul><script>alert(1)</script>")
        == "One\n\n- two\n- three & four"
    )
    assert plain("1 < 2") == "1 < 2"
    assert plain("no markup") == "no markup"


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_formulas_are_guarded(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded("plain") == "plain"
