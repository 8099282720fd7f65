"""The look keeps its promises: contrast, logical properties, budgets, no inline anything, every word in three languages."""

import gzip
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from jinja2.ext import babel_extract

from app.web.drawings import DRAWINGS, SAME_DRAWING, SHAPES, region_tiles, tile_map, two_lines
from app.web.drawings import GROUNDS as DRAWN_ON
from app.web.goods_drawn import FORMS
from app.web.icons import drawing

WEB = Path(__file__).parents[2] / "app" / "web"
STATIC = WEB / "static"
OWN = ("base", "components", "forms", "icons", "error", "design")
TEMPLATES = [WEB / "templates" / "web" / f"{name}.html" for name in OWN]
HOUSE = WEB.parents[1]
CSS = (STATIC / "tiwizi.css").read_text(encoding="utf-8")
RULES = re.sub(r"/\*.*?\*/", "", CSS, flags=re.S)

GROUNDS = ("ground", "surface", "sunken")
TEXT_ON_GROUNDS = [(text, ground) for text in ("ink", "muted", "indigo", "terracotta-deep") for ground in GROUNDS]
TEXT_ON_TINTS = [
    *[("ink", f"{tint}-soft") for tint in ("indigo", "saffron", "argan", "terracotta")],
    ("indigo", "indigo-soft"),
    ("argan", "argan-soft"),
    ("terracotta-deep", "terracotta-soft"),
    ("muted", "saffron-soft"),
    ("argan", "ground"),
    ("argan", "surface"),
    ("terracotta", "surface"),
    ("on-indigo", "indigo"),
    ("on-indigo", "indigo-deep"),
    ("on-saffron", "saffron"),
    ("on-saffron", "saffron-deep"),
    ("on-terracotta", "terracotta"),
    ("surface", "argan"),
]
EDGES = [("edge", "ground"), ("edge", "surface"), ("indigo", "ground"), ("argan", "sunken")]


def palette(scheme: str) -> dict[str, str]:
    light = re.search(r":root \{(.*?)\n\}", CSS, re.S)
    dark = re.search(r"prefers-color-scheme: dark\) \{\s*:root \{(.*?)\}", CSS, re.S)
    assert light is not None
    assert dark is not None
    colours = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6})", light[1]))
    return colours if scheme == "light" else {**colours, **dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6})", dark[1]))}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), [*TEXT_ON_GROUNDS, *TEXT_ON_TINTS])
def test_every_text_can_be_read_on_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = palette(scheme)
    assert contrast(colours[text], colours[ground]) >= 5.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("edge", "ground"), EDGES)
def test_the_edge_of_a_field_can_be_seen(scheme: str, edge: str, ground: str) -> None:
    colours = palette(scheme)
    assert contrast(colours[edge], colours[ground]) >= 3


def test_the_palette_is_the_one_that_was_decided() -> None:
    decided = {
        "ground": ("#FBF8F1", "#12141F"),
        "surface": ("#FFFFFF", "#1A1D2C"),
        "ink": ("#1B2140", "#F1ECDF"),
        "muted": ("#5A5F78", "#B3B0A6"),
        "indigo": ("#2B3A8C", "#A9B8FF"),
        "saffron": ("#E0A021", "#F2C14E"),
        "argan": ("#3E6B3A", "#8FC98A"),
        "terracotta": ("#A8452A", "#F09A7B"),
        "line": ("#D9CFBA", "#3A3F57"),
    }
    assert {name: (palette("light")[name], palette("dark")[name]) for name in decided} == decided


def test_saffron_is_a_ground_and_never_a_text() -> None:
    assert not re.search(r"(?<![-a-z])color: var\(--saffron", RULES)


def test_the_stylesheet_knows_no_left_and_no_right() -> None:
    physical = r"(?:min-|max-)?(?:width|height)|left|right|top|bottom|(?:margin|padding|border)-(?:left|right|top|bottom)"
    assert re.findall(rf"[;{{]\s*(?:{physical})\s*:", RULES) == []
    assert re.findall(r"(?:text-align|float|clear):\s*(?:left|right)", RULES) == []


def test_arabic_letters_are_never_spaced_apart() -> None:
    assert "letter-spacing" not in RULES


def test_every_token_that_is_used_is_defined() -> None:
    everywhere = CSS + "".join((STATIC / name).read_text(encoding="utf-8") for name in ("drawings.svg", "goods.svg"))
    assert set(re.findall(r"var\(--([a-z0-9-]+)", everywhere)) - set(re.findall(r"--([a-z0-9-]+):", CSS)) == set()


