"""What must always hold of people and organisations, for `tiwizi check`."""

from collections.abc import Iterator

from sqlalchemy import func, select

from app.accounts.models import Contact, Membership, Organisation, OrganisationIdentifier, OrganisationText, Person
from app.accounts.rules.organisations import ORGANISATION
from app.engines.db import db
from app.territories.loading import territories


def broken_accounts() -> Iterator[str]:
    """A sentence for each person without a contact; each organisation without chair, words, sound state, sound numbers."""
    lonely = select(Person.id).where(~select(Contact.id).where(Contact.person_id == Person.id).exists())
    for person_id in db.session.scalars(lonely):
        yield f"person {person_id} has no contact"
    chairless = select(Organisation.slug).where(
        ~select(Membership.id).where(Membership.organisation_id == Organisation.id, Membership.role == "chair").exists()
    )
    for slug in db.session.scalars(chairless):
        yield f"organisation {slug} has no chair"
    sources = (
        select(OrganisationText.organisation_id, func.count().label("n"))
        .where(OrganisationText.source)
        .group_by(OrganisationText.organisation_id)
        .subquery()
    )
    wordless = (
        select(Organisation.slug)
        .outerjoin(sources, sources.c.organisation_id == Organisation.id)
        .where(func.coalesce(sources.c.n, 0) != 1)
    )
    for slug in db.session.scalars(wordless):
        yield f"organisation {slug} has not exactly one source text"
    for slug, state in db.session.execute(
        select(Organisation.slug, Organisation.state).where(Organisation.state.not_in(ORGANISATION.table))
    ):
        yield f"organisation {slug} is in the unknown state {state}"
    for slug in db.session.scalars(
        select(Organisation.slug).where(
            Organisation.state.in_(("verified", "suspended")), Organisation.verified_at.is_(None)
        )
    ):
        yield f"organisation {slug} was verified at no moment"
    yield from _strange_identifiers()


def _strange_identifiers() -> Iterator[str]:
    """A sentence for each number of a kind its organisation's territory does not know."""
    kinds = {territory.key: {kind.key for kind in territory.identifiers} for territory in territories()}
    rows = db.session.execute(
        select(
            Organisation.slug, Organisation.territory, OrganisationIdentifier.territory, OrganisationIdentifier.kind
        ).join(OrganisationIdentifier, OrganisationIdentifier.organisation_id == Organisation.id)
    )
    for slug, own, key, kind in rows:
        if key != own or kind not in kinds.get(key, ()):
            yield f"organisation {slug} bears a number of a kind unknown in its territory: {kind}"
