"""Lots by hand and by the clock: received, counted, past their day, recalled. The stock is locked before its lots."""

from datetime import date, datetime

from sqlalchemy import bindparam, select

from app.accounts.models import Organisation
from app.engines import counters
from app.engines.crash_points import crash_point
from app.engines.db import db, insert_once
from app.engines.generations import changed
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import SYSTEM, Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, NotFound
from app.kernel.text import one_line
from app.territories.loading import territory_named
from catalog.models import Lot, Product, StockMovement, Variant
from catalog.permissions import require_count, require_edit
from catalog.queries.lots import LOT, lots_left
from catalog.queries.offers import STOCK
from catalog.rules.products import MAX_STOCK, require_unchanged, require_within
from catalog.rules.stock import CODE_LONGEST, MOST_SHELF_DAYS, RECALL_LONGEST, last_day_of_sale
from catalog.services.stock import Why, book_out, note, require_own, row_of

# The product is locked before the stock of its sizes, as by whoever edits it.
DAYS = (
    select(Product.shelf_days, Organisation.territory)
    .join(Variant, Variant.product_id == Product.id)
    .join(Organisation, Organisation.id == Product.organisation_id)
    .where(Variant.id == bindparam("variant"))
    .with_for_update(of=Product)
)


def receive_lot(
    actor: Actor, organisation_id: int, variant_id: int, code: str, best_before: date, number: int, form_key: str
) -> None:
    """So many came in a lot, a new one or one that is there; the same form key again changes nothing.

    What there was of the variant before its first lot is counted into that one. Raises Invalid, Conflict (its other day).
    """
    require_count(actor, organisation_id)
    require_own(organisation_id, [variant_id])
    code = one_line(code)
    if not 0 < len(code) <= CODE_LONGEST:
        raise Invalid("catalog-lot-code", "lot", limit=CODE_LONGEST)
    number = require_within(number, 1, MAX_STOCK, "number")
    days, territory = db.session.execute(DAYS, {"variant": variant_id}).one()
    there, moment = counters.on_hand_for_update(STOCK, variant_id), now()
    require_within(there + number, 0, MAX_STOCK, "number")
    if db.session.scalar(select(StockMovement.id).where(StockMovement.form_key == form_key)) is not None:
        return
    until = territory_named(territory).end_of(last_day_of_sale(best_before, days))
    if until <= moment:
        raise Invalid("catalog-lot-too-late", "best_before", days=days)
    lot = _lot_named(variant_id, code, best_before) or _new_lot(variant_id, code, best_before, until)
    row = row_of(Why(actor, "made", moment), variant_id, number, lot_id=lot.id)
    if insert_once(StockMovement, "form_key", **row, form_key=form_key) is None:
        raise Conflict("catalog-edited-meanwhile")
    counters.put_back(STOCK, {variant_id: number})
    counters.put_back(LOT, {lot.id: number})
    crash_point("lot-received")
    record(actor, "receive-lot", "lot", lot.id, variant=variant_id, number=number)


def _lot_named(variant_id: int, code: str, best_before: date) -> Lot | None:
    lot = db.session.scalar(select(Lot).where(Lot.variant_id == variant_id, Lot.code == code))
    if lot is not None:
        if lot.best_before != best_before:
            raise Conflict("catalog-lot-other-day", "best_before", lot=code)
        if lot.recalled_at is not None:
            raise Conflict("catalog-lot-recalled", "lot", lot=code)
    return lot


def _new_lot(variant_id: int, code: str, best_before: date, until: datetime) -> Lot:
    first = db.session.scalar(select(Lot.id).where(Lot.variant_id == variant_id).limit(1)) is None
    lot = Lot(
        variant_id=variant_id, code=code, best_before=best_before, sells_until=until, received_at=now(), recall_reason=""
    )
    db.session.add(lot)
    db.session.flush()
    if first:
        _count_into(lot)
    else:
        counters.open_counter(LOT, lot.id, 0)
    return lot


def _count_into(lot: Lot) -> None:
    """What was in no lot is in this one, also what is held of it."""
    there = counters.open_beside(LOT, lot.id, STOCK, lot.variant_id)
    why = Why(SYSTEM, "sorted", now())
    note(why, {lot.variant_id: -there})
    note(why, {lot.variant_id: there}, lots={lot.variant_id: {lot.id: there}})


