"""The formats we read: our own, Shopify's, WooCommerce's, Open Food Network's, any table whose columns can be guessed."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.kernel.errors import Invalid
from app.kernel.text import LANGUAGES, fold
from catalog.gateway.goods import (
    ONLY,
    PARENT,
    PICTURE,
    VARIANT,
    Goods,
    Problem,
    Reader,
    by_handle,
    handle_in,
    language_of,
    spoken_in,
)
from catalog.gateway.identity import identified, without_doubles
from catalog.gateway.markup import plain
from catalog.gateway.table import Row, Table
from catalog.rules.categories import guessed
from catalog.rules.facts import TextFacts
from catalog.rules.products import SALE_UNITS

OWN_SIZE = "variant:"
LONGEST_SAMPLE = 2_000  # of a cell, to find out its language
FORMATS = ("auto", "tiwizi", "shopify", "woocommerce")
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
)
NEEDED = {
    "tiwizi": ("handle",),
    "shopify": ("Handle", "Title", "Variant Price"),
    "woocommerce": ("Name", "Type"),
    "ofn": ("producer", "name", "on_hand"),
}
GUESSES = {
    "handle": ("handle", "slug", "permalink"),
    "title": (
        "title",
        "name",
        "product_name",
        "product name",
        "nom",
        "nom du produit",
        "produit",
        "designation",
        "libelle",
        "article",
        "اسم المنتج",
        "الاسم",
        "المنتج",
        "اسم",
    ),
    "description": ("description", "desc", "details", "texte", "وصف", "الوصف"),
    "ingredients": ("ingredients", "ingredients_text", "composition", "المكونات", "مكونات"),
    "variant": ("variant", "variant name", "option1 value", "variante", "declinaison", "النوع"),
    "variant_2": ("option2 value",),
    "variant_3": ("option3 value",),
    "currency": ("currency", "currency code", "devise", "monnaie", "العملة"),
    "language": ("language", "locale", "lang", "langue", "اللغة"),
    "category": ("category", "categories", "categorie", "rayon", "type", "famille", "الصنف", "الفئة"),
    "price": ("price", "prix", "tarif", "prix ttc", "prix_ttc", "prix de vente", "الثمن", "ثمن", "السعر", "سعر"),
    "sku": ("sku", "ref", "reference", "code article", "code_article", "المرجع"),
    "barcode": ("barcode", "code", "ean", "ean13", "gtin", "upc", "code-barres", "code barres", "code barre", "الرمز"),
    "stock": ("stock", "on_hand", "qty", "quantite en stock", "inventory", "disponible", "المخزون"),
    "quantity": ("quantity", "contenance", "conditionnement", "poids", "size", "الكمية"),
    "unit": ("unit", "unite", "unit_type", "الوحدة"),
    "weight_grams": ("weight_grams", "grams", "poids brut"),
    "picture": ("image", "image_url", "image src", "photo", "photos", "images", "صورة"),
}


def detected(table: Table) -> str:
    """The format whose own columns the file has; else "guessed"."""
    there = set(table.columns)
    if {"handle", "sku", "price"} <= there and any(f"title_{code}" in there for code in LANGUAGES):
        return "tiwizi"
    return next((name for name in ("shopify", "woocommerce", "ofn") if set(NEEDED[name]) <= there), "guessed")


def goods_in(
    table: Table, wanted: str, currency: str, columns: Mapping[str, str] | None = None, language: str | None = None
) -> tuple[str, list[Goods]]:
    """The format's name and one Goods for each row of the table. Raises Invalid when columns are missing."""
    name = "mapped" if columns is not None else detected(table) if wanted == "auto" else wanted
    missing = [column for column in NEEDED.get(name, ()) if column not in table.columns]
    if missing:
        raise Invalid("catalog-file-headers-missing", "file", columns=", ".join(missing))
    mapping = columns if columns is not None else guess(table.columns) if name == "guessed" else {}
    if name in ("guessed", "mapped") and "title" not in mapping:
        raise Invalid("catalog-file-headers-missing", "file", columns="title")
    latin = language or spoken_in([text for row in table.rows[:500] for text in _prose(row, name, mapping)])
    read: Callable[[Reader], Goods] = {
        "tiwizi": _own,
        "shopify": lambda reader: _shopify(reader, latin),
        "woocommerce": lambda reader: _woo(reader, latin),
        "ofn": lambda reader: _ofn(reader, latin),
    }.get(name, lambda reader: _mapped(reader, mapping, latin))
    rows = []
    for row in table.rows:
        reader = Reader(row, currency)
        goods = read(reader)
        rows.append(replace(goods, problem=reader.problem or goods.problem))
    return name, without_doubles(_with_parents(identified(rows)) if name in ("guessed", "mapped") else rows)


