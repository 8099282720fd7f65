"""The deeds of notices: a person reads what they were told."""

from app.engines.db import db
from app.kernel.clock import now
from app.notices.models import Notice
from app.notices.services import reading
from tests.kinds.deeds import Deed, Prepare, deed
from tests.kinds.world import World


def unread(world: World) -> int:
    """The id of one the buyer has not read, the latest of all."""
    told = {"kind": "orders.bought", "subject": "…", "path": "/fr/orders/T1", "language": "fr", "told_at": now()}
    row = Notice(person_id=world["buyer"], event="an event of the world", **told)
    db.session.add(row)
    db.session.flush()
    return row.id


def reads_one(world: World) -> Deed:
    actor, notice = world.actor("buyer"), unread(world)
    return deed(actor, lambda: reading.read_notice(actor, notice, now()), "read-notice", "notice", notice)


def reads_all(world: World) -> Deed:
    actor, notice = world.actor("buyer"), unread(world)
    count: list[int] = []

    def call() -> None:
        count.append(reading.read_notices(actor, notice, now()))

    return deed(actor, call, "read-notices", "person", world["buyer"], count=lambda: count[0])


DEEDS: dict[str, Prepare] = {
    "app.notices.services.reading.read_notice": reads_one,
    "app.notices.services.reading.read_notices": reads_all,
}
