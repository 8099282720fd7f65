"""Who took a copy of somebody's data is written down."""

from app.engines.journal import record
from app.kernel.actor import Actor


def note_export(actor: Actor, person_id: int) -> None:
    """A copy of everything about this person is about to be handed out."""
    record(actor, "export-own-data", "person", person_id)
