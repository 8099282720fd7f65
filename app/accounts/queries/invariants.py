"""What must always hold of people and organisations, for `tiwizi check`."""

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select

from app.accounts.models import (
    ActWaiting,
    AppFactor,
    Contact,
    EntryCard,
    LongWorkUnderWay,
    LostFactor,
    Membership,
    Organisation,
    OrganisationIdentifier,
    OrganisationText,
    Paper,
    Passkey,
    Person,
    PrintedCode,
)
from app.accounts.queries.identifiers import is_foreign
from app.accounts.rules.acts import ACT
from app.accounts.rules.factors import LOST
from app.accounts.rules.long_work import LONG_WORK
from app.accounts.rules.organisations import ORGANISATION
from app.engines.db import db
from app.engines.sessions import SessionRow
from app.kernel.actor import CHAIR
from app.territories.loading import territories


def broken_accounts() -> Iterator[str]:
    """A sentence for each person without a way in; each organisation without chair, words, sound state, sound numbers."""
    lonely = select(Person.id).where(
        Person.erased_at.is_(None),
        Person.sign_in_number.is_(None),
        ~select(Contact.id).where(Contact.person_id == Person.id).exists(),
    )
    for person_id in db.session.scalars(lonely):
        yield f"person {person_id} has neither a contact nor a sign-in number"
    for table in (Contact, EntryCard, Membership):
        left = select(table.person_id).join(Person, Person.id == table.person_id).where(Person.erased_at.is_not(None))
        for person_id in db.session.scalars(left.distinct()):
            yield f"person {person_id} was erased and still has rows in {table.__tablename__}"
    chairless = select(Organisation.slug).where(
        ~select(Membership.id).where(Membership.organisation_id == Organisation.id, Membership.role == CHAIR).exists()
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
    yield from _strange_factors()
    yield from _strange_doors()


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


def _strange_factors() -> Iterator[str]:
    """A sentence for each person who is marked as having a second factor without one, or who has one unmarked."""
    there = or_(
        select(AppFactor.person_id).where(AppFactor.person_id == Person.id).exists(),
        select(PrintedCode.id).where(PrintedCode.person_id == Person.id, PrintedCode.used_at.is_(None)).exists(),
        select(Passkey.id).where(Passkey.person_id == Person.id).exists(),
    )
    for person_id, marked in db.session.execute(
        select(Person.id, Person.secured_at).where(there != Person.secured_at.is_not(None))
    ):
        yield f"person {person_id} {'is marked as having' if marked else 'has an unmarked'} second factor"


def _strange_doors() -> Iterator[str]:
    """A sentence for each blocked person who is signed in, for each lost factor and waiting act in no sound state."""
    inside = select(SessionRow.id).where(SessionRow.person_id == Person.id).exists()
    for person_id in db.session.scalars(select(Person.id).where(Person.blocked_at.is_not(None), inside)):
        yield f"person {person_id} is blocked and has an open session"
    unsound = select(LostFactor.id).where(
        or_(
            LostFactor.state.not_in(LOST.table),
            (LostFactor.state == "waiting") != LostFactor.due_at.is_not(None) & LostFactor.ended_at.is_(None),
        )
    )
    for lost_id in db.session.scalars(unsound):
        yield f"lost factor {lost_id} is in no sound state"
    astray = or_(
        ActWaiting.state.not_in(ACT.table),
        (ActWaiting.state == "waiting") != ActWaiting.open_key.is_not(None),
        (ActWaiting.state == "waiting") != ActWaiting.ended_at.is_(None),
    )
    for act_id in db.session.scalars(select(ActWaiting.id).where(astray)):
        yield f"act {act_id} is in no sound state"
    lost_count = or_(
        LongWorkUnderWay.state.not_in(LONG_WORK.table),
        (LongWorkUnderWay.state == "under-way") != LongWorkUnderWay.open_key.is_not(None),
        (LongWorkUnderWay.state == "under-way") != LongWorkUnderWay.ended_at.is_(None),
        LongWorkUnderWay.done > LongWorkUnderWay.total,
        and_(LongWorkUnderWay.state == "done", LongWorkUnderWay.done != LongWorkUnderWay.total),
    )
    for paper_id in db.session.scalars(select(Paper.id).where(Paper.file.is_(None) != Paper.removed_at.is_not(None))):
        yield f"paper {paper_id} names no file, or was taken away and names one"
    for work_id in db.session.scalars(select(LongWorkUnderWay.id).where(lost_count)):
        yield f"long work {work_id} is in no sound state"
