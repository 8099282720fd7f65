"""Who acts: a frozen value that every service takes first."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from app.kernel.errors import NotFound

KINDS = ("person", "guest", "system")
# What somebody is in an organisation, by the names that are stored.
CHAIR, TREASURER, SELLER, PACKER, MEMBER = "chair", "treasurer", "seller", "packer", "member"


@dataclass(frozen=True)
class Actor:
    """The person, guest or machine that acts.

    `person_id` is None for guests and for the system. `roles` maps organisation ids to the
    roles the person holds there. `guest` is the key of a visitor's session (for a basket) or None.
    """

    kind: str  # one of KINDS
    person_id: int | None = None
    operator: bool = False
    instructor: bool = False
    roles: Mapping[int, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    language: str = "fr"
    guest: str | None = None

    def holds(self, organisation_id: int, *roles: str) -> bool:
        """Does the actor hold one of the roles (any role when none is named) in the organisation?"""
        held = self.roles.get(organisation_id, frozenset())
        return bool(held & set(roles)) if roles else bool(held)

    @property
    def is_system(self) -> bool:
        """The machine itself: a job, a command, the demo."""
        return self.kind == "system"

    @property
    def known(self) -> bool:
        return self.person_id is not None


SYSTEM = Actor("system")


def guest(key: str | None = None, language: str = "fr") -> Actor:
    """A visitor without an account; `key` names the session that holds a basket."""
    return Actor("guest", guest=key, language=language)


def require_person(actor: Actor) -> int:
    """The id of the person who acts. Raises NotFound: a guest and the system have nothing of their own."""
    if actor.person_id is None:
        raise NotFound()
    return actor.person_id