def count_lot(actor: Actor, organisation_id: int, lot_id: int, counted: int, seen: int | None) -> None:
    """A person has counted when there were `seen`; less than is held raises Short, a number that changed since Conflict."""
    require_count(actor, organisation_id)
    lot, moment = _own_lot(organisation_id, lot_id), now()
    require_within(counted, 0, MAX_STOCK, f"lot_{lot_id}")
    there = counters.on_hand_for_update(LOT, lot_id)
    require_unchanged(lot_id, there, counted, seen)
    if lot.recalled_at is not None or lot.sells_until <= moment:
        raise Conflict("catalog-lot-over", lot=lot.code)
    change = counters.set_on_hand(LOT, lot_id, counted, moment)
    if change > 0:
        counters.put_back(STOCK, {lot.variant_id: change})
    elif change:
        counters.use_up(STOCK, {lot.variant_id: -change}, moment)
    note(Why(actor, "counted", moment), {lot.variant_id: change}, lots={lot.variant_id: {lot_id: abs(change)}})
    crash_point("lot-counted")
    record(actor, "count-lot", "lot", lot_id, on_hand=counted)


def _own_lot(organisation_id: int, lot_id: int) -> Lot:
    """A lot of this organisation, as it is once the stock of its variant is locked; else NotFound."""
    own = select(Lot).join(Variant, Variant.id == Lot.variant_id)
    lot = db.session.scalar(own.where(Lot.id == lot_id, Variant.organisation_id == organisation_id))
    if lot is None:
        raise NotFound()
    counters.on_hand_for_update(STOCK, lot.variant_id)
    db.session.refresh(lot)
    return lot


def set_shelf_days(actor: Actor, organisation_id: int, product_id: int, days: int) -> None:
    """Lots of the product are sold until so many days before their day, those that are there as well."""
    require_edit(actor, organisation_id)
    require_within(days, 0, MOST_SHELF_DAYS, "days")
    own = select(Product).where(Product.id == product_id, Product.organisation_id == organisation_id)
    product = db.session.scalar(own.with_for_update())
    if product is None:
        raise NotFound()
    product.shelf_days = days
    territory = territory_named(db.session.get_one(Organisation, organisation_id).territory)
    of_product = select(Lot).join(Variant, Variant.id == Lot.variant_id).where(Variant.product_id == product_id)
    for lot in db.session.scalars(of_product):
        lot.sells_until = territory.end_of(last_day_of_sale(lot.best_before, days))
    db.session.flush()
    changed("market")
    record(actor, "set-shelf-days", "product", product_id, days=days)


def recall_lot(actor: Actor, organisation_id: int, lot_id: int, reason: str) -> bool:
    """Nothing of the lot is sold any more, from now on; False when it was recalled before.

    Whoever was just paying, or had not confirmed yet, holds it no longer: another lot stands in if there is one.
    """
    require_edit(actor, organisation_id)
    reason = typed.reason(one_line(reason), RECALL_LONGEST)
    lot, moment = _own_lot(organisation_id, lot_id), now()
    if lot.recalled_at is not None:
        return False
    holders = counters.end_all(STOCK, [lot.variant_id], counters.end_all(LOT, [lot_id]))
    counters.end_all(LOT, [one.id for one in lots_left([lot.variant_id])], holders)
    lot.recalled_at, lot.recall_reason = moment, reason
    crash_point("lot-stopped")
    gone = book_out(Why(actor, "recalled", moment), lot.variant_id, lot_id)
    db.session.flush()
    record(actor, "recall-lot", "lot", lot_id, gone=gone)
    crash_point("lot-recalled")
    return True


def end_lot(actor: Actor, lot_id: int) -> None:
    """What nobody holds of a lot past its last moment of sale leaves the stock."""
    lot = db.session.get_one(Lot, lot_id)
    counters.on_hand_for_update(STOCK, lot.variant_id)
    db.session.refresh(lot)
    moment = now()
    if lot.sells_until <= moment:
        gone = book_out(Why(actor, "over", moment), lot.variant_id, lot_id)
        record(actor, "end-lot", "lot", lot_id, gone=gone)
