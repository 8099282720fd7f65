"""Who is looking at this page: the signed-in person as a frozen value, or a guest."""

from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from flask import g, session
from flask_login import current_user

from app.engines.language import language
from app.kernel.actor import Actor, guest


@dataclass(frozen=True)
class Office:
    """A place the person works in: an organisation and the roles held there."""

    id: int
    slug: str
    name: str
    kind: str
    state: str
    territory: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Factor:
    """How a person stands with the second factor: has one, needs one, until when there is time, and whether that is over."""

    secured: bool = False
    needed: bool = False
    grace_ends: datetime | None = None
    overdue: bool = False


@dataclass(frozen=True)
class Visitor:
    """The signed-in person, as pages and access rules need it. Flask-Login's user object."""

    id: int
    name: str
    language: str
    is_operator: bool = False
    is_instructor: bool = False
    offices: tuple[Office, ...] = field(default=())
    factor: Factor = Factor()
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        return str(self.id)

    def office(self, slug: str) -> Office | None:
        return next((office for office in self.offices if office.slug == slug), None)


def visitor() -> Visitor | None:
    """The signed-in person, or None. Loads the session at the first call."""
    if not session.get("_user_id"):  # nobody, which Flask-Login would find out more dearly
        return None
    user = current_user._get_current_object()
    return user if isinstance(user, Visitor) else None


def actor() -> Actor:
    """The frozen value that services take: the person, or the guest of this session."""
    if "actor" not in g:
        me = visitor()
        if me is None:
            g.actor = guest(session.get("guest"), language())
        else:
            roles = MappingProxyType({office.id: office.roles for office in me.offices})
            g.actor = Actor("person", me.id, me.is_operator, me.is_instructor, roles, language(), session.get("guest"))
    who: Actor = g.actor
    return who
