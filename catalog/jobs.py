"""Recurring work of the catalogue."""

from datetime import timedelta

from app.engines.jobs import keep_working
from app.engines.transactions import make_way, transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from catalog.queries.lots import lots_over
from catalog.queries.proofs import proofs_ending, proofs_to_end
from catalog.rules.proofs import WARNINGS
from catalog.services.lots import end_lot
from catalog.services.permits import renew_permits_of_all
from catalog.services.proofs import end_proof, warn_of_end


def look_at_proofs() -> None:
    """End what has ended, warn of what ends soon; each in a transaction of its own, so that the rest is done next time."""
    moment = now()
    for proof_id in proofs_to_end(moment):
        with transaction():
            end_proof(SYSTEM, proof_id, moment)
        keep_working()
        make_way()
    for proof_id in proofs_ending(moment, timedelta(days=max(WARNINGS))):
        with transaction():
            warn_of_end(SYSTEM, proof_id, moment)
        keep_working()


def look_at_lots() -> None:
    """What is past its last moment of sale leaves the stock, lot by lot; nobody could buy it from that moment on."""
    for lot_id in lots_over(now()):
        with transaction():
            end_lot(SYSTEM, lot_id)
        keep_working()
        make_way()


def renew_permits(territory: str) -> None:
    """Something else is asked from now on, as it was planned."""
    with transaction():
        renew_permits_of_all(territory, now())
