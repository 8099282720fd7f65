"""Rows of other shops' files as goods: Shopify, WooCommerce, PrestaShop, Etsy, Square, Medusa, Vendure, Odoo, Spree, OFN,
and any table whose columns are known by name.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.kernel.text import LANGUAGES, fold
from catalog.gateway.cells import Cells
from catalog.gateway.goods import ONLY, PARENT, PICTURE, VARIANT, Goods, Problem, by_handle, handle_in, language_of
from catalog.gateway.headers import NUMBERS
from catalog.rules.facts import TextFacts
from catalog.rules.products import SALE_UNITS

Read = Callable[[Cells, str], Goods]
NAMELESS = Problem("catalog-row-title")
NEVER_SOLD = {"grouped": "catalog-note-grouped", "external": "catalog-note-external"}


def _goods(cells: Cells, latin: str, key: str, row_key: str, named: str = "", kind: str = VARIANT) -> Goods:
    """What the columns say that mean the same in every file."""
    sized = kind == VARIANT
    amount = _amount(cells, named) if sized else None
    price = cells.price_here() if sized else None
    stock = cells.count() if sized else None
    uncounted = sized and stock is None and cells.sells_uncounted()
    if uncounted:
        cells.note("catalog-note-uncounted")
    title = cells.words("title")
    return Goods(
        cells.row.line,
        key,
        row_key,
        kind=kind,
        texts=_texts(cells, latin),
        category=cells.category(),
        names={language_of(named, language_of(title, latin)): named} if named else {},
        options=tuple(filter(None, (cells.words(f"option_{number}_name") for number in NUMBERS))),
        price=price,
        unit=amount[1] if amount else None,
        quantity=amount[0] if amount else None,
        sku=cells.said("sku") or None if sized else None,
        barcode=cells.barcode(cells.columns("barcode")[0]) if sized and cells.columns("barcode") else None,
        weight_grams=cells.weight_here() if sized else None,
        stock=stock,
        active=False if uncounted else None,
        published=cells.state(),
        pictures=cells.pictures(),
    )


def _texts(cells: Cells, latin: str) -> dict[str, TextFacts]:
    """By language where the headers name it, else in the language of the title."""
    said: dict[str, TextFacts] = {}
    for suffix in ("", *(f":{code}" for code in LANGUAGES)):
        title = cells.words(f"title{suffix}")
        if title:
            body = cells.prose(f"description{suffix}") or cells.prose(f"short_description{suffix}")
            language = suffix[1:] or language_of(title, latin)
            said[language] = TextFacts(title, body, cells.prose(f"ingredients{suffix}"))
    return said


def _amount(cells: Cells, named: str) -> tuple[int, str] | None:
    """The quantity column with its unit ("250", "g"), or both in one cell ("250 g"), or what the name says."""
    quantity, unit = cells.said("quantity"), cells.said("unit")
    known = cells.unit(unit) if quantity else "piece"
    if quantity and (known != "piece" or unit.casefold() in SALE_UNITS):
        measure = cells.quantity(quantity, known)
    else:
        measure = cells.quantity(quantity or f"{named} {cells.words('title')}", None)
    if quantity and measure is None and cells.problem is None:
        measure = cells.quantity(quantity, "piece")
    if quantity and measure is None and cells.problem is None:
        cells.problem = Problem("catalog-row-quantity", {"value": quantity[:40]})
    return measure


def _without(problem: Problem | None, goods: Goods) -> Goods:
    return replace(goods, problem=goods.problem or problem)


def _handled(cells: Cells, latin: str) -> Goods:
    """Shopify, Medusa: a handle's first row says what the product is; each further one is a size, or just a picture."""
    handle = cells.said("handle") or cells.said("id")
    named = " / ".join(cells.options()) or _size_name(cells)
    chosen = any(cells.columns(f"option_{number}") for number in NUMBERS) or cells.columns("variant")
    sized = bool(chosen or any(cells.columns(name) for name in ("price", "price_in", "sku", "stock")))
    key = (named or ONLY) if sized else f"picture {cells.said('picture_position') or cells.row.line}"
    goods = _goods(cells, latin, by_handle(handle), key, named, VARIANT if sized else PICTURE)
    column = next(iter((*cells.fields.get("handle", ()), *cells.fields.get("id", ()))), "handle")
    return _without(None if handle else Problem("catalog-row-key", {"column": column}), goods)


