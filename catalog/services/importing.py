"""Writes rows of goods from a file: each row is created, changed, unchanged or refused, and none is lost."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sqlalchemy import select

from app.accounts.models import Organisation
from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import Refusal
from catalog.gateway.goods import Goods, Problem
from catalog.gateway.own import own_digests
from catalog.models import Product, ProductText, Variant
from catalog.permissions import require_edit
from catalog.queries.export import own_rows
from catalog.rules.facts import ProductFacts, TextFacts, VariantFacts
from catalog.services.products import create_product, edit_product, publish, write_texts

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
    for place, row in enumerate(goods):
        groups.setdefault(row.product_key or f"row {place}", []).append(row)
    batch: list[list[Goods]] = []
    for group in groups.values():
        if batch and sum(map(len, batch)) + len(group) > BATCH:
            yield batch
            batch = []
        batch.append(group)
    if batch:
        yield batch


def import_batch(actor: Actor, organisation_id: int, batch: Sequence[Sequence[Goods]], own: bool) -> list[Outcome]:
    """Writes the products of a batch, each whole or not at all. `own` files are compared with what stands here now."""
    require_edit(actor, organisation_id)
    verified = db.session.scalar(select(Organisation.state).where(Organisation.id == organisation_id)) == "verified"
    known = _known(organisation_id, batch)
    stands = _standing(known, own)
    outcomes: list[Outcome] = []
    for group in batch:
        sound = [row for row in group if row.problem is None]
        outcomes += [Outcome(row.line, "refused", row.problem) for row in group if row.problem is not None]
        if not sound:
            continue
        product_id = known.get(sound[0].product_key)
        try:
            with db.session.begin_nested():
                outcomes += _import_product(
                    actor, organisation_id, product_id, sound, stands.get(product_id or 0, {}), verified
                )
        except Refusal as refusal:
            db.session.expire_all()
            problem = Problem(refusal.code, dict(refusal.facts))
            outcomes += [Outcome(row.line, "refused", problem) for row in sound]
    return outcomes


def _known(organisation_id: int, batch: Sequence[Sequence[Goods]]) -> dict[str, int]:
    """Which products of the cooperative the groups mean: by key, by address, by barcode or article number."""
    keys = {group[0].product_key for group in batch}
    mine = (Product.organisation_id == organisation_id, Product.state != "discarded")
    found: dict[str, int] = {}
    handles = {key.partition(":")[2]: key for key in keys if key.startswith("handle:")}
    for row in db.session.execute(select(Product.id, Product.slug).where(*mine, Product.slug.in_(handles))):
        found[handles[row.slug]] = row.id
    barcodes = {row.barcode: row.product_key for group in batch for row in group if row.barcode}
    skus = {row.sku: row.product_key for group in batch for row in group if row.sku}
    for row in db.session.execute(
        select(Variant.product_id, Variant.barcode, Variant.sku)
        .join(Product, Product.id == Variant.product_id)
        .where(*mine, Variant.barcode.in_(barcodes) | Variant.sku.in_(skus))
    ):
        key = barcodes.get(row.barcode) or skus.get(row.sku)
        if key is not None:
            found.setdefault(key, row.product_id)
    for row in db.session.execute(select(Product.id, Product.external_key).where(*mine, Product.external_key.in_(keys))):
        found[row.external_key] = row.id
    return found


def _standing(known: Mapping[str, int], own: bool) -> dict[int, dict[str, str]]:
    """What each known product's rows were, by row key, as digests."""
    ids = sorted(set(known.values()))
    if own:
        return own_digests(own_rows(ids))
    rows = db.session.execute(select(Product.id, Product.external_rows).where(Product.id.in_(ids)))
    return {row.id: row.external_rows for row in rows}


