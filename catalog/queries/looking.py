"""What an import would do, worked out by reading alone: a look takes no lock and writes nothing.

The same plans as the import's, the same rules in the same order, beside what stands.
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
from catalog.gateway.report import Outcome, all_refused, whole_or_none
from catalog.models import Variant
from catalog.queries.offers import STOCK
from catalog.queries.plans import Plan, changed_product, new_product
from catalog.queries.standing import Batch, Standing, standings
from catalog.rules.facts import VariantFacts, checked_product, checked_text, checked_variants
from catalog.rules.products import require_publishable, require_unchanged

NOBODY = 0


class Look:
    """A look at one file: `known` are the products it means, its batches are looked at in their order."""

    def __init__(self, organisation_id: int, own: bool, known: Mapping[str, int], now: datetime) -> None:
        self.organisation = db.session.get_one(Organisation, organisation_id)
        self.own, self.known, self.now = own, known, now

    def at(self, batch: Batch) -> list[Outcome]:
        """What would become of the rows of this batch. Four statements, six for our own files."""
        keys = {group[0].product_key for group in batch}
        standing = standings({self.known[key] for key in keys if key in self.known}, self.own)
        stocks = self._stocks(list(standing.values()))
        outcomes: list[Outcome] = []
        for group in batch:
            sound, refused = whole_or_none(group)
            outcomes += refused
            if not sound:
                continue
            there = standing.get(self.known.get(sound[0].product_key, NOBODY))
            try:
                verified = self.organisation.state == "verified"
                plan = new_product(sound, verified) if there is None else changed_product(there, sound, verified)
                self._require(plan, there, stocks)
                outcomes += plan.outcomes(sound)
            except Refusal as refusal:
                outcomes += all_refused(sound, Problem(refusal.code, dict(refusal.facts)))
        return outcomes

    def _stocks(self, standing: Sequence[Standing]) -> dict[int, tuple[int, int]]:
        """{variant: (there are, free)}"""
        ids = [variant.id for one in standing for variant in one.variants]
        rows = db.session.execute(
            select(Variant.id, on_hand(), free(self.now)).join(*counted(STOCK, Variant.id)).where(Variant.id.in_(ids))
        )
        return {variant_id: (there, loose) for variant_id, there, loose in rows}

    def _require(self, plan: Plan, there: Standing | None, stocks: dict[int, tuple[int, int]]) -> None:
        """Raises what writing the plan would raise, in the same order."""
        if plan.facts is None:
            return
        checked_product(plan.facts, self.organisation.territory)
        variants = checked_variants(plan.variants)
        if there is None:
            source = best_language(plan.texts, next(iter(plan.texts), ""))
            if not one_line(plan.texts[source].title if source else ""):
                raise Invalid("catalog-title-missing", "title")
            self._require_texts(plan)
        for variant in variants:
            if variant.id is not None and variant.stock is not None:
                _require_countable(variant, stocks)
        if there is not None:
            self._require_publishable(there, variants)
            self._require_texts(plan)

    def _require_texts(self, plan: Plan) -> None:
        for language, text in plan.texts.items():
            checked_text(text, language)

    def _require_publishable(self, there: Standing, variants: Sequence[VariantFacts]) -> None:
        product = there.product
        if product.state == "published":
            titles = {code: text.title for code, text in there.texts.items()}
            prices = [one.price for one in variants if one.active]
            verified = self.organisation.state == "verified" or product.published_at is not None
            require_publishable(titles, prices, verified)


def _require_countable(variant: VariantFacts, stocks: dict[int, tuple[int, int]]) -> None:
    """Nobody has sold since the count, and no more is held than there would be."""
    there, loose = stocks.get(variant.id or NOBODY, (0, 0))
    stock = variant.stock or 0
    require_unchanged(variant.id or NOBODY, there, stock, variant.stock_was)
    if there - loose > stock:
        raise Conflict("more-is-held", kind=STOCK, subject=variant.id, asked=stock)