def _size_name(cells: Cells) -> str:
    named = cells.words("variant")
    return "" if fold(named) in ("default", "default variant", "default title", "regular", "normal") else named


def _spree(cells: Cells, latin: str) -> Goods:
    """The first row of an address says what the product is; a price in other money has a row of its own."""
    handle, named = cells.said("handle"), " / ".join(cells.options())
    elsewhere = cells.said("currency").upper() not in ("", cells.currency) and not (cells.said("title") or named)
    key = f"{cells.said('currency')} {cells.said('sku')}" if elsewhere else named or ONLY
    goods = _goods(cells, latin, by_handle(handle), key, named, PARENT if elsewhere else VARIANT)
    return _without(None if handle else Problem("catalog-row-key", {"column": "slug"}), goods)


def _woo(cells: Cells, latin: str) -> Goods:
    """Simple products, and variable ones whose variations name them as parent, by number or article number."""
    kind = cells.said("kind").casefold()
    called = f"id:{cells.said('id')}" if cells.said("id") else cells.said("sku")
    if "variation" in kind:
        named = " / ".join(cells.options())
        state, cells.fields = cells.state(), {**cells.fields, "state": (), "title": (), "category": ()}
        key = cells.said("parent")
        row_key = called if called.startswith("id:") else named or called
        goods = replace(_goods(cells, latin, f"woo:{key}", row_key, named), texts={})
        goods = replace(goods, active=False if state is False else goods.active)
    else:
        key = called
        parent = "variable" in kind
        goods = _goods(cells, latin, f"woo:{key}", PARENT if parent else ONLY, kind=PARENT if parent else VARIANT)
        goods = replace(goods, sku=cells.said("sku") or None)
        for word, note in NEVER_SOLD.items():
            if word in kind:
                cells.note(note)
                goods = replace(goods, published=False)
    return _without(None if key else Problem("catalog-row-key", {"column": "SKU"}), goods)


def woo_parents(rows: Sequence[Goods]) -> list[Goods]:
    """A variation may name its parent by article number: then it is the product of the row that bears it."""
    keys = {f"woo:{row.sku}": row.product_key for row in rows if row.sku and row.kind == PARENT}
    return [
        replace(row, product_key=keys.get(row.product_key, row.product_key), sku=row.sku if row.is_variant else None)
        for row in rows
    ]


def _square(cells: Cells, latin: str) -> Goods:
    """Rows of one name, or of one handle where there is one, are the sizes of one item."""
    title = cells.words("title")
    named = " / ".join(cells.options()) or _size_name(cells)
    key = by_handle(cells.said("handle")) if cells.said("handle") else f"square:{fold(title)}" if title else ""
    return _without(None if key else Problem("catalog-row-title"), _goods(cells, latin, key, named or ONLY, named))


def _etsy(cells: Cells, latin: str) -> Goods:
    """A row is a listing; what may be chosen has one price and one stock there, so it stays one size, which names it."""
    choices = [
        f"{cells.words(f'option_{number}_name')}: {cells.words(f'options_{number}')}".lstrip(": ")
        for number in NUMBERS
        if cells.columns(f"options_{number}")
    ]
    if choices:
        cells.note("catalog-note-choices", " / ".join(choices))
    goods = _goods(cells, latin, "", ONLY, " / ".join(choice.replace(",", ", ") for choice in choices))
    return _without(None if goods.texts else Problem("catalog-row-title"), goods)


def _vendure(cells: Cells, latin: str) -> Goods:
    """A named row begins a product; those below it without a name are its sizes."""
    named = " / ".join(filter(None, (one.strip() for one in cells.words("options").split("|"))))
    handle = cells.said("handle") or fold(cells.words("title")).replace(" ", "-")
    sized = bool(cells.columns("price") or cells.columns("sku") or named)
    return _goods(cells, latin, by_handle(handle), named or (ONLY if sized else PARENT), named, VARIANT if sized else PARENT)


def continued(rows: Sequence[Goods]) -> list[Goods]:
    """Rows without a handle belong to the last one that had one."""
    last, joined = "", []
    for row in rows:
        last = row.product_key or last
        problem = row.problem or (None if last else Problem("catalog-row-key", {"column": "slug"}))
        joined.append(replace(row, product_key=last, problem=problem))
    return joined


def _odoo(cells: Cells, latin: str) -> Goods:
    """Products, or the sizes of one template; an internal reference or barcode names what has no id."""
    template, own, named = cells.said("template"), cells.said("id"), cells.words("variant")
    key = f"odoo:{template or own}" if template or own else ""
    goods = _goods(cells, latin, key, (named or own) if template else ONLY, named)
    return _without(None if goods.texts or template else NAMELESS, goods)


