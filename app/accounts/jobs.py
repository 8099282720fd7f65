"""Recurring work of accounts."""

from app.accounts.queries.acts import acts_due
from app.accounts.queries.desk_people import lost_due
from app.accounts.services.codes import forget_codes
from app.accounts.services.known_browsers import forget_old_browsers
from app.accounts.services.limits import forget_old_attempts
from app.accounts.services.lost_factors import carry_out_lost
from app.accounts.services.second_person import carry_out_act
from app.engines.transactions import transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now


def sweep() -> None:
    """Forget codes, attempts and browsers that are worth nothing any more."""
    with transaction():
        forget_codes(now())
        forget_old_attempts(now())
        forget_old_browsers(now())


def carry_out() -> None:
    """What has waited its 48 hours, each in a transaction of its own: killed half way, the rest is done the next time."""
    for lost_id in lost_due(now()):
        with transaction():
            carry_out_lost(SYSTEM, lost_id, now())
    for act_id in acts_due(now()):
        with transaction():
            carry_out_act(SYSTEM, act_id, now())
