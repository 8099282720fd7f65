"""Products as rows of our own file format."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlalchemy import select

from app.engines.counters import counted, on_hand
from app.engines.db import db
from app.engines.files.pictures import key_of
from app.engines.files.store import get
from app.kernel.money import minor_digits
from app.kernel.text import LANGUAGES
from catalog.gateway.archive import FOLDER
from catalog.models import Product, ProductPicture, ProductText, Variant
from catalog.queries.offers import STOCK
from catalog.rules.reading import shown_decimal

CHUNK = 500


def export_rows(organisation_id: int, pictured: bool = False) -> Iterator[dict[str, str]]:
    """Everything a cooperative has listed or is writing, a row per variant; `pictured` names the pictures of an archive."""
    ids = db.session.scalars(
        select(Product.id)
        .where(Product.organisation_id == organisation_id, Product.state != "discarded")
        .order_by(Product.id)
    ).all()
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        names = _picture_names(chunk) if pictured else {}
        for product_id, rows in own_rows(chunk).items():
            rows[0]["pictures"] = "|".join(name for name, _stem in names.get(product_id, ()))
            yield from rows


def export_pictures(organisation_id: int) -> Iterator[tuple[str, bytes]]:
    """The pictures of its products, by the names that the rows say."""
    ids = db.session.scalars(
        select(Product.id)
        .where(Product.organisation_id == organisation_id, Product.state != "discarded")
        .order_by(Product.id)
    ).all()
    for start in range(0, len(ids), CHUNK):
        for names in _picture_names(ids[start : start + CHUNK]).values():
            for name, stem in names:
                yield name, get(key_of(stem, "large"))


def _picture_names(ids: Sequence[int]) -> dict[int, list[tuple[str, str]]]:
    """{product: [(name in the archive, stem)]}, in their order."""
    names: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for product_id, slug, stem in db.session.execute(
        select(ProductPicture.product_id, Product.slug, ProductPicture.stem)
        .join(Product, Product.id == ProductPicture.product_id)
        .where(Product.id.in_(ids))
        .order_by(Product.id, ProductPicture.position, ProductPicture.id)
    ):
        names[product_id].append((f"{FOLDER}{slug}-{len(names[product_id]) + 1}.webp", stem))
    return names


def own_rows(ids: Sequence[int]) -> dict[int, list[dict[str, str]]]:
    """The rows of these products, by product. Two statements."""
    texts: dict[int, dict[str, ProductText]] = defaultdict(dict)
    for text in db.session.scalars(select(ProductText).where(ProductText.product_id.in_(ids))):
        texts[text.product_id][text.language] = text
    rows: dict[int, list[dict[str, str]]] = defaultdict(list)
    for product, variant, there_are in db.session.execute(
        select(Product, Variant, on_hand())
        .join(Variant, Variant.product_id == Product.id)
        .outerjoin(*counted(STOCK, Variant.id))
        .where(Product.id.in_(ids))
        .order_by(Product.id, Variant.position, Variant.id)
    ):
        rows[product.id].append(_row(product, variant, there_are or 0, texts[product.id]))
    return dict(rows)


def _row(product: Product, variant: Variant, on_hand: int, texts: dict[str, ProductText]) -> dict[str, str]:
    row = {
        "handle": product.slug,
        "state": product.state,
        "category": product.category or "",
        "origin": product.origin or "",
        "labels": "|".join(product.labels),
        "sku": variant.sku or "",
        "barcode": variant.barcode or "",
        "unit": variant.unit,
        "quantity": str(variant.quantity),
        "weight_grams": str(variant.weight_grams),
        "price": shown_decimal(variant.price, minor_digits(product.currency)) if variant.price is not None else "",
        "stock": str(on_hand),
        "stock_was": str(on_hand),
        "variant": str(variant.id),
        "currency": product.currency,  # for comparison; no file has it
        "on_sale": "1" if variant.active else "0",
        "pictures": "",
        "drawing": product.drawing,
        "carriage": product.carriage,
        "source": next((code for code, text in texts.items() if text.source), ""),
    }
    for code in LANGUAGES:
        row[f"variant_{code}"] = variant.names.get(code, "")
        for what in ("title", "description", "ingredients", "storage"):
            row[f"{what}_{code}"] = getattr(texts.get(code), what, "") or ""
    return row
