"""The way to being verified: an organisation asks, the office decides."""

from datetime import datetime

from blinker import Signal
from sqlalchemy import delete, select

from app.accounts.models import Organisation, OrganisationIdentifier, Verification
from app.accounts.permissions import HEADS, require_operator, require_roles
from app.accounts.queries.identifiers import foreign_identifiers
from app.accounts.queries.organisations import names_of_organisation, people_with_role
from app.accounts.queries.people import reach
from app.accounts.rules.organisations import ORGANISATION, REASON_LONGEST, missing_papers
from app.accounts.services.identifiers import borne_by
from app.accounts.services.letters import write_decision
from app.accounts.services.organisations import locked_organisation
from app.accounts.signals import organisation_reinstated, organisation_suspended, organisation_verified
from app.engines.db import db
from app.engines.journal import record
from app.engines.search.outbox import touch
from app.kernel import typed
from app.kernel.actor import Actor
from app.kernel.errors import Invalid, NotFound
from app.territories.loading import territory_named


def submit_organisation(actor: Actor, organisation_id: int, moment: datetime) -> None:
    """Ask the office to verify. Raises Invalid("papers-missing") and Conflict when it is there already."""
    require_roles(actor, organisation_id, *HEADS)
    organisation = locked_organisation(organisation_id)
    after = ORGANISATION.after(organisation.state, "submit")
    known = {**vars(organisation), **borne_by(organisation_id)}
    missing = missing_papers(organisation.kind, territory_named(organisation.territory), known)
    if missing:
        raise Invalid("papers-missing")
    organisation.state = after
    db.session.add(
        Verification(
            organisation_id=organisation_id,
            asked_at=moment,
            asked_by=actor.person_id,
            decided_at=None,
            decided_by=None,
            decision=None,
            reason=None,
        )
    )
    record(actor, "submit", "organisation", organisation_id)


def verify_organisation(actor: Actor, organisation_id: int, moment: datetime) -> None:
    """The office has checked the papers: the organisation may publish."""
    organisation = _decide(actor, organisation_id, "verify", "verified", "", moment)
    organisation.verified_at = moment
    _announce(organisation_id, organisation_verified)


def return_organisation(actor: Actor, organisation_id: int, reason: str, moment: datetime) -> None:
    """The office asks for a correction and says which. Raises Invalid("reason-needed")."""
    _decide(actor, organisation_id, "return", "returned", typed.reason(reason, REASON_LONGEST), moment)


def suspend_organisation(actor: Actor, organisation_id: int, reason: str, moment: datetime) -> None:
    """Nothing of it is shown or sold until it is reinstated. Raises Invalid("reason-needed")."""
    _decide(actor, organisation_id, "suspend", "suspended", typed.reason(reason, REASON_LONGEST), moment)
    _announce(organisation_id, organisation_suspended)


def reinstate_organisation(actor: Actor, organisation_id: int, moment: datetime) -> None:
    _decide(actor, organisation_id, "reinstate", "reinstated", "", moment)
    _announce(organisation_id, organisation_reinstated)


def remove_foreign_number(actor: Actor, organisation_id: int, kind: str) -> None:
    """Take away a number of a kind that the organisation's territory does not know: no form of its own asks for it.

    Raises NotFound when it bears none, or one that its territory knows.
    """
    require_operator(actor)
    locked_organisation(organisation_id)
    if kind not in foreign_identifiers(actor, organisation_id):
        raise NotFound()
    db.session.execute(
        delete(OrganisationIdentifier).where(
            OrganisationIdentifier.organisation_id == organisation_id, OrganisationIdentifier.kind == kind
        )
    )
    record(actor, "remove-number", "organisation", organisation_id, kind=kind)


def _decide(actor: Actor, organisation_id: int, move: str, decision: str, reason: str, moment: datetime) -> Organisation:
    """One decision: the state moves, the decision is kept, the chairs are told, once."""
    require_operator(actor)
    organisation = locked_organisation(organisation_id)
    organisation.state = ORGANISATION.after(organisation.state, move)
    row = db.session.scalar(
        select(Verification)
        .where(Verification.organisation_id == organisation_id, Verification.decided_at.is_(None))
        .order_by(Verification.id.desc())
    )
    if row is None:  # a decision that nobody asked for: suspending, reinstating
        row = Verification(organisation_id=organisation_id, asked_at=moment, asked_by=None)
        db.session.add(row)
    row.decided_at, row.decided_by, row.decision, row.reason = moment, actor.person_id, decision, reason or None
    db.session.flush()
    chairs = reach(people_with_role(organisation_id, HEADS))
    write_decision(chairs, decision, names_of_organisation(organisation_id), reason, f"decision:{row.id}")
    record(actor, move, "organisation", organisation_id, verification=row.id)
    return organisation


def _announce(organisation_id: int, signal: Signal) -> None:
    touch("organisation", organisation_id)
    signal.send("accounts", organisation_id=organisation_id)
