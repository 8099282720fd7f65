"""Who may do what with a product."""

from app.kernel.actor import CHAIR, PACKER, SELLER, Actor
from app.kernel.errors import NotAllowed, NotFound

EDITORS = (SELLER, CHAIR)
COUNTERS = (SELLER, CHAIR, PACKER)


def may_edit(actor: Actor, organisation_id: int) -> bool:
    """Sellers and chairs write what their cooperative sells; the system does for imports and demo data."""
    return actor.is_system or actor.holds(organisation_id, *EDITORS)


def require_office(actor: Actor) -> None:
    """The office alone decides about proofs and what is asked."""
    if not actor.operator:
        raise NotFound()


def may_count(actor: Actor, organisation_id: int) -> bool:
    """Whoever packs may also correct the stock."""
    return actor.is_system or actor.holds(organisation_id, *COUNTERS)


def may_see(actor: Actor, organisation_id: int, listed: bool) -> bool:
    """Everybody sees what is listed; members see all of their cooperative's."""
    return listed or actor.is_system or actor.holds(organisation_id)


def require_edit(actor: Actor, organisation_id: int) -> None:
    """NotFound for strangers, NotAllowed for members of another role."""
    _require(may_edit(actor, organisation_id), actor, organisation_id, EDITORS)


def require_count(actor: Actor, organisation_id: int) -> None:
    _require(may_count(actor, organisation_id), actor, organisation_id, COUNTERS)


def _require(allowed: bool, actor: Actor, organisation_id: int, roles: tuple[str, ...]) -> None:
    if allowed:
        return
    if actor.holds(organisation_id):
        raise NotAllowed("role-missing", roles=", ".join(roles))
    raise NotFound()
