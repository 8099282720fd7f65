"""What notices hear: a person was erased."""

from app.engines.own_data import Whose
from app.notices.services.reading import forget_notices_of


def on_person_erased(_sender: object, whose: Whose, **_more: object) -> None:
    """What they were told goes, in the same transaction."""
    forget_notices_of(whose)
