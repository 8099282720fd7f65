"""What rows of a file make of a product, worked out beside how it stands: nothing is asked and nothing written here."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from catalog.gateway.formats import Taken, like_key, own_key
from catalog.gateway.goods import ONLY, TEXT_PARTS, Goods, Problem
from catalog.gateway.report import Outcome
from catalog.models import ProductText, Variant
from catalog.queries.standing import Standing
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.rules.products import PRODUCT


@dataclass(frozen=True)
class Plan:
    """What a product is to become, and what that is called for each row key. Without `facts` nothing of it changes."""

    results: Mapping[str, str]
    facts: ProductFacts | None = None
    variants: Sequence[VariantFacts] = ()
    texts: Mapping[str, TextFacts] = field(default_factory=dict)
    remembered: Mapping[str, Any] | None = None  # what is kept of the file, when that is something new
    move: str | None = None  # of rules.PRODUCT, for what stands
    state: str = PRODUCT.first  # what it is in afterwards
    why: str | None = None  # it is a draft: the note that says so
    sold_out: str | None = None  # the first row whose size is new and sold out because nobody said how many there are

    def outcomes(self, rows: Sequence[Goods]) -> list[Outcome]:
        """What became of the rows, and what has to be told: once that it is not counted; on the first why it is a draft."""
        draft = self.state == PRODUCT.first
        written = [row for row in rows if self.results[row.row_key] != "unchanged"]
        return [
            Outcome(
                row.line,
                self.results[row.row_key],
                draft=draft,
                notes=(*row.notes, *self._told_of(row, row is rows[0])) if row in written else (),
            )
            for row in rows
        ]

    def _told_of(self, row: Goods, first: bool) -> list[Problem]:
        told = [Problem("catalog-note-no-count")] if row.row_key == self.sold_out else []
        return told + ([Problem(self.why)] if self.why and first else [])


def new_product(rows: Sequence[Goods], verified: bool) -> Plan:
    """A new product of these rows. With a price it goes on sale, unless the file says otherwise."""
    first = rows[0]
    variants = [_new_variant(row) for row in rows if row.is_variant]
    why = _why_draft(variants, rows, verified)
    return Plan(
        {row.row_key: "created" for row in rows},
        ProductFacts(
            next((row.category for row in rows if row.category), None),
            first.drawing or ProductFacts.drawing,
            first.labels or (),
            first.origin,
            first.carriage,
        ),
        variants or [VariantFacts(None)],
        _texts(rows),
        remembered={row.row_key: row.said for row in rows},
        state=PRODUCT.first if why else PRODUCT.after(PRODUCT.first, "publish"),
        why=why,
        sold_out=_sold_out(rows),
    )


def _sold_out(rows: Sequence[Goods]) -> str | None:
    """The first of these new rows that has a price and is on sale, and of which nobody has said how many there are."""
    silent = (row for row in rows if row.is_variant and row.stock is None and not row.starts_with)
    return next((row.row_key for row in silent if row.price is not None and row.active is not False), None)


def begins_with_nothing(taken: Taken, known: Mapping[str, int]) -> bool:
    """No column says how many there are, and of some goods that are new here and on sale it would have to."""
    new = [row for row in taken.goods if row.product_key not in known and row.problem is None]
    return not taken.counts and _sold_out(new) is not None


def _why_draft(variants: Sequence[VariantFacts], rows: Sequence[Goods], verified: bool) -> str | None:
    """Why it stays a draft: the file does not sell it, it has no price, it is not counted, its maker is not verified."""
    if any(row.published is False for row in rows):
        return "catalog-note-not-sold"
    if all(variant.price is None for variant in variants):
        return "catalog-note-no-price"
    if not any(variant.active and variant.price is not None for variant in variants):
        return "catalog-note-sizes-off"
    return None if verified else "catalog-note-not-verified"


def changed_product(standing: Standing, rows: Sequence[Goods], verified: bool) -> Plan:
    """Those parts of the rows that differ from the last import; what a seller has edited since stays otherwise."""
    remembered = standing.product.external_rows
    last = {row.row_key: remembered.get(row.row_key) or remembered.get(row.sku or row.barcode or "") or {} for row in rows}
    meant = _meant(standing.variants, [row for row in rows if row.is_variant])
    stands = {key: standing.parts.get(standing.variants[index].id, {}) for key, index in meant.items()}
    fresh = {row.row_key: _fresh(row, last[row.row_key], stands.get(row.row_key, {})) for row in rows}
    changed = [row for row in rows if fresh[row.row_key] or _is_unknown(row, last, stands)]
    variants, made = _variants(standing.variants, changed, fresh, meant)
    said = [row.only(fresh[row.row_key]) for row in changed]
    results = {key: "created" if key in made else "changed" if parts else "unchanged" for key, parts in fresh.items()}
    kept = {**remembered, **{row.row_key: {**last[row.row_key], **row.said} for row in rows}}
    told = any("published" in parts for parts in fresh.values())
    move = _move(standing.product.state, rows, variants, told or bool(made), told, verified) if changed else None
    state = PRODUCT.after(standing.product.state, move) if move else standing.product.state
    return Plan(
        results,
        _facts(standing, said) if changed else None,
        variants,
        _merged_texts(standing.texts, _texts(said)),
        kept if any(row.said != remembered.get(row.row_key) for row in rows) else None,
        move,
        state,
        _why_draft(variants, rows, verified) if changed and state == PRODUCT.first else None,
        _sold_out([row for row in rows if row.row_key in made]),
    )


def _move(
    state: str, rows: Sequence[Goods], variants: Sequence[VariantFacts], anew: bool, told: bool, verified: bool
) -> str | None:
    """Drafts that now have a price go on sale when the file says so; others come and go only when it says so anew."""
    said = [row.published for row in rows if row.published is not None]
    if all(said):
        ready = verified and any(one.active and one.price is not None for one in variants)
        comes = (state == "draft" and (said or anew)) or (state == "withdrawn" and told)
        return "publish" if ready and comes else None
    return "withdraw" if told and state == "published" else None


def _fresh(row: Goods, last: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {part for part, digest in row.said.items() if digest not in (last.get(part), now.get(part))}


def _is_unknown(row: Goods, last: Mapping[str, Mapping[str, str]], stands: Mapping[str, Mapping[str, str]]) -> bool:
    return row.is_variant and not last[row.row_key] and not stands.get(row.row_key)


def _facts(standing: Standing, rows: Sequence[Goods]) -> ProductFacts:
    product = standing.product
    labels = next((row.labels for row in rows if row.labels is not None), None)
    return ProductFacts(
        next((row.category for row in rows if row.category), product.category),
        product.drawing,
        tuple(product.labels) if labels is None else labels,
        next((row.origin for row in rows if row.origin), product.origin),
        next((row.carriage for row in rows if row.carriage), product.carriage),
    )


def _variants(
    there: Sequence[Variant], rows: Sequence[Goods], fresh: Mapping[str, set[str]], meant: Mapping[str, int]
) -> tuple[list[VariantFacts], set[str]]:
    """The variants as they are to be, and the keys of the rows that become new ones."""
    facts, made = [_as_it_is(one) for one in there], set()
    for row in rows:
        if not row.is_variant:
            continue
        index = meant.get(row.row_key)
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
    return VariantFacts(
        row.price,
        unit,
        quantity,
        row.names,
        row.sku,
        row.barcode,
        row.weight_grams or 0,
        row.stock if row.stock is not None else row.starts_with or 0,
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


def _meant(there: Sequence[Variant], rows: Sequence[Goods]) -> dict[str, int]:
    """{row key: index} of the variants that the rows of one product mean, none twice.

    By the file's key, else by an article number or barcode that one row and one variant bear, else because there is but one
    of each, else because the same is in it.
    """
    meant = _by_key(there, rows)
    for of_row, of_variant in (
        (lambda row: row.sku, lambda variant: variant.sku),
        (lambda row: row.barcode, lambda variant: variant.barcode),
        (lambda row: row.row_key, lambda variant: like_key(variant.unit, variant.quantity, variant.names)),
    ):
        meant |= _by_sole(there, rows, meant, of_row, of_variant)
    if len(there) == len(rows) == 1 and not meant and rows[0].row_key in (ONLY, rows[0].product_key):
        return {rows[0].row_key: 0}
    return meant


def _by_key(there: Sequence[Variant], rows: Sequence[Goods]) -> dict[str, int]:
    """Two may be meant by our own export, this shop's and the one it came from: the one in which the same is."""
    called: dict[str, list[int]] = defaultdict(list)
    for index, variant in enumerate(there):
        for key in {variant.external_key or "", own_key(variant.id)}:
            called[key].append(index)
    return {
        row.row_key: max(called[row.row_key], key=lambda index: _alike(row, there[index]))
        for row in rows
        if row.row_key in called
    }


def _alike(row: Goods, variant: Variant) -> tuple[bool, bool]:
    return row.sku == variant.sku, (row.unit, row.quantity, dict(row.names)) == (
        variant.unit,
        variant.quantity,
        variant.names,
    )


def _by_sole(
    there: Sequence[Variant],
    rows: Sequence[Goods],
    meant: Mapping[str, int],
    of_row: Callable[[Goods], str | None],
    of_variant: Callable[[Variant], str | None],
) -> dict[str, int]:
    """What bears the value alone on either side, of those that are not known yet."""
    borne, taken = Counter(map(of_row, rows)), set(meant.values())
    held: dict[str | None, list[int]] = defaultdict(list)
    for index, variant in enumerate(there):
        held[of_variant(variant)].append(index)
    return {
        row.row_key: held[value][0]
        for row in rows
        if row.row_key not in meant
        and (value := of_row(row))
        and borne[value] == 1
        and len(held[value]) == 1
        and held[value][0] not in taken
    }


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
