"""The numbers organisations bear, as pages show them; the one of the account money goes to is asked for by itself."""

from collections.abc import Iterable, Mapping

from sqlalchemy import bindparam, select

from app.accounts.models import Organisation, OrganisationIdentifier
from app.accounts.permissions import may_see_bank
from app.engines.db import db, execute
from app.engines.language import language
from app.kernel.actor import Actor
from app.kernel.errors import NotFound
from app.territories.loading import name_in, territories, territory_named
from app.territories.records import Territory

NUMBERS = select(
    OrganisationIdentifier.organisation_id,
    OrganisationIdentifier.territory,
    OrganisationIdentifier.kind,
    OrganisationIdentifier.value,
).where(OrganisationIdentifier.organisation_id.in_(bindparam("ids", expanding=True)))


def public_identifiers(organisation_ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """{organisation: {kind: value}} of the numbers that anybody may read; one statement."""
    numbers: dict[int, dict[str, str]] = {}
    for id_, key, kind, value in execute(NUMBERS, {"ids": list(set(organisation_ids))}):
        if kind in {one.key for one in territory_named(key).public_identifiers}:
            numbers.setdefault(id_, {})[kind] = value
    return numbers


def named_identifiers(territory: Territory, numbers: Mapping[str, str]) -> list[tuple[str, str]]:
    """(name of the kind in the language in force, value) in the territory's order."""
    spoken = language()
    return [(name_in(kind.names, spoken), numbers[kind.key]) for kind in territory.public_identifiers if kind.key in numbers]


def account_of(actor: Actor, organisation_id: int) -> str | None:
    """The number of the account sales are paid to, for chair, treasurer and office. Raises NotFound for anybody else."""
    if not may_see_bank(actor, organisation_id):
        raise NotFound()
    key = db.session.scalar(select(Organisation.territory).where(Organisation.id == organisation_id))
    if key is None:
        return None
    return db.session.scalar(
        select(OrganisationIdentifier.value).where(
            OrganisationIdentifier.organisation_id == organisation_id,
            OrganisationIdentifier.kind == territory_named(key).account_identifier.key,
        )
    )


def foreign_identifiers(actor: Actor, organisation_id: int) -> dict[str, str]:
    """{kind: value} of the numbers whose kind the organisation's territory does not know.

    Raises NotFound for who may not see bank details: one of them may be an account.
    """
    if not may_see_bank(actor, organisation_id):
        raise NotFound()
    rows = db.session.execute(
        select(
            Organisation.territory,
            OrganisationIdentifier.territory,
            OrganisationIdentifier.kind,
            OrganisationIdentifier.value,
        )
        .join(OrganisationIdentifier, OrganisationIdentifier.organisation_id == Organisation.id)
        .where(Organisation.id == organisation_id)
        .order_by(OrganisationIdentifier.kind)
    )
    return {kind: value for own, key, kind, value in rows if is_foreign(kind, key, own)}


def is_foreign(kind: str, territory: str, own: str) -> bool:
    """Is a number of this kind and territory one that an organisation of the territory `own` cannot bear?"""
    known = {one.key: one for one in territories()}
    return territory != own or own not in known or kind not in {one.key for one in known[own].identifiers}


def kind_names(kinds: Iterable[str]) -> dict[str, str]:
    """{kind: its name in the language in force}, whichever territory has it; a kind of none is named by its key."""
    names = {one.key: name_in(one.names, language()) for territory in territories() for one in territory.identifiers}
    return {kind: names.get(kind, kind) for kind in kinds}
