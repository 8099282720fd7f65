"""Writes rows of goods from a file: each row is created, changed, unchanged or refused, and none is lost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import Refusal
from catalog.gateway.formats import like_key, own_key
from catalog.gateway.goods import TEXT_PARTS, Goods, Problem, handle_in
from catalog.gateway.own import own_parts
from catalog.models import Product, ProductText, Variant
from catalog.queries.export import own_rows
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, edit_product, office_of, publish, withdraw, write_texts

BATCH = 500
MOST_PROBLEMS = 200  # as many are listed; all are counted
RESULTS = ("created", "changed", "unchanged", "refused")


@dataclass(frozen=True)
class Outcome:
    """What became of the row that ends on this line."""

    line: int
    result: str
    problem: Problem | None = None


@dataclass
class Report:
    """The sums of an import: the four results add up to the rows. Pictures are counted, never fetched."""

    rows: int
    pictures: int = 0
    drafts: int = 0
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RESULTS, 0))
    problems: list[Outcome] = field(default_factory=list)

    def add(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self.counts[outcome.result] += 1
            if outcome.problem is not None and len(self.problems) < MOST_PROBLEMS:
                self.problems.append(outcome)

    @property
    def listed(self) -> list[Outcome]:
        """The problems in the order of the file."""
        return sorted(self.problems, key=lambda outcome: outcome.line)

    @property
    def done(self) -> int:
        return sum(self.counts.values())


def report_on(goods: Sequence[Goods]) -> Report:
    """An empty report for these rows."""
    return Report(len(goods), sum(row.pictures for row in goods))


def batches(goods: Sequence[Goods]) -> Iterator[list[list[Goods]]]:
    """The rows by product, in the file's order, a batch of at most 500 rows or of one product."""
    groups: dict[str, list[Goods]] = {}
    for index, row in enumerate(goods):
        groups.setdefault(row.product_key or f"row {index}", []).append(row)
    batch: list[list[Goods]] = []
    for group in groups.values():
        if batch and sum(map(len, batch)) + len(group) > BATCH:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def import_batch(actor: Actor, organisation_id: int, batch: Sequence[Sequence[Goods]], own: bool) -> list[Outcome]:
    """Writes the products of a batch, each whole or not at all. `own` files are compared with what stands here now.

    The cooperative stays locked meanwhile: two files at once are read one after the other.
    """
    verified = office_of(actor, organisation_id).state == "verified"
    known = _known(organisation_id, batch)
    stands = own_parts(own_rows(sorted(set(known.values())))) if own else {}
    outcomes: list[Outcome] = []
    for group in batch:
        sound = [row for row in group if row.problem is None]
        outcomes += [Outcome(row.line, "refused", row.problem) for row in group if row.problem is not None]
        if not sound:
            continue
        product_id = known.get(sound[0].product_key)
        try:
            with db.session.begin_nested():
                if product_id is None:
                    results = _create(actor, organisation_id, sound, verified)
                else:
                    results = _change(actor, product_id, sound, stands.get(product_id, {}), verified)
                outcomes += [Outcome(row.line, results[row.row_key]) for row in sound]
        except Refusal as refusal:
            db.session.expire_all()
            problem = Problem(refusal.code, dict(refusal.facts))
            outcomes += [Outcome(row.line, "refused", problem) for row in sound]
    return outcomes


