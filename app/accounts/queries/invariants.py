"""What must always hold of people and organisations, for `tiwizi check`."""

from collections.abc import Iterator

from sqlalchemy import func, select

from app.accounts.models import Contact, Membership, Organisation, OrganisationIdentifier, OrganisationText, Person
from app.accounts.queries.identifiers import is_foreign
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
    """A sentence for each number of a kind its organisation's territory does not know, or that others bear too."""
    kinds = {(territory.key, kind.key): kind for territory in territories() for kind in territory.identifiers}
    bearer, number = Organisation, OrganisationIdentifier
    rows = db.session.execute(
        select(bearer.slug, bearer.territory, number.territory, number.kind, number.value, number.sole_value)
        .join(number, number.organisation_id == bearer.id)
        .order_by(bearer.id, number.kind)
    )
    for slug, own, key, name, value, sole in rows:
        kind = kinds.get((key, name))
        if kind is None or is_foreign(name, key, own):
            yield f"organisation {slug} bears a number of a kind unknown in its territory: {name}"
        elif kind.sole and sole is None:
            yield f"organisation {slug} bears a number that is another one's: {name}"
        elif sole is not None and (not kind.sole or sole != value):
            yield f"organisation {slug} has the sole right to a number it does not bear: {name}"