def odoo_lines(rows: Sequence[Goods]) -> list[Goods]:
    """A row without name and id is a line of the product above: one of its sizes, or it says nothing of ours.

    What has sizes below it and chooses none itself is no size; its price holds where a size names none.
    """
    heads: dict[int, Goods] = {}
    last: Goods | None = None
    for row in rows:
        if row.product_key or row.texts:
            last = row if row.product_key else None
        elif last is not None:
            heads[row.line] = last
    sizes = {row.line for row in rows if row.names}
    with_sizes = {head.line for line, head in heads.items() if line in sizes}
    return [_line_of(row, heads.get(row.line), row.line in with_sizes) for row in rows]


def _line_of(row: Goods, head: Goods | None, has_sizes: bool) -> Goods:
    if has_sizes:
        named = next(iter(row.names.values()), "")
        return (
            replace(row, row_key=named) if named else replace(row, kind=PARENT, sku=None, barcode=None, stock=None, notes=())
        )
    if head is None or row.problem not in (None, NAMELESS):
        return row
    named = next(iter(row.names.values()), "")
    if not named:
        return replace(row, product_key=head.product_key, row_key=f"line {row.line}", kind=PARENT, problem=None, notes=())
    price = row.price if row.price is not None else head.price
    return replace(row, product_key=head.product_key, row_key=named, price=price, problem=None)


def _prestashop(cells: Cells, latin: str) -> Goods:
    key = f"prestashop:{cells.said('id')}" if cells.said("id") else ""
    goods = _goods(cells, latin, key, ONLY)
    return _without(None if goods.texts or key else Problem("catalog-row-title"), goods)


def _ofn(cells: Cells, latin: str) -> Goods:
    """Open Food Network: rows of one producer and name are the sizes of one product."""
    shown, title = cells.words("variant"), cells.words("title")
    goods = _goods(cells, latin, f"ofn:{cells.said('producer')}/{title}", "", shown)
    size = f"{shown} {goods.quantity or 1}{goods.unit or 'piece'}".strip()
    goods = replace(goods, row_key=size, quantity=goods.quantity or 1, unit=goods.unit or "piece")
    return _without(None if title else Problem("catalog-row-title"), goods)


def _table(cells: Cells, latin: str) -> Goods:
    """Any table. Rows of one handle are one product; without a handle each row is one (gateway.identity)."""
    handle, sku, said = cells.said("handle"), cells.said("sku"), cells.said("language")
    named = " / ".join(filter(None, (cells.words(name) for name in ("variant", "variant_2", "variant_3"))))
    spoken = said[:2].casefold()
    elsewhere = cells.said("currency").upper() not in ("", cells.currency)
    silent = bool(elsewhere and handle and not (cells.said("title") or named))
    bare = not (sku or named or cells.columns("barcode") or cells.columns("price"))
    translates = bool(spoken) and bare
    key = f"{cells.said('currency')} {sku}" if silent else named or (f"text {spoken}" if translates else ONLY)
    goods = _goods(cells, latin, by_handle(handle), key, named, PARENT if translates or silent else VARIANT)
    if spoken and goods.texts:
        goods = replace(goods, texts={spoken: next(iter(goods.texts.values()))})
    goods = _without(None if goods.texts or handle else Problem("catalog-row-title"), goods)
    if not spoken or spoken in LANGUAGES:
        return goods
    return replace(goods, problem=Problem("catalog-unknown-language"), spoils=goods.kind == VARIANT)


def with_parents(rows: Sequence[Goods]) -> list[Goods]:
    """A row without price and option among others of its handle that have one says things of the product only."""
    optioned = {row.product_key for row in rows if row.names and handle_in(row.product_key) is not None}
    return [
        replace(row, kind=PARENT, sku=None, barcode=None, stock=None, active=None, notes=())
        if row.product_key in optioned and row.is_variant and not row.names and row.price is None
        else row
        for row in rows
    ]


READERS: Mapping[str, Read] = {
    "shopify": _handled,
    "medusa": _handled,
    "spree": _spree,
    "woocommerce": _woo,
    "square": _square,
    "etsy": _etsy,
    "vendure": _vendure,
    "odoo": _odoo,
    "prestashop": _prestashop,
    "ofn": _ofn,
    "guessed": _table,
}
