"""What rows of a file make of a product, worked out beside how it stands: nothing is asked and nothing written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.gateway.formats import like_key, own_key
from catalog.gateway.goods import TEXT_PARTS, Goods
from catalog.models import ProductText, Variant
from catalog.queries.standing import Standing
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts


@dataclass(frozen=True)
class Plan:
    """What a product is to become, and what that is called for each row key. Without `facts` nothing of it changes."""

    results: Mapping[str, str]
    facts: ProductFacts | None = None
    variants: Sequence[VariantFacts] = ()
    texts: Mapping[str, TextFacts] = field(default_factory=dict)
    told: bool = False  # the file says anew whether it is on sale
    grown: bool = False  # there are new variants
    remembered: Mapping[str, Any] | None = None  # what is kept of the file, when that is something new

    @property
    def moves(self) -> bool:
        return set(self.results.values()) != {"unchanged"}


def new_product(rows: Sequence[Goods]) -> Plan:
    """A new product of these rows."""
    first = rows[0]
    variants = [_new_variant(row) for row in rows if row.is_variant]
    return Plan(
        {row.row_key: "created" for row in rows},
        ProductFacts(
            next((row.category for row in rows if row.category), None), labels=first.labels or (), origin=first.origin
        ),
        variants or [VariantFacts(None)],
        _texts(rows),
        remembered={row.row_key: row.said for row in rows},
    )


def changed_product(standing: Standing, rows: Sequence[Goods]) -> Plan:
    """Those parts of the rows that differ from the last import; what a seller has edited since stays otherwise."""
    last = standing.product.external_rows
    fresh = {row.row_key: _fresh(row, last.get(row.row_key, {}), standing.parts.get(row.row_key, {})) for row in rows}
    changed = [row for row in rows if fresh[row.row_key] or _is_unknown(row, last, standing.parts)]
    variants, made = _variants(standing.variants, changed, fresh)
    said = [row.only(fresh[row.row_key]) for row in changed]
    results = {key: "created" if key in made else "changed" if parts else "unchanged" for key, parts in fresh.items()}
    remembered = {**last, **{row.row_key: {**last.get(row.row_key, {}), **row.said} for row in rows}}
    return Plan(
        results,
        _facts(standing, said) if changed else None,
        variants,
        _merged_texts(standing.texts, _texts(said)),
        any("published" in parts for parts in fresh.values()),
        bool(made),
        remembered if any(row.said != last.get(row.row_key) for row in rows) else None,
    )


def _fresh(row: Goods, last: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {part for part, digest in row.said.items() if digest not in (last.get(part), now.get(part))}


def _is_unknown(row: Goods, last: Mapping[str, object], stands: Mapping[str, object]) -> bool:
    return row.is_variant and row.row_key not in last and row.row_key not in stands


def _facts(standing: Standing, rows: Sequence[Goods]) -> ProductFacts:
    product = standing.product
    labels = next((row.labels for row in rows if row.labels is not None), None)
    return ProductFacts(
        next((row.category for row in rows if row.category), product.category),
        product.drawing,
        tuple(product.labels) if labels is None else labels,
        next((row.origin for row in rows if row.origin), product.origin),
    )


def _variants(
    there: Sequence[Variant], rows: Sequence[Goods], fresh: Mapping[str, set[str]]
) -> tuple[list[VariantFacts], set[str]]:
    """The variants as they are to be, and the keys of the rows that become new ones."""
    facts, made = [_as_it_is(one) for one in there], set()
    for row in rows:
        if not row.is_variant:
            continue
        index = _index_of(row, there)
        if index is None:
            facts.append(_new_variant(row))
            made.add(row.row_key)
        else:
            facts[index] = _merged(facts[index], row.only(fresh[row.row_key]))
    return facts, made


def _texts(rows: Sequence[Goods]) -> dict[str, TextFacts]:
    """Every part of the words by language, each from the first row that says it."""
    said: dict[str, dict[str, str]] = {}
    for row in rows:
        for language, text in row.texts.items():
            parts = said.setdefault(language, {})
            for part in TEXT_PARTS:
                parts[part] = parts.get(part) or getattr(text, part)
    return {language: TextFacts(**parts) for language, parts in said.items()}


def _merged_texts(there: Mapping[str, ProductText], said: Mapping[str, TextFacts]) -> dict[str, TextFacts]:
    """What the file says, and for the rest what stands there."""
    return {
        language: text
        if language not in there
        else TextFacts(**{part: getattr(text, part) or getattr(there[language], part) for part in TEXT_PARTS})
        for language, text in said.items()
    }


def _new_variant(row: Goods) -> VariantFacts:
    unit, quantity = row.unit or "piece", row.quantity or 1
    weight = row.weight_grams if row.weight_grams else quantity if unit == "g" else 0
    return VariantFacts(
        row.price,
        unit,
        quantity,
        row.names,
        row.sku,
        row.barcode,
        weight,
        row.stock or 0,
        row.active is not False,
        row.row_key,
    )


def _as_it_is(variant: Variant) -> VariantFacts:
    return VariantFacts(
        variant.price,
        variant.unit,
        variant.quantity,
        variant.names,
        variant.sku,
        variant.barcode,
        variant.weight_grams,
        None,
        variant.active,
        variant.external_key,
        variant.id,
    )


def _index_of(row: Goods, there: Sequence[Variant]) -> int | None:
    """The variant the row means: by its key, its article number, its barcode; else the only one there is, or like it."""
    for same in (
        lambda variant: row.row_key in (variant.external_key, own_key(variant.id)),
        lambda variant: row.sku and variant.sku == row.sku,
        lambda variant: row.barcode and variant.barcode == row.barcode,
    ):
        found = next((index for index, one in enumerate(there) if same(one)), None)
        if found is not None:
            return found
    if len(there) == 1 and row.row_key in ("only", row.product_key):
        return 0
    alike = [index for index, one in enumerate(there) if row.row_key == like_key(one.unit, one.quantity, one.names)]
    return alike[0] if len(alike) == 1 else None


def _merged(old: VariantFacts, row: Goods) -> VariantFacts:
    return replace(
        old,
        price=row.price if row.price is not None else old.price,
        unit=row.unit or old.unit,
        quantity=row.quantity or old.quantity,
        names={**old.names, **row.names},
        sku=row.sku or old.sku,
        barcode=row.barcode or old.barcode,
        stock=row.stock,
        stock_was=row.stock_was,
        external_key=row.row_key,
        weight_grams=row.weight_grams if row.weight_grams is not None else old.weight_grams,
        active=old.active if row.active is None else row.active,
    )