@pytest.mark.parametrize(
    ("name", "budget"),
    [
        ("tiwizi.css", 20_000),
        ("tiwizi.js", 15_000),
        ("passkey.js", 1_500),
        ("icons.svg", 8_000),
        ("drawings.svg", 20_000),
        ("goods.svg", 16_000),
    ],
)
def test_what_every_page_loads_is_small(name: str, budget: int) -> None:
    assert len(gzip.compress((STATIC / name).read_bytes(), 6)) <= budget


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=\"", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)", text) == []
    assert re.findall(r"(?:src|href|action)=\"(?:https?:)?//", text) == []


def test_drawings_and_icons_load_nothing_and_run_nothing() -> None:
    for path in STATIC.glob("*.svg"):
        root = ElementTree.parse(path).getroot()
        names = {element.tag.rpartition("}")[2] for element in root.iter()}
        assert names <= {"svg", "symbol", "path", "circle", "ellipse", "rect", "g"}, path.name
        assert all("style" not in element.attrib and "href" not in element.attrib for element in root.iter())


def symbols(name: str) -> set[str]:
    return {symbol.attrib["id"] for symbol in ElementTree.parse(STATIC / name).getroot()}


def test_every_kind_has_a_drawing_and_a_ground() -> None:
    assert symbols("drawings.svg") - {"mark"} == set(DRAWINGS) == set(DRAWN_ON)
    assert set(DRAWN_ON.values()) == {"indigo", "saffron", "argan", "terracotta"}
    assert set(SAME_DRAWING.values()) <= set(DRAWN_ON)


def test_every_shape_and_every_form_of_a_part_is_drawn() -> None:
    forms = {f"{part}-{form}" for part in ("back", "top", "mat") for form in range(FORMS)}
    assert symbols("goods.svg") == set(SHAPES) | forms
    assert set(SHAPES) & set(DRAWINGS) == set()
    assert set(SHAPES.values()) <= set(DRAWINGS)
    tones = {int(number) for number in re.findall(r"\.tone-(\d+) \{", CSS)}
    assert tones == set(range(FORMS))


def test_every_category_and_every_good_of_the_demo_is_drawn_as_what_it_is() -> None:
    files = [HOUSE / "catalog" / "categories.json", *(HOUSE / "catalog" / "demo" / "products").glob("*.json")]
    rows = [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))]
    assert {row["drawing"] for row in rows} <= set(DRAWINGS) - {"other", "services"}
    drawn = {row["key"]: row["drawing"] for row in rows if "key" in row}
    alike = ("argan-oil", "beauty-oils", "creams-balms", "soaps", "olive-oil", "olives-capers", "vinegar")
    assert [drawn[key] for key in alike] == ["argan-oil", "serum", "cream", "soap", "olive-oil", "olives", "vinegar"]


def test_every_icon_that_a_page_names_exists() -> None:
    rooms = ("app", "catalog", "orders", "projectbank", "academy")
    pages = [page for room in rooms for page in (HOUSE / room).rglob("*.html")]
    named = {name for page in pages for name in re.findall(r'\bicon(?:\(|=)"([a-z-]+)"', page.read_text(encoding="utf-8"))}
    assert named - symbols("icons.svg") == set()


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_word_of_the_shell_is_said_in_every_language(template: Path, language: str) -> None:
    with (WEB / "translations" / f"{language}.po").open("rb") as source:
        entries = [entry for entry in read_po(source, locale=language) if entry.id]
    said = {entry.id if isinstance(entry.id, str) else entry.id[0]: entry.string for entry in entries}
    with template.open("rb") as source:
        found = [messages for _, _, messages, _ in babel_extract(source, ["_", "ngettext"], [], {})]
    words = {message if isinstance(message, str) else message[0] for message in found if message}
    missing = {word for word in words if not said.get(word)}
    assert missing == set()


def test_arabic_counts_in_six_forms() -> None:
    with (WEB / "translations" / "ar.po").open("rb") as source:
        catalogue = read_po(source, locale="ar")
    counted = [entry for entry in catalogue if isinstance(entry.id, tuple)]
    assert catalogue.num_plurals == 6
    assert counted
    assert all(len(entry.string) == 6 and all(entry.string) for entry in counted)


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("Souss-Massa", ["Souss-", "Massa"]),
        ("Dakhla", ["Dakhla"]),
        ("Béni Mellal", ["Béni", "Mellal"]),
        ("Marrakech-Safi", ["Marrakech-", "Safi"]),
        ("الدار البيضاء", ["الدار", "البيضاء"]),
        ("Casablanca", ["Casablanca"]),
    ],
)
def test_the_name_of_a_region_fits_its_tile(name: str, lines: list[str]) -> None:
    assert two_lines(name) == lines