def guess(columns: Sequence[str]) -> dict[str, str]:
    """Our field to their column, by the words people use for it."""
    folded = {fold(column).replace("_", " ").strip(): column for column in reversed(columns)}
    mapping: dict[str, str] = {}
    for name, words in GUESSES.items():
        column = next(
            (folded[fold(word).replace("_", " ")] for word in words if fold(word).replace("_", " ") in folded), None
        )
        if column is not None and column not in mapping.values():
            mapping[name] = column
    return mapping


def read_map(content: bytes, columns: Sequence[str]) -> dict[str, str]:
    """A map of columns: a JSON object of our field names to column names of the file. Raises Invalid."""
    try:
        said = json.loads(content)
    except (ValueError, RecursionError) as broken:
        raise Invalid("catalog-map-wrong", "map", problem="JSON") from broken
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise Invalid("catalog-map-wrong", "map", problem="{field: column}")
    there = set(columns)
    wrong = [f"{key}" for key in said if key not in GUESSES] + [value for value in said.values() if value not in there]
    if wrong:
        raise Invalid("catalog-map-wrong", "map", problem=wrong[0][:80])
    return said


def _prose(row: Row, name: str, mapping: Mapping[str, str]) -> list[str]:
    columns = {
        "shopify": ("Title", "Body (HTML)"),
        "woocommerce": ("Name", "Description"),
        "ofn": ("name", "description"),
    }.get(name, tuple(mapping.get(key, "") for key in ("title", "description")))
    return [plain(row.cells.get(column, "")[:LONGEST_SAMPLE]) for column in columns]


def _texts(title: str, description: str, latin: str, ingredients: str = "") -> dict[str, TextFacts]:
    return {language_of(title, latin): TextFacts(title, description, ingredients)} if title else {}


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
        labels=tuple(filter(None, text("labels").split("|"))) or None,
        origin=text("origin") or None,
        names=names,
        price=reader.price("price"),
        unit=amount[1] if amount else None,
        quantity=amount[0] if amount else None,
        sku=text("sku") or None,
        barcode=reader.barcode("barcode"),
        weight_grams=reader.weight("weight_grams", "g"),
        stock=None if stock == stock_was else stock,
        stock_was=stock_was,
        active=reader.flag("on_sale"),
        published=None if not text("state") else text("state") == "published",
    )
    if not text("handle"):
        return replace(goods, problem=Problem("catalog-row-key", {"column": "handle"}))
    return goods if amount else replace(goods, problem=Problem("catalog-row-quantity", {"value": text("quantity")[:40]}))


def _shopify(reader: Reader, latin: str) -> Goods:
    """A handle's first row says what the product is; each further row is a variant, or nothing but a picture."""
    text = reader.text
    handle, title = text("Handle"), text("Title")
    options = [text(f"Option{number} Value") for number in (1, 2, 3)]
    named = " / ".join(one for one in options if one and one != "Default Title")
    body = plain(text("Body (HTML)"))
    language = language_of(title or named, latin)
    is_variant = bool(text("Variant Price") or text("Variant SKU") or any(options))
    measure = reader.quantity(f"{named} {title}", None)
    price = reader.price("Variant Price")
    return Goods(
        reader.row.line,
        by_handle(handle),
        (named or ONLY) if is_variant else f"picture {text('Image Position') or reader.row.line}",
        kind=VARIANT if is_variant else PICTURE,
        texts=_texts(title, body, latin),
        category=_category(text("Type"), text("Tags")),
        names={language: named} if named else {},
        price=price,
        unit=measure[1] if measure else None,
        quantity=measure[0] if measure else None,
        sku=text("Variant SKU") or None,
        barcode=reader.barcode("Variant Barcode"),
        weight_grams=reader.weight("Variant Grams", "g"),
        stock=reader.stock("Variant Inventory Qty"),
        published=False if text("Status").casefold() in ("draft", "archived") else reader.flag("Published"),
        pictures=bool(text("Image Src")) + bool(text("Variant Image")),
        problem=None if handle else Problem("catalog-row-key", {"column": "Handle"}),
    )


def _woo(reader: Reader, latin: str) -> Goods:
    """Simple products, and variable ones whose variations name them as parent by number or article number."""
    text = reader.text
    kind, own = text("Type").casefold(), text("SKU") or (f"id:{text('ID')}" if text("ID") else "")
    parent, title = text("Parent"), text("Name")
    variation = "variation" in kind
    named = " / ".join(filter(None, (text(f"Attribute {number} value(s)") for number in (1, 2, 3)))) if variation else ""
    body = plain(text("Description") or text("Short description"))
    key = parent if variation else own
    measure = reader.quantity(f"{named} {title}", None)
    return Goods(
        reader.row.line,
        f"woo:{key}",
        PARENT if "variable" in kind else (f"id:{text('ID')}" if text("ID") else named or own) if variation else ONLY,
        kind=PARENT if "variable" in kind else VARIANT,
        texts={} if variation else _texts(title, body, latin),
        category=_category(*text("Categories").replace(">", ",").split(",")),
        names={language_of(named, latin): named} if named else {},
        price=None if "variable" in kind else reader.price("Sale price") or reader.price("Regular price"),
        unit=measure[1] if measure else None,
        quantity=measure[0] if measure else None,
        sku=text("SKU") or None,
        barcode=reader.barcode("GTIN, UPC, EAN, or ISBN"),
        weight_grams=reader.weight("Weight (kg)", "kg"),
        stock=reader.stock("Stock"),
        published=reader.flag("Published"),
        pictures=len(text("Images").split(",")) if text("Images") else 0,
        problem=None if key else Problem("catalog-row-key", {"column": "SKU"}),
    )


