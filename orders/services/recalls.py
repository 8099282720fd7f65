"""Who has something of a recalled lot is told, once, in the language of the order."""

from app.engines.db import db
from app.engines.jobs import enqueue
from app.engines.journal import record
from app.engines.language import language
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from catalog.queries import LotLine, lot_of
from orders.models import Purchase
from orders.permissions import require_decide
from orders.queries.lots import TakenFromLot
from orders.services.letters import write_recall

TELL = "orders.tell-of-recall"


def ask_to_tell(actor: Actor, organisation_id: int, lot_id: int) -> None:
    """Those who have something of the lot are written to by a job, once however often it is asked for.

    Raises Conflict("lot-not-recalled") as long as it is sold.
    """
    require_decide(actor, organisation_id)
    if lot_of(organisation_id, lot_id, language(), now()).recalled_at is None:
        raise Conflict("lot-not-recalled")
    enqueue(TELL, unique_key=f"recall:{lot_id}", organisation_id=organisation_id, lot_id=lot_id)
    record(actor, "tell-of-recall", "lot", lot_id)


def tell_of_recall(lot: LotLine, taken: TakenFromLot) -> None:
    """The buyer of one order."""
    write_recall(db.session.get_one(Purchase, taken.purchase_id), lot, taken)
