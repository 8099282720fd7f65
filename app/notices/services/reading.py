"""A person reads what they were told, and what is old goes."""

from datetime import datetime

from sqlalchemy import delete, select, update

from app.engines.db import db, rows_changed
from app.engines.journal import record
from app.engines.own_data import Whose
from app.kernel.actor import Actor, require_person
from app.kernel.errors import NotFound
from app.notices.models import Notice


def read_notice(actor: Actor, notice_id: int, moment: datetime) -> str:
    """One is read; returns the path of the page it is about. Raises NotFound for somebody else's."""
    found = db.session.scalar(
        select(Notice).where(Notice.id == notice_id, Notice.person_id == require_person(actor)).with_for_update()
    )
    if found is None:
        raise NotFound()
    if found.read_at is None:
        found.read_at = moment
        record(actor, "read-notice", "notice", notice_id)
    return found.path


def read_notices(actor: Actor, until: int, moment: datetime) -> int:
    """All up to this one are read: what came while the list was open stays unread. Returns how many."""
    own = (Notice.person_id == require_person(actor)) & Notice.read_at.is_(None) & (Notice.id <= until)
    count = rows_changed(update(Notice).where(own).values(read_at=moment).execution_options(synchronize_session=False))
    if count:
        record(actor, "read-notices", "person", actor.person_id, count=count)
    return count


def forget_old(read_before: datetime, told_before: datetime) -> None:
    """Those that were read before a moment go, with what they said; those that nobody read, when told before another."""
    unread = Notice.read_at.is_(None) & (Notice.told_at < told_before)
    old = delete(Notice).where((Notice.read_at < read_before) | unread)
    db.session.execute(old.execution_options(synchronize_session=False))


def forget_notices_of(whose: Whose) -> None:
    """A person was erased: what they were told goes."""
    db.session.execute(
        delete(Notice).where(Notice.person_id == whose.person_id).execution_options(synchronize_session=False)
    )