def test_the_map_names_every_region_once_and_keeps_west_on_the_left(app: Flask) -> None:
    drawn = tile_map(region_tiles("morocco"), {"MA-09": 23, "MA-01": 1}, "MA-09", lambda code: f"?region={code}&a=<b>")
    assert drawn.count("<li>") == 12
    assert drawn.count('aria-current="true"') == 1
    assert drawn.count("tile-chosen") == 1
    assert '<a href="?region=MA-09&amp;a=&lt;b&gt;" aria-current="true"><span>Souss-Massa</span> <b>23</b></a>' in drawn
    assert re.search(r'tile-0"><g transform="translate\(0 432\)"><title>Laâyoune', drawn)


def test_a_territory_without_regions_has_no_map() -> None:
    assert tile_map([], {}, None, str) == ""


@pytest.mark.parametrize(("kind", "drawn"), [("honey", "honey"), ("spices", "herbs"), ("no-such-kind", "other")])
def test_a_kind_is_drawn_by_any_of_its_words_and_an_unknown_one_as_other(app: Flask, kind: str, drawn: str) -> None:
    assert f'#{drawn}"/>' in drawing(kind)
    assert 'aria-hidden="true"' in drawing(kind)
    assert 'aria-label="A &#34;jar&#34;"' in drawing(kind, 'A "jar"')


@pytest.mark.parametrize(
    ("language", "direction", "title"),
    [
        ("fr", "ltr", "Les pièces de l’interface"),
        ("ar", "rtl", "عناصر الواجهة"),
        ("en", "ltr", "The pieces of the look"),
    ],
)
def test_the_design_page_shows_every_piece(client: FlaskClient, language: str, direction: str, title: str) -> None:
    page = client.get(f"/{language}/design").get_data(as_text=True)
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert page.count("<h1") == 1
    assert f"<h1>{title}</h1>" in page
    assert [kind for kind in DRAWINGS if f'#{kind}"/>' not in page] == []


def test_every_control_of_the_design_page_has_a_name(client: FlaskClient) -> None:
    answer = client.get("/en/design")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', page))
    fields = re.findall(r'<(?:input|select|textarea)(?![^>]*type="hidden")[^>]*\bid="([^"]+)"', page)
    assert fields
    assert set(fields) - labelled == set()
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids))
    described = {one for found in re.findall(r'aria-describedby="([^"]+)"', page) for one in found.split()}
    assert described - set(ids) == set()


def test_an_error_stands_beside_its_field_and_in_the_summary(client: FlaskClient) -> None:
    page = client.get("/en/design").get_data(as_text=True)
    assert '<li><a href="#bad-title">Name of the product</a> – This field is required.</li>' in page
    assert re.search(r'<p class="field-error" id="bad-title-error">.*?This field is required\.</span></p>', page, re.S)
    field = re.search(r'<input[^>]*id="bad-title"[^>]*>', page)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'aria-describedby="bad-title-error"' in field[0]


@pytest.mark.parametrize(("path", "kept"), [("/en/market?q=argan", "argan"), ("/en/projects?q=argan", "")])
def test_the_search_of_the_head_keeps_only_the_words_of_the_market(client: FlaskClient, path: str, kept: str) -> None:
    page = client.get(path).get_data(as_text=True)
    assert re.findall(r'<input id="site-q"[^>]* value="([^"]*)"', page) == [kept]


def test_the_market_has_one_search_field(client: FlaskClient) -> None:
    assert client.get("/fr/market").get_data(as_text=True).count('role="search"') == 1


def filters(app: Flask, options: int, chosen: int | None = None) -> str:
    macros: Any = app.jinja_env.get_template("web/forms.html").module
    each = [{"value": f"r{n}", "label": f"R{n}", "checked": n == chosen} for n in range(options)]
    with app.test_request_context("/en/market"):
        return str(macros.facets("/en/market", [{"name": "region", "label": "Region", "kind": "check", "options": each}]))


@pytest.mark.parametrize(("options", "folded"), [(0, 0), (10, 0), (11, 3), (12, 4)])
def test_a_long_list_of_filters_folds_what_comes_after_the_eighth(app: Flask, options: int, folded: int) -> None:
    shown, _fold, rest = filters(app, options).partition("<details>")
    assert shown.count("<input") + rest.count("<input") == options
    assert rest.count("<input") == folded
    assert (f"{folded} autres" in rest) == bool(folded)


def test_a_chosen_filter_is_never_folded_away(app: Flask) -> None:
    assert "<details open><summary>4 autres" in filters(app, 12, chosen=11)


@pytest.mark.parametrize(("heads", "plain"), [(["What", ("Amount", "num")], True), (["What", "Who", "When"], False)])
def test_a_table_of_two_columns_stays_a_table_on_a_phone(app: Flask, heads: list[Any], plain: bool) -> None:
    macros: Any = app.jinja_env.get_template("web/components.html").module
    assert ("table-plain" in macros.data_table("Money", heads, [["a"] * len(heads)])) is plain
