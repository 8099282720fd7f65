"""What notices keep of a person."""

from typing import Any

from sqlalchemy import Select, select

from app.engines.own_data import OwnData, Whose
from app.kernel.text import msg
from app.notices.models import Notice


def _notices(whose: Whose) -> Select[*tuple[Any, ...]]:
    row = Notice
    return (
        select(row.id, row.subject, row.language, row.told_at.label("at"), row.read_at)
        .where(row.person_id == whose.person_id)
        .order_by(row.id)
    )


OWN_DATA = (OwnData("notices", msg("Notices"), msg("To tell you what has happened, until you have read it."), _notices),)
