"""What a person or a file says of a product, as plain values; checked here before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from stdnum import ean

from app.kernel.errors import Faults, Invalid
from app.kernel.text import LANGUAGES, one_line
from app.kernel.typed import compact
from app.territories.loading import territory_named
from catalog.rules import categories
from catalog.rules.carriages import CARRIAGES
from catalog.rules.products import (
    BASE_UNITS,
    MAX_PRICE,
    MAX_QUANTITY,
    MAX_STOCK,
    MAX_VARIANTS,
    MAX_WEIGHT,
    NAME_LENGTH,
    SKU_LENGTH,
    TEXT_LENGTH,
    TITLE_LENGTH,
    VARIANT_NAME_LENGTH,
    require_text,
    require_within,
)
from catalog.rules.reading import shown_decimal


@dataclass(frozen=True)
class TextFacts:
    """A product's words in one language."""

    title: str
    description: str = ""
    ingredients: str = ""
    storage: str = ""


@dataclass(frozen=True)
class ProductFacts:
    """What is true of a product in every language. `category` is a key of the tree, `origin` a region's code.

    `carriage` is how it reaches a buyer (rules.carriages); None: as goods of its kind and weight usually do.
    """

    category: str | None = None
    drawing: str = "other"
    labels: tuple[str, ...] = ()
    origin: str | None = None
    carriage: str | None = None


@dataclass(frozen=True)
class VariantFacts:
    """One way it is sold: price in minor units, `quantity` in base units, weight in grams; `id` when it exists already."""

    price: int | None
    unit: str = "piece"
    quantity: int = 1
    names: Mapping[str, str] = field(default_factory=dict)
    sku: str | None = None
    barcode: str | None = None
    weight_grams: int = 0
    stock: int | None = None
    active: bool = True
    external_key: str | None = None
    id: int | None = None
    stock_was: int | None = None  # what there was when `stock` was counted, if that is known


def checked_text(facts: TextFacts, language: str) -> TextFacts:
    """Trimmed and within limits; the field named in a refusal ends with the language ("title_ar")."""
    if language not in LANGUAGES:
        raise Invalid("catalog-unknown-language")
    faults = Faults()
    title, *others = (
        faults.read(require_text, text, limit, f"{name}_{language}") or ""
        for name, text, limit in (
            ("title", one_line(facts.title), TITLE_LENGTH),
            ("description", facts.description, TEXT_LENGTH),
            ("ingredients", facts.ingredients, TEXT_LENGTH),
            ("storage", facts.storage, TEXT_LENGTH),
        )
    )
    faults.refuse()
    return TextFacts(title, *others)


def checked_product(facts: ProductFacts, territory: str) -> ProductFacts:
    """A region of the territory, a known category; the drawing is the category's unless another is named."""
    if facts.origin is not None and facts.origin not in {region.code for region in territory_named(territory).regions}:
        raise Invalid("catalog-unknown-region", "origin")
    if facts.category is not None and facts.category not in categories.tree():
        raise Invalid("catalog-unknown-category", "category")
    if facts.carriage is not None and facts.carriage not in CARRIAGES:
        raise Invalid("catalog-unknown-carriage", "carriage")
    drawing = facts.drawing
    if drawing == "other" and facts.category is not None:
        drawing = categories.tree()[facts.category].drawing
    return replace(facts, drawing=drawing, labels=tuple(require_text(one, NAME_LENGTH, "labels") for one in facts.labels))


def checked_variant(facts: VariantFacts) -> VariantFacts:
    """Within limits, a barcode with its check digit; raises Invalid with each field that is wrong."""
    faults = Faults()
    with faults.noted():
        if facts.price is not None and not 1 <= facts.price <= MAX_PRICE:
            raise Invalid("catalog-price-out-of-range", "price", high=shown_decimal(MAX_PRICE, 2))
    with faults.noted():
        if facts.unit not in BASE_UNITS:
            raise Invalid("catalog-unknown-unit", "unit")
    for value, low, high, name in (
        (facts.quantity, 1, MAX_QUANTITY, "quantity"),
        (facts.weight_grams, 0, MAX_WEIGHT, "weight_grams"),
        (facts.stock or 0, 0, MAX_STOCK, "stock"),
    ):
        faults.read(require_within, value, low, high, name)
    called = {code: line for code, name in facts.names.items() if (line := one_line(name))}
    clean = replace(
        facts,
        names={code: faults.read(require_text, line, VARIANT_NAME_LENGTH, "name") or "" for code, line in called.items()},
        sku=faults.read(require_text, one_line(facts.sku or ""), SKU_LENGTH, "sku") or None,
        barcode=faults.read(checked_barcode, facts.barcode),
    )
    faults.refuse()
    return clean


def checked_barcode(text: str | None) -> str | None:
    """An EAN-8, UPC-A, EAN-13 or GTIN-14 whose last digit fits; else Invalid."""
    digits = compact(text or "")
    if not digits:
        return None
    if not digits.isascii() or not ean.is_valid(digits):
        raise Invalid("catalog-barcode-wrong", "barcode", barcode=digits[:20])
    return digits


def is_world_barcode(digits: str) -> bool:
    """Does it name one article all over the world? Shops give out numbers that begin with 02, 04 and 2 themselves."""
    if not digits.isascii() or not ean.is_valid(digits):
        return False
    return not digits.zfill(14)[1:].startswith(("02", "04", "2")) and not (len(digits) == 8 and digits[0] in "02")


def checked_variants(variants: Sequence[VariantFacts]) -> list[VariantFacts]:
    """At least one, and not too many."""
    if not variants:
        raise Invalid("catalog-variant-missing", "price")
    if len(variants) > MAX_VARIANTS:
        raise Invalid("catalog-too-many-variants", "variants", limit=MAX_VARIANTS, count=len(variants))
    return [checked_variant(one) for one in variants]
