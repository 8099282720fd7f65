"""Recurring work of accounts."""

from app.accounts.services.codes import forget_codes
from app.accounts.services.known_browsers import forget_old_browsers
from app.accounts.services.limits import forget_old_attempts
from app.engines.transactions import transaction
from app.kernel.clock import now


def sweep() -> None:
    """Forget codes, attempts and browsers that are worth nothing any more."""
    with transaction():
        forget_codes(now())
        forget_old_attempts(now())
        forget_old_browsers(now())
