"""Who may do what in an organisation; a stranger's organisation is not found."""

from app.kernel.actor import CHAIR, SELLER, TREASURER, Actor
from app.kernel.errors import NotAllowed, NotFound

EDITORS = (CHAIR, SELLER)
BANKERS = (CHAIR, TREASURER)
HEADS = (CHAIR,)


def require_roles(actor: Actor, organisation_id: int, *roles: str) -> None:
    """NotFound for a stranger, NotAllowed for a member without one of the roles."""
    if not actor.holds(organisation_id):
        raise NotFound()
    if not actor.holds(organisation_id, *roles):
        raise NotAllowed("role-missing", roles=", ".join(roles))


def require_operator(actor: Actor) -> None:
    """The office alone, or the system acting for it."""
    if not actor.operator and not actor.is_system:
        raise NotFound()


def may_see_bank(actor: Actor, organisation_id: int) -> bool:
    """Bank details are for the chair, the treasurer and the office."""
    return actor.operator or actor.holds(organisation_id, *BANKERS)
