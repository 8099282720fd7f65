"""The office changes what is asked, from a moment on, with a reason; what was asked before stays readable.

What may be sold no more for want of a permit stops at the moment that was planned; what may be sold from then on waits for
a job of that moment.
"""

from datetime import datetime

from app.engines.jobs import enqueue
from app.engines.settings import set_value
from app.kernel.actor import Actor
from app.kernel.errors import Conflict
from app.territories.loading import territory_named
from app.territories.records import Requirement
from catalog.permissions import require_office
from catalog.queries.requirements import KIND, changes_of, requirements_at
from catalog.rules.proofs import as_value, checked_requirement
from catalog.services.permits import renew_permits_of_all

RENEW = "catalog.renew-permits"


def set_requirement(
    actor: Actor, territory: str, requirement: Requirement, holds_from: datetime, reason: str, moment: datetime, *, new: bool
) -> None:
    """It is asked so from that moment on. `new`: its key must be nobody's yet. Raises Refusal."""
    require_office(actor)
    clean = checked_requirement(requirement, territory_named(territory))
    known = clean.key in requirements_at(territory, moment) or clean.key in changes_of(territory)
    if new and known:
        raise Conflict("catalog-requirement-taken", "key")
    set_value(actor, KIND, territory, clean.key, as_value(clean), holds_from, reason, moment)
    renew_permits_of_all(territory, moment)
    if holds_from > moment:
        enqueue(RENEW, at=holds_from, territory=territory)
