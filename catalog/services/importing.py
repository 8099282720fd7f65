"""Writes rows of goods from a file: each row is created, changed, unchanged or refused, and none is lost."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from catalog.services.making import NewProduct, checked_new, make_products
from catalog.services.products import office_of, rewrite_product

FIRST, MADE_AT_ONCE = 4, 40  # rows


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
    """The same, some products at a time; none but the first are begun that would not be done at `until` (time.monotonic)."""
    began = time.monotonic()
    organisation = office_of(actor, organisation_id)
    keys = {group[0].product_key for group in batch}
    meant = {**known_by_key(organisation_id, sorted(keys)), **{key: known[key] for key in keys if key in known}}
    standing = standings(meant.values(), own)
    done, written = list[list[Outcome]](), list[int]()
    rows = 0
    while some := _next(batch[len(done) :], _how_many(rows, began, until)):
        rows += sum(map(len, some))
        known_now = [meant.get(group[0].product_key, 0) for group in some]
        again = {there for there in known_now if there in written}
        if again:  # by another row's key as well
            standing |= standings(again, own)
        told, ids = _import_some(actor, organisation, some, [standing.get(there) for there in known_now], pictures)
        done += told
        written += ids
    tell_search(organisation_id, *dict.fromkeys(written))
    return done


def _how_many(done: int, began: float, until: float | None) -> int:
    """So many rows are written next, by the time that those before them took; some at least, to begin with."""
    if until is None:
        return MADE_AT_ONCE
    now = time.monotonic()
    if not done:
        return 1 if now >= until else FIRST
    return max(0, min(MADE_AT_ONCE, int((until - now) * done / (now - began))))


def _next(batch: Batch, rows: int) -> Batch:
    """The first products of so many rows, one at least; none when no row is to be written."""
    some: list[Sequence[Goods]] = []
    for group in batch:
        if (some or not rows) and sum(map(len, some)) + len(group) > rows:
            break
        some.append(group)
    return some


def _import_some(
    actor: Actor,
    organisation: Organisation,
    batch: Batch,
    there: Sequence[Standing | None],
    pictures: Mapping[str, Sequence[Picture]],
) -> tuple[list[list[Outcome]], list[int]]:
    """What became of the rows of each of these products, and those of which something was written."""
    told: list[list[Outcome]] = [[] for _ in batch]
    written, new = list[int](), list[_New]()
    verified = organisation.state == "verified"
    for index, (group, stands) in enumerate(zip(batch, there, strict=True)):
        sound, told[index] = whole_or_none(group)
        if not sound:
            continue
        try:
            if stands is None:
                plan = new_product(sound, verified)
                said = checked_new(organisation, _said(plan, sound[0].product_key, pictures))
                new.append(_New(index, plan, sound, said))
                continue
            with db.session.begin_nested():
                plan = changed_product(stands, sound, verified)
                changed = _change(actor, organisation, stands.product, plan, sound)
            told[index] += plan.outcomes(sound)
            written += [stands.product.id] if changed else []
        except Refusal as refusal:
            db.session.expire_all()
            told[index] += _refused(sound, refusal)
    for one, made in _make(actor, organisation, new):
        told[one.index] += one.plan.outcomes(one.rows) if isinstance(made, int) else _refused(one.rows, made)
        written += [made] if isinstance(made, int) else []
    return told, written


def _refused(rows: Sequence[Goods], refusal: Refusal) -> list[Outcome]:
    return all_refused(rows, Problem(refusal.code, dict(refusal.facts)))


@dataclass(frozen=True)
class _New:
    """A product that is to be made: its index in the batch, the plan, its rows, and what is stored."""

    index: int
    plan: Plan
    rows: Sequence[Goods]
    said: NewProduct


def _make(actor: Actor, organisation: Organisation, new: Sequence[_New]) -> list[tuple[_New, int | Refusal]]:
    """All of them at once; when one is refused, each by itself."""
    if not new:
        return []
    try:
        with db.session.begin_nested():
            products = make_products(actor, organisation, [one.said for one in new])
        return [(one, product.id) for one, product in zip(new, products, strict=True)]
    except Refusal as refusal:
        db.session.expire_all()
        if len(new) == 1:
            return [(new[0], refusal)]
        return [made for one in new for made in _make(actor, organisation, [one])]


def _said(plan: Plan, key: str, pictures: Mapping[str, Sequence[Picture]]) -> NewProduct:
    return NewProduct(
        plan.texts,
        plan.variants,
        plan.facts or ProductFacts(),
        pictures.get(key, ()),
        external_key=key,
        external_rows=plan.remembered or {},
        slug=_wanted_slug(key),
        on_sale=plan.state != PRODUCT.first,
    )


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