def _import_product(
    actor: Actor,
    organisation_id: int,
    product_id: int | None,
    rows: Sequence[Goods],
    before: Mapping[str, str],
    verified: bool,
) -> list[Outcome]:
    digests = {row.row_key: row.digest for row in rows}
    if product_id is None:
        product_id = _create(actor, organisation_id, rows)
        results = dict.fromkeys(digests, "created")
    else:
        results = {
            key: "created" if key not in before else "unchanged" if before[key] == digest else "changed"
            for key, digest in digests.items()
        }
        fresh = [row for row in rows if results[row.row_key] != "unchanged"]
        if fresh:
            _change(actor, product_id, fresh)
    if set(results.values()) != {"unchanged"}:
        product = db.session.get_one(Product, product_id)
        product.external_key = product.external_key or rows[0].product_key
        product.external_rows = {**(product.external_rows or {}), **digests}
        if verified and product.state == "draft" and product.price_from is not None and _wants_sale(rows, results):
            publish(actor, product_id)
    return [Outcome(row.line, results[row.row_key]) for row in rows]


def _wants_sale(rows: Sequence[Goods], results: Mapping[str, str]) -> bool:
    """New goods with a price go on sale unless the file says otherwise; old drafts only when it says so."""
    said = [row.published for row in rows if row.published is not None]
    return all(said) and (bool(said) or "created" in results.values())


def _texts(rows: Sequence[Goods]) -> dict[str, TextFacts]:
    texts: dict[str, TextFacts] = {}
    for row in rows:
        for language, text in row.texts.items():
            texts.setdefault(language, text)
    return texts


def _create(actor: Actor, organisation_id: int, rows: Sequence[Goods]) -> int:
    first = rows[0]
    variants = [_new_variant(row) for row in rows if row.kind == "variant"]
    key = first.product_key
    slug = (
        key.partition(":")[2] if key.startswith("handle:") and key[7:].replace("-", "").isalnum() and key.isascii() else None
    )
    return create_product(
        actor,
        organisation_id,
        _texts(rows),
        variants or [VariantFacts(None)],
        ProductFacts(
            next((row.category for row in rows if row.category), None), labels=first.labels or (), origin=first.origin
        ),
        external_key=key,
        slug=slug.lower()[:80] if slug else None,
    )


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


def _change(actor: Actor, product_id: int, rows: Sequence[Goods]) -> None:
    """What the changed rows say is written; what they do not say stays."""
    product = db.session.get_one(Product, product_id)
    there = list(db.session.scalars(select(Variant).where(Variant.product_id == product_id).order_by(Variant.position)))
    facts = [_as_it_is(one) for one in there]
    for row in rows:
        if row.kind != "variant":
            continue
        place = _place_of(row, there)
        if place is None:
            facts.append(_new_variant(row))
        else:
            facts[place] = _merged(facts[place], row)
    labels = next((row.labels for row in rows if row.labels is not None), None)
    edit_product(
        actor,
        product_id,
        product.version,
        ProductFacts(
            next((row.category for row in rows if row.category), product.category),
            product.drawing,
            tuple(product.labels) if labels is None else labels,
            next((row.origin for row in rows if row.origin), product.origin),
        ),
        facts,
    )
    _change_texts(actor, product_id, product.version, _texts(rows))


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
                description=text.description or row.description,
                ingredients=text.ingredients or row.ingredients,
                storage=text.storage or row.storage,
            )
        )
    if changed:
        write_texts(actor, product_id, version, changed)


def _as_it_is(one: Variant) -> VariantFacts:
    return VariantFacts(
        one.price,
        one.unit,
        one.quantity,
        one.names,
        one.sku,
        one.barcode,
        one.weight_grams,
        None,
        one.active,
        one.external_key,
        one.id,
    )


def _place_of(row: Goods, there: Sequence[Variant]) -> int | None:
    """The variant the row means: by its key, its article number, its barcode; or the only one there is."""
    for same in (
        lambda one: one.external_key == row.row_key,
        lambda one: row.sku and one.sku == row.sku,
        lambda one: row.barcode and one.barcode == row.barcode,
    ):
        found = next((place for place, one in enumerate(there) if same(one)), None)
        if found is not None:
            return found
    return 0 if len(there) == 1 and row.row_key == "only" else None


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
        external_key=row.row_key,
        weight_grams=row.weight_grams if row.weight_grams is not None else old.weight_grams,
        active=old.active if row.active is None else row.active,
    )
