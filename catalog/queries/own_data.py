"""What the catalogue keeps of a person, told to that person: the proofs they sent or decided about."""

from typing import Any

from sqlalchemy import Select, or_, select

from app.accounts.models import OrganisationText
from app.engines.own_data import OwnData, Whose
from app.kernel.text import msg
from catalog.models import Proof
from catalog.rules.proofs import STATES


def _proofs(who: Whose) -> Select[*tuple[Any, ...]]:
    row, text = Proof, OrganisationText
    name = (
        select(text.name)
        .where(text.organisation_id == row.organisation_id, text.source)
        .correlate_except(text)
        .scalar_subquery()
    )
    return (
        select(
            row.id,
            name.label("organisation"),
            row.requirement.label("kind"),
            row.state,
            row.sent_at,
            row.decided_at,
            row.reason,
            (row.decided_by == who.person_id).label("decided_by_you"),
        )
        .where(or_(row.sent_by == who.person_id, row.decided_by == who.person_id))
        .order_by(row.id)
    )


OWN_DATA = (
    OwnData(
        "proofs",
        msg("Proofs you sent for a cooperative, or decided about"),
        msg("To know who proved what, and who decided."),
        _proofs,
        {"state": STATES},
    ),
)