def _ofn(reader: Reader, latin: str) -> Goods:
    """Open Food Network: rows of one producer and name are the variants of one product."""
    text = reader.text
    measured = reader.quantity(text("units") or "1", reader.unit(text("unit_type")))
    if measured is None and reader.problem is None:
        reader.problem = Problem("catalog-row-quantity", {"value": text("units")[:40]})
    amount = measured or (1, "piece")
    shown = text("display_name")
    return Goods(
        reader.row.line,
        f"ofn:{text('producer')}/{text('name')}",
        f"{shown} {amount[0]}{amount[1]}".strip(),
        texts=_texts(text("name"), plain(text("description")), latin),
        category=_category(text("category")),
        names={language_of(shown, latin): shown} if shown else {},
        price=reader.price("price"),
        unit=amount[1],
        quantity=amount[0],
        sku=text("sku") or None,
        stock=reader.stock("on_hand"),
        problem=None if text("name") else Problem("catalog-row-title"),
    )


def _mapped(reader: Reader, columns: Mapping[str, str], latin: str) -> Goods:
    """Any table. Rows of one handle are one product; without a handle each row is one.

    It is known again by handle; without one by barcode, article number or name, as gateway.identity says.
    """
    text: Callable[[str], str] = lambda name: reader.text(columns.get(name))  # noqa: E731  reads as a sentence below
    handle, title, sku, said = (text(name) for name in ("handle", "title", "sku", "language"))
    barcode = reader.barcode(columns.get("barcode"))
    named = " / ".join(filter(None, (text(name) for name in ("variant", "variant_2", "variant_3"))))
    spoken = said[:2].casefold()
    amount = _amount(reader, text("quantity"), text("unit"), f"{named} {title}")
    elsewhere = text("currency").upper() not in ("", reader.currency)  # a price in other money is none here
    price = None if elsewhere else reader.price(columns.get("price"))
    words = _texts(title, plain(text("description")), latin, plain(text("ingredients")))
    silent = elsewhere and handle and not (title or named)
    translates = bool(spoken) and price is None and not (sku or barcode or named)
    goods = Goods(
        reader.row.line,
        by_handle(handle) if handle else "",
        f"{text('currency')} {sku}" if silent else named or (f"text {spoken}" if translates else ONLY),
        kind=PARENT if translates or silent else VARIANT,
        texts={spoken: next(iter(words.values()))} if spoken and words else words,
        category=_category(*text("category").split(",")),
        names={language_of(named, latin): named} if named else {},
        price=price,
        unit=amount[1] if amount else None,
        quantity=amount[0] if amount else None,
        sku=sku or None,
        barcode=barcode,
        weight_grams=reader.weight(columns.get("weight_grams"), "g"),
        stock=reader.stock(columns.get("stock")),
        pictures=bool(text("picture")),
        problem=None if title or handle else Problem("catalog-row-title"),
    )
    if not spoken or spoken in LANGUAGES:
        return goods
    return replace(goods, problem=Problem("catalog-unknown-language"), spoils=goods.kind == VARIANT)


def _with_parents(rows: Sequence[Goods]) -> list[Goods]:
    """A row without price and option among others of its handle that have one says things of the product only."""
    optioned = {row.product_key for row in rows if row.names and handle_in(row.product_key) is not None}
    return [
        replace(row, kind=PARENT) if row.product_key in optioned and not row.names and row.price is None else row
        for row in rows
    ]


def _amount(reader: Reader, quantity: str, unit: str, title: str) -> tuple[int, str] | None:
    """The quantity column with its unit ("250", "g"), or both in one cell ("250 g"), or what the name says."""
    known = reader.unit(unit) if quantity else "piece"
    if quantity and (known != "piece" or unit.casefold() in SALE_UNITS):
        measure = reader.quantity(quantity, known)
    else:
        measure = reader.quantity(quantity or title, None)
    if quantity and measure is None and reader.problem is None:
        measure = reader.quantity(quantity, "piece")
    if quantity and measure is None and reader.problem is None:
        reader.problem = Problem("catalog-row-quantity", {"value": quantity[:40]})
    return measure


def _category(*said: str) -> str | None:
    """The first of these words that names a category of ours."""
    return next((key for key in (guessed(word) for word in said if word.strip()) if key is not None), None)
