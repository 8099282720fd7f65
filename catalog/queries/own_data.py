"""What the catalogue keeps of a person, told to that person: proofs they sent or decided about, stock they changed."""

from typing import Any

from sqlalchemy import Select, or_, select

from app.accounts.models import OrganisationText
from app.engines.own_data import OwnData, Whose
from app.kernel.text import msg
from catalog.models import Proof, StockMovement
from catalog.rules.proofs import STATES
from catalog.rules.stock import REASONS


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


def _movements(who: Whose) -> Select[*tuple[Any, ...]]:
    row = StockMovement
    return (
        select(
            row.id,
            row.variant_id.label("size_number"),
            row.reason,
            row.change.label("count"),
            row.reference.label("number"),
            row.at,
        )
        .where(row.person_id == who.person_id)
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
    OwnData(
        "stock_movements",
        msg("Changes of stock by you: counted, bought, given back"),
        msg("To know how much there is of each thing, and why."),
        _movements,
        {"reason": {key: reason.word for key, reason in REASONS.items()}},
    ),
)
