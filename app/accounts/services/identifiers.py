"""The numbers of an organisation: read by the territory's kinds, borne by one alone where the territory says so."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, insert, select

from app.accounts.models import OrganisationIdentifier
from app.accounts.rules.identifiers import identifier_value
from app.engines.db import db
from app.engines.generations import changed
from app.kernel.errors import Conflict, Faults
from app.territories.records import IdentifierKind, Territory


def checked_identifiers(territory: Territory, typed: Mapping[str, str], borne: Mapping[str, str]) -> dict[str, str]:
    """{kind: value} of the public numbers that were given. One that is `borne` stays as it stands: it may have been
    written before numbers were read as they are now. Raises Invalid on the field of each kind that is wrong.
    """
    faults, checked = Faults(), dict[str, str]()
    for kind in territory.public_identifiers:
        text = typed.get(kind.key)
        if text:
            checked[kind.key] = (text if text == borne.get(kind.key) else faults.read(identifier_value, kind, text)) or ""
    faults.refuse()
    return checked


def borne_by(organisation_id: int) -> dict[str, str]:
    """{kind: value} of every number, private ones too."""
    rows = db.session.execute(
        select(OrganisationIdentifier.kind, OrganisationIdentifier.value).where(
            OrganisationIdentifier.organisation_id == organisation_id
        )
    )
    return dict(rows.all())


def refuse_taken(territory: Territory, values: Mapping[str, str], but: int | None) -> None:
    """Raises Conflict("number-taken") on the kind that another organisation bears."""
    for kind, value in values.items():
        holder = db.session.scalar(
            select(OrganisationIdentifier.organisation_id).where(
                OrganisationIdentifier.territory == territory.key,
                OrganisationIdentifier.kind == kind,
                OrganisationIdentifier.sole_value == value,
            )
        )
        if holder is not None and holder != but:
            raise Conflict("number-taken", kind)


def write_identifiers(
    organisation_id: int, territory: Territory, kinds: Iterable[IdentifierKind], values: Mapping[str, str]
) -> None:
    """The numbers of these kinds are these from now on; a kind without a value is borne no more."""
    db.session.execute(
        delete(OrganisationIdentifier)
        .where(
            OrganisationIdentifier.organisation_id == organisation_id,
            OrganisationIdentifier.kind.in_([kind.key for kind in kinds]),
        )
        .execution_options(synchronize_session=False)
    )
    rows = identifier_rows(organisation_id, territory, values)
    if rows:
        db.session.execute(insert(OrganisationIdentifier), rows)
    changed("cooperative", organisation_id)


def identifier_rows(organisation_id: int, territory: Territory, values: Mapping[str, str]) -> Sequence[dict[str, Any]]:
    """The rows of checked numbers."""
    return [
        {
            "organisation_id": organisation_id,
            "kind": kind,
            "territory": territory.key,
            "value": value,
            "sole_value": value if territory.identifier(kind).sole else None,
        }
        for kind, value in values.items()
    ]
