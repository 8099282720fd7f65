"""Writes rows of goods from a file: each row is created, changed, unchanged or refused, and none is lost."""

from collections.abc import Mapping, Sequence

from app.engines.db import db
from app.kernel.actor import Actor
from app.kernel.errors import Refusal
from catalog.gateway.goods import Goods, Problem, handle_in
from catalog.gateway.report import Outcome
from catalog.models import Product
from catalog.queries.plans import Plan, changed_product, new_product
from catalog.queries.standing import Batch, known_by_key, standings
from catalog.rules.facts import ProductFacts
from catalog.services.products import create_product, edit_product, office_of, publish, withdraw, write_texts


def import_batch(actor: Actor, organisation_id: int, batch: Batch, own: bool, known: Mapping[str, int]) -> list[Outcome]:
    """Writes the products of a batch, each whole or not at all. `own` files are compared with what stands here now.

    `known` are the products that the whole file meant before any of it was written; what another file has made since is
    known by its key. The cooperative stays locked meanwhile.
    """
    verified = office_of(actor, organisation_id).state == "verified"
    keys = {group[0].product_key for group in batch}
    meant = {**{key: known[key] for key in keys if key in known}, **known_by_key(organisation_id, sorted(keys))}
    standing = standings(meant.values(), own)
    outcomes: list[Outcome] = []
    for group in batch:
        sound = [row for row in group if row.problem is None]
        outcomes += [Outcome(row.line, "refused", row.problem) for row in group if row.problem is not None]
        if not sound:
            continue
        there = standing.get(meant.get(sound[0].product_key, 0))
        try:
            with db.session.begin_nested():
                if there is None:
                    plan = new_product(sound)
                    _create(actor, organisation_id, plan, sound, verified)
                else:
                    plan = changed_product(there, sound)
                    _change(actor, there.product, plan, sound, verified)
                outcomes += [Outcome(row.line, plan.results[row.row_key]) for row in sound]
        except Refusal as refusal:
            db.session.expire_all()
            problem = Problem(refusal.code, dict(refusal.facts))
            outcomes += [Outcome(row.line, "refused", problem) for row in sound]
    return outcomes


def _create(actor: Actor, organisation_id: int, plan: Plan, rows: Sequence[Goods], verified: bool) -> None:
    """With a price it goes on sale, unless the file says otherwise."""
    key = rows[0].product_key
    product_id = create_product(
        actor,
        organisation_id,
        plan.texts,
        plan.variants,
        plan.facts or ProductFacts(),
        external_key=key,
        slug=_wanted_slug(key),
    )
    product = db.session.get_one(Product, product_id)
    product.external_rows = dict(plan.remembered or {})
    if verified and product.price_from is not None and all(row.published is not False for row in rows):
        publish(actor, product_id)


def _wanted_slug(key: str) -> str | None:
    """The file's own handle, where it can be an address."""
    handle = handle_in(key) or ""
    return handle.lower()[:80] if handle.isascii() and handle.replace("-", "").isalnum() else None


def _change(actor: Actor, product: Product, plan: Plan, rows: Sequence[Goods], verified: bool) -> None:
    if plan.facts is not None:
        edit_product(actor, product.id, product.version, plan.facts, plan.variants)
        if plan.texts:
            write_texts(actor, product.id, product.version, plan.texts)
    if plan.remembered is not None:
        product.external_key = product.external_key or rows[0].product_key
        product.external_rows = dict(plan.remembered)
    if plan.moves:
        _move(actor, product, rows, plan, verified)


def _move(actor: Actor, product: Product, rows: Sequence[Goods], plan: Plan, verified: bool) -> None:
    """Drafts that now have a price go on sale when the file says so; others come and go only when it says so anew."""
    said = [row.published for row in rows if row.published is not None]
    if all(said):
        ready = verified and product.price_from is not None
        if ready and ((product.state == "draft" and (said or plan.grown)) or (product.state == "withdrawn" and plan.told)):
            publish(actor, product.id)
    elif plan.told and product.state == "published":
        withdraw(actor, product.id)
