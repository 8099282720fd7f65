"""Recurring work of accounts."""

from app.accounts.services.codes import forget_codes
from app.accounts.services.limits import forget_old_attempts
from app.engines.transactions import transaction
from app.kernel.clock import now


def sweep() -> None:
    """Forget codes and attempts that are worth nothing any more."""
    with transaction():
        forget_codes(now())
        forget_old_attempts(now())
