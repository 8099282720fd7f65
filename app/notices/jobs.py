"""Recurring work on notices."""

from app.engines.notice_kinds import notices_kept
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.notices.services.reading import forget_read


def sweep() -> None:
    """What was read so many days ago is forgotten; what is unread stays."""
    with transaction():
        forget_read(now() - notices_kept())