def _known(organisation_id: int, batch: Sequence[Sequence[Goods]]) -> dict[str, int]:
    """Which products of the cooperative the groups mean: by key, by address, by barcode or article number."""
    keys = {group[0].product_key for group in batch}
    mine = (Product.organisation_id == organisation_id, Product.state != "discarded")
    product_ids: dict[str, int] = {}
    handles = {handle: key for key in keys if (handle := handle_in(key)) is not None}
    for id_, slug in db.session.execute(select(Product.id, Product.slug).where(*mine, Product.slug.in_(handles))):
        product_ids[handles[slug]] = id_
    barcodes = {row.barcode: row.product_key for group in batch for row in group if row.barcode}
    skus = {row.sku: row.product_key for group in batch for row in group if row.sku}
    for id_, barcode, sku in db.session.execute(
        select(Variant.product_id, Variant.barcode, Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .where(*mine, Variant.barcode.in_(barcodes) | Variant.sku.in_(skus))
    ):
        key = barcodes.get(barcode or "") or skus.get(sku or "")
        if key is not None:
            product_ids.setdefault(key, id_)
    for id_, key in db.session.execute(
        select(Product.id, Product.external_key).where(*mine, Product.external_key.in_(keys))
    ):
        if key is not None:
            product_ids[key] = id_
    return product_ids


def _create(actor: Actor, organisation_id: int, rows: Sequence[Goods], verified: bool) -> dict[str, str]:
    """A new product of these rows; with a price it goes on sale, unless the file says otherwise."""
    first = rows[0]
    variants = [_new_variant(row) for row in rows if row.is_variant]
    product_id = create_product(
        actor,
        organisation_id,
        _texts(rows),
        variants or [VariantFacts(None)],
        ProductFacts(
            next((row.category for row in rows if row.category), None), labels=first.labels or (), origin=first.origin
        ),
        external_key=first.product_key,
        slug=_wanted_slug(first.product_key),
    )
    product = db.session.get_one(Product, product_id)
    product.external_rows = {row.row_key: row.said for row in rows}
    if verified and product.price_from is not None and all(row.published is not False for row in rows):
        publish(actor, product_id)
    return {row.row_key: "created" for row in rows}


def _wanted_slug(key: str) -> str | None:
    """The file's own handle, where it can be an address."""
    handle = handle_in(key) or ""
    return handle.lower()[:80] if handle.isascii() and handle.replace("-", "").isalnum() else None


def _change(
    actor: Actor, product_id: int, rows: Sequence[Goods], stands: Mapping[str, Mapping[str, str]], verified: bool
) -> dict[str, str]:
    """Writes those parts of the rows that differ from the last import; what a seller has edited since stays otherwise."""
    product = db.session.get_one(Product, product_id)
    last = product.external_rows
    fresh = {row.row_key: _fresh(row, last.get(row.row_key, {}), stands.get(row.row_key, {})) for row in rows}
    changed = [row for row in rows if fresh[row.row_key] or _is_unknown(row, last, stands)]
    made = _write(actor, product, changed, fresh) if changed else set()
    results = {key: "created" if key in made else "changed" if parts else "unchanged" for key, parts in fresh.items()}
    if any(row.said != last.get(row.row_key) for row in rows):
        product.external_key = product.external_key or rows[0].product_key
        product.external_rows = {**last, **{row.row_key: {**last.get(row.row_key, {}), **row.said} for row in rows}}
    if set(results.values()) != {"unchanged"}:
        _move(actor, product, rows, any("published" in parts for parts in fresh.values()), bool(made), verified)
    return results


def _fresh(row: Goods, last: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {part for part, digest in row.said.items() if digest not in (last.get(part), now.get(part))}


def _is_unknown(row: Goods, last: Mapping[str, object], stands: Mapping[str, object]) -> bool:
    return row.is_variant and row.row_key not in last and row.row_key not in stands


def _move(actor: Actor, product: Product, rows: Sequence[Goods], told: bool, grown: bool, verified: bool) -> None:
    """Drafts that now have a price go on sale when the file says so; others come and go only when it says so anew."""
    said = [row.published for row in rows if row.published is not None]
    if all(said):
        ready = verified and product.price_from is not None
        if ready and ((product.state == "draft" and (said or grown)) or (product.state == "withdrawn" and told)):
            publish(actor, product.id)
    elif told and product.state == "published":
        withdraw(actor, product.id)


def _texts(rows: Sequence[Goods]) -> dict[str, TextFacts]:
    """Every part of the words by language, each from the first row that says it."""
    said: dict[str, dict[str, str]] = {}
    for row in rows:
        for language, text in row.texts.items():
            parts = said.setdefault(language, {})
            for part in TEXT_PARTS:
                parts[part] = parts.get(part) or getattr(text, part)
    return {language: TextFacts(**parts) for language, parts in said.items()}


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


def _write(actor: Actor, product: Product, rows: Sequence[Goods], fresh: Mapping[str, set[str]]) -> set[str]:
    """The fresh parts of the rows are written, all else stays; returns the keys of the rows that became new variants."""
    there = list(db.session.scalars(select(Variant).where(Variant.product_id == product.id).order_by(Variant.position)))
    made = set()
    facts = [_as_it_is(one) for one in there]
    for row in rows:
        if not row.is_variant:
            continue
        index = _index_of(row, there)
        if index is None:
            facts.append(_new_variant(row))
            made.add(row.row_key)
        else:
            facts[index] = _merged(facts[index], row.only(fresh[row.row_key]))
    rows = [row.only(fresh[row.row_key]) for row in rows]
    labels = next((row.labels for row in rows if row.labels is not None), None)
    edit_product(
        actor,
        product.id,
        product.version,
        ProductFacts(
            next((row.category for row in rows if row.category), product.category),
            product.drawing,
            tuple(product.labels) if labels is None else labels,
            next((row.origin for row in rows if row.origin), product.origin),
        ),
        facts,
    )
    _change_texts(actor, product.id, product.version, _texts(rows))
    return made


def _change_texts(actor: Actor, product_id: int, version: int, said: Mapping[str, TextFacts]) -> None:
    rows = {row.language: row for row in db.session.scalars(select(ProductText).where(ProductText.product_id == product_id))}
    changed = {}
    for language, text in said.items():
        row = rows.get(language)
        changed[language] = (
            text
            if row is None
            else replace(
                text,
                title=text.title or row.title,
                description=text.description or row.description,
                ingredients=text.ingredients or row.ingredients,
                storage=text.storage or row.storage,
            )
        )
    if changed:
        write_texts(actor, product_id, version, changed)


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
