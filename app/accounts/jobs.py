"""Recurring work of accounts, and the long work that pages start."""

import logging

from app.accounts.gateway import keyed, unused_cards_kept
from app.accounts.queries.acts import acts_due
from app.accounts.queries.desk_people import lost_due
from app.accounts.queries.entry_cards import never_used
from app.accounts.queries.long_work import next_portions
from app.accounts.rules.long_work import KEEP_ENDED
from app.accounts.services.codes import forget_codes
from app.accounts.services.erasure import erase_never_used
from app.accounts.services.known_browsers import forget_old_browsers
from app.accounts.services.limits import forget_old_attempts
from app.accounts.services.long_work import end_long_work, forget_long_work, stop_abandoned, write_next_portions
from app.accounts.services.lost_factors import carry_out_lost
from app.accounts.services.second_person import carry_out_act
from app.engines.jobs import keep_working
from app.engines.transactions import make_way, transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Refusal

log = logging.getLogger("tiwizi.accounts")


def sweep() -> None:
    """Forget codes, attempts, browsers and ended work that are worth nothing any more; end work that nobody goes on with."""
    with transaction():
        forget_codes(now())
        forget_old_attempts(now())
        forget_old_browsers(now())
        stop_abandoned(now())
        forget_long_work(now() - KEEP_ENDED)


def forget_unused_cards() -> None:
    """Accounts of entry cards that nobody ever used go, each in a transaction of its own. What is tied to one keeps it."""
    before = now() - unused_cards_kept()
    for person_id in never_used(before):
        try:
            with transaction():
                erase_never_used(SYSTEM, person_id, keyed("person", person_id), before, now())
        except Refusal as tie:
            log.warning("an unused account stays", extra={"person_id": person_id, "because": tie.code})


def carry_out() -> None:
    """What has waited its 48 hours, each in a transaction of its own: killed half way, the rest is done the next time."""
    for lost_id in lost_due(now()):
        with transaction():
            carry_out_lost(SYSTEM, lost_id, now())
    for act_id in acts_due(now()):
        with transaction():
            carry_out_act(SYSTEM, act_id, now())


def go_on(work_id: int) -> None:
    """Write what is left, some at a time; killed half way, the next worker goes on behind the last portion that stands."""
    refusal = None
    try:
        left = True
        while left:
            keep_working()
            ready = next_portions(work_id)
            with transaction():
                left = write_next_portions(work_id, ready, now())
            make_way()
    except Refusal as refused:
        refusal = refused
    with transaction():
        end_long_work(work_id, refusal, now())
