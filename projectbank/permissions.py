"""Who may see, write and decide about sheets, and who belongs to a group."""

from typing import Any

from sqlalchemy import ColumnElement, or_, true

from app.kernel.actor import Actor
from app.kernel.errors import NotAllowed, NotFound
from projectbank.models import Sheet


def may_see(actor: Actor, state: str, author_id: int | None) -> bool:
    """Everybody sees what is published; the author and the office see the rest, but the office no drafts."""
    if state == "published" or actor.is_system:
        return True
    if actor.known and actor.person_id == author_id:
        return True
    return actor.operator and state != "draft"


def visible_sheets(actor: Actor) -> ColumnElement[Any]:
    """The condition under which a sheet may be shown to this actor; the same as may_see."""
    if actor.is_system:
        return true()
    seen = [Sheet.state == "published"]
    if actor.known:
        seen.append(Sheet.author_id == actor.person_id)
    if actor.operator:
        seen.append(Sheet.state != "draft")
    return or_(*seen)


def may_write(actor: Actor, author_id: int | None) -> bool:
    """A sheet is its author's to write; the system writes imports and demo data."""
    return actor.is_system or (actor.known and actor.person_id == author_id)


def require_write(actor: Actor, author_id: int | None) -> None:
    """A stranger's sheet answers as one that is not there."""
    if not may_write(actor, author_id):
        raise NotFound()


def may_decide(actor: Actor, author_id: int | None) -> bool:
    """The office decides, but nobody about an own idea."""
    return actor.is_system or (actor.operator and actor.person_id != author_id)


def require_decide(actor: Actor, author_id: int | None) -> None:
    """NotFound for who is not of the office, NotAllowed for one's own idea."""
    if not actor.is_system and not actor.operator:
        raise NotFound()
    if not may_decide(actor, author_id):
        raise NotAllowed("own-idea")
