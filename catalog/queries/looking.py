"""What an import would do, worked out by reading alone: a look takes no lock and writes nothing.

The same plans as the import's, the same rules in the same order, beside what stands and what earlier rows would make.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import select

from app.accounts.models import Organisation
from app.engines.counters import counted, free, on_hand
from app.engines.db import db
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.text import best_language, one_line
from catalog.gateway.goods import Problem
from catalog.gateway.report import Outcome
from catalog.models import Variant
from catalog.queries.offers import STOCK
from catalog.queries.plans import Plan, changed_product, new_product
from catalog.queries.standing import Batch, Standing, standings
from catalog.rules.facts import VariantFacts, checked_product, checked_text, checked_variants
from catalog.rules.products import require_publishable, require_unchanged

NOBODY, NEW = 0, -1  # whose an article number is: no variant's, or one's that the file would make


class Look:
    """A look at one file: `known` are the products it means, its batches are looked at in their order."""

    def __init__(self, organisation_id: int, own: bool, known: Mapping[str, int], now: datetime) -> None:
        self.organisation = db.session.get_one(Organisation, organisation_id)
        self.own, self.known, self.now = own, known, now
        self.holders: dict[str, int] = {}  # whose the article numbers would be, after the rows so far

    def at(self, batch: Batch) -> list[Outcome]:
        """What would become of the rows of this batch. Five statements, seven for our own files."""
        keys = {group[0].product_key for group in batch}
        standing = standings({self.known[key] for key in keys if key in self.known}, self.own)
        self._read_holders([one_line(row.sku) for group in batch for row in group if row.sku])
        stocks = self._stocks(list(standing.values()))
        outcomes: list[Outcome] = []
        for group in batch:
            sound = [row for row in group if row.problem is None]
            outcomes += [Outcome(row.line, "refused", row.problem) for row in group if row.problem is not None]
            if not sound:
                continue
            there = standing.get(self.known.get(sound[0].product_key, NOBODY))
            try:
                plan = new_product(sound) if there is None else changed_product(there, sound)
                self._require(plan, there, stocks)
                outcomes += [Outcome(row.line, plan.results[row.row_key]) for row in sound]
            except Refusal as refusal:
                problem = Problem(refusal.code, dict(refusal.facts))
                outcomes += [Outcome(row.line, "refused", problem) for row in sound]
        return outcomes

    def _read_holders(self, skus: Sequence[str]) -> None:
        rows = db.session.execute(
            select(Variant.sku, Variant.id).where(Variant.organisation_id == self.organisation.id, Variant.sku.in_(skus))
        )
        for sku, variant_id in rows:
            if sku is not None:
                self.holders.setdefault(sku, variant_id)

    def _stocks(self, standing: Sequence[Standing]) -> dict[int, tuple[int, int]]:
        """{variant: (there are, free)}"""
        ids = [variant.id for one in standing for variant in one.variants]
        rows = db.session.execute(
            select(Variant.id, on_hand(), free(self.now)).join(*counted(STOCK, Variant.id)).where(Variant.id.in_(ids))
        )
        return {variant_id: (there, loose) for variant_id, there, loose in rows}

    def _require(self, plan: Plan, there: Standing | None, stocks: dict[int, tuple[int, int]]) -> None:
        """Raises what writing the plan would raise, in the same order; then its article numbers are taken."""
        if plan.facts is None:
            return
        checked_product(plan.facts, self.organisation.territory)
        variants = checked_variants(plan.variants)
        if there is None:
            source = best_language(plan.texts, next(iter(plan.texts), ""))
            if not one_line(plan.texts[source].title if source else ""):
                raise Invalid("catalog-title-missing", "title")
            self._require_texts(plan)
        self._require_free(variants)
        for variant in variants:
            if variant.id is not None and variant.stock is not None:
                _require_countable(variant, stocks)
        if there is not None:
            self._require_publishable(there, variants)
            self._require_texts(plan)
        self._take(there, variants)

    def _require_texts(self, plan: Plan) -> None:
        for language, text in plan.texts.items():
            checked_text(text, language)

    def _require_free(self, variants: Sequence[VariantFacts]) -> None:
        ids = {NOBODY, *(one.id for one in variants if one.id is not None)}
        for variant in variants:
            if variant.sku and self.holders.get(variant.sku, NOBODY) not in ids:
                raise Invalid("catalog-sku-taken", "sku", sku=variant.sku)

    def _require_publishable(self, there: Standing, variants: Sequence[VariantFacts]) -> None:
        product = there.product
        if product.state == "published":
            titles = {code: text.title for code, text in there.texts.items()}
            prices = [one.price for one in variants if one.active]
            verified = self.organisation.state == "verified" or product.published_at is not None
            require_publishable(titles, prices, verified)

    def _take(self, there: Standing | None, variants: Sequence[VariantFacts]) -> None:
        for before in there.variants if there is not None else ():
            if before.sku:
                self.holders[before.sku] = NOBODY
        for variant in variants:
            if variant.sku:
                self.holders[variant.sku] = NEW if variant.id is None else variant.id


def _require_countable(variant: VariantFacts, stocks: dict[int, tuple[int, int]]) -> None:
    """Nobody has sold since the count, and no more is held than there would be."""
    there, loose = stocks.get(variant.id or NOBODY, (0, 0))
    stock = variant.stock or 0
    require_unchanged(variant.id or NOBODY, there, stock, variant.stock_was)
    if there - loose > stock:
        raise Conflict("more-is-held", kind=STOCK, subject=variant.id, asked=stock)
