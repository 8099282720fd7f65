"""Recurring work on notices."""

from app.engines.notice_kinds import notices_kept
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.notices.services.reading import forget_old


def sweep() -> None:
    """What was read so many days ago is forgotten, and what was told longer ago and never read."""
    read, told = notices_kept()
    with transaction():
        forget_old(now() - read, now() - told)
