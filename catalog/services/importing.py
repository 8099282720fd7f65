"""Writes rows of goods from a file: each row is created, changed, unchanged or refused, and none is lost."""

import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from app.accounts.models import Organisation
from app.engines.db import db
from app.engines.files.pictures import Picture
from app.kernel.actor import Actor
from app.kernel.errors import Refusal
from catalog.gateway.goods import Goods, Problem, handle_in
from catalog.gateway.report import Outcome, all_refused, whole_or_none
from catalog.models import Product
from catalog.queries.plans import Plan, changed_product, new_product
from catalog.queries.standing import Batch, Standing, known_by_key, standings
from catalog.rules.facts import ProductFacts
from catalog.rules.products import PRODUCT
from catalog.services.listing import tell_search
from catalog.services.making import make_product
from catalog.services.products import office_of, rewrite_product


def import_batch(
    actor: Actor,
    organisation_id: int,
    batch: Batch,
    own: bool,
    known: Mapping[str, int],
    pictures: Mapping[str, Sequence[Picture]] = MappingProxyType({}),
) -> list[Outcome]:
    """Writes the products of a batch, each whole or not at all. `own` files are compared with what stands here now.

    `known` are the products that the whole file meant before any of it was written; what another file has made since is
    known by its key. `pictures` of new products are stored already. The cooperative stays locked meanwhile.
    """
    done = import_in_time(actor, organisation_id, batch, own, known, pictures=pictures)
    return [outcome for outcomes in done for outcome in outcomes]


def import_in_time(
    actor: Actor,
    organisation_id: int,
    batch: Batch,
    own: bool,
    known: Mapping[str, int],
    until: float | None = None,
    pictures: Mapping[str, Sequence[Picture]] = MappingProxyType({}),
) -> list[list[Outcome]]:
    """The same, product by product; none but the first is begun that would not be done at `until` (time.monotonic)."""
    organisation = office_of(actor, organisation_id)
    keys = {group[0].product_key for group in batch}
    meant = {**known_by_key(organisation_id, sorted(keys)), **{key: known[key] for key in keys if key in known}}
    standing = standings(meant.values(), own)
    done, written = list[list[Outcome]](), list[int]()
    slowest = 0.0
    for group in batch:
        began = time.monotonic()
        if done and until is not None and began + slowest > until:
            break
        there = meant.get(group[0].product_key, 0)
        if there in written:  # by another row's key as well
            standing |= standings([there], own)
        shown = pictures.get(group[0].product_key, ())
        outcomes, product_id = _import_product(actor, organisation, group, standing.get(there), shown)
        done.append(outcomes)
        written += [product_id] if product_id is not None else []
        slowest = max(slowest, time.monotonic() - began)
    tell_search(organisation_id, *dict.fromkeys(written))
    return done


def _import_product(
    actor: Actor, organisation: Organisation, group: Sequence[Goods], there: Standing | None, pictures: Sequence[Picture]
) -> tuple[list[Outcome], int | None]:
    """What became of its rows, and the product when something of it was written."""
    sound, refused = whole_or_none(group)
    verified = organisation.state == "verified"
    if not sound:
        return refused, None
    try:
        with db.session.begin_nested():
            if there is None:
                plan = new_product(sound, verified)
                product_id: int | None = _create(actor, organisation, plan, sound, pictures)
            else:
                plan = changed_product(there, sound, verified)
                product_id = there.product.id if _change(actor, organisation, there.product, plan, sound) else None
        return [*refused, *plan.outcomes(sound)], product_id
    except Refusal as refusal:
        db.session.expire_all()
        return [*refused, *all_refused(sound, Problem(refusal.code, dict(refusal.facts)))], None


def _create(actor: Actor, organisation: Organisation, plan: Plan, rows: Sequence[Goods], pictures: Sequence[Picture]) -> int:
    key = rows[0].product_key
    return make_product(
        actor,
        organisation,
        plan.texts,
        plan.variants,
        plan.facts or ProductFacts(),
        pictures,
        external_key=key,
        external_rows=plan.remembered,
        slug=_wanted_slug(key),
        on_sale=plan.state != PRODUCT.first,
    ).id


def _wanted_slug(key: str) -> str | None:
    """The file's own handle, where it can be an address."""
    handle = handle_in(key) or ""
    return handle.lower()[:80] if handle.isascii() and handle.replace("-", "").isalnum() else None


def _change(actor: Actor, organisation: Organisation, product: Product, plan: Plan, rows: Sequence[Goods]) -> bool:
    """Whether the product itself has changed, and not only what is remembered of the file."""
    changes = plan.facts is not None or plan.move is not None
    if changes:
        texts = plan.texts if plan.facts is not None else {}
        rewrite_product(actor, product, organisation, plan.facts, plan.variants, texts, plan.move)
    if plan.remembered is not None:
        product.external_key = product.external_key or rows[0].product_key
        product.external_rows = dict(plan.remembered)
    return changes
