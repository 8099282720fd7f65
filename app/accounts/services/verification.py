"""The way to being verified: an organisation asks, the office decides."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from blinker import Signal
from sqlalchemy import delete, select

from app.accounts.models import Organisation, OrganisationIdentifier, Verification
from app.accounts.permissions import HEADS, require_operator, require_roles
from app.accounts.queries.identifiers import foreign_identifiers
from app.accounts.queries.organisations import names_of_organisation, people_with_role
from app.accounts.queries.people import operator_ids, reach
from app.accounts.rules.organisations import ORGANISATION, REASON_LONGEST, ROLES, missing_papers
from app.accounts.services.identifiers import borne_by
from app.accounts.services.letters import write_decision
from app.accounts.services.organisations import locked_organisation
from app.accounts.services.second_person import ask_second_person
from app.accounts.signals import organisation_reinstated, organisation_suspended, organisation_verified
from app.engines.acts import Act
from app.engines.db import db
from app.engines.generations import changed
from app.engines.journal import record
from app.engines.search.outbox import touch
from app.kernel import typed
from app.kernel.actor import Actor
from app.kernel.errors import Invalid, NotFound
from app.kernel.text import best_language, msg
from app.territories.loading import territory_named

VERDICT = "verdict"


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
    changed("cooperative", organisation_id)
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


def verify_organisation(actor: Actor, organisation_id: int, moment: datetime) -> bool:
    """The office has checked the papers: the organisation may publish. False when it is the operator's own one: then
    another operator has to agree.
    """
    if actor.holds(organisation_id):
        return _ask_another(actor, organisation_id, "verify", moment)
    _verify(actor, organisation_id, moment)
    return True


def _verify(actor: Actor, organisation_id: int, moment: datetime) -> None:
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


def reinstate_organisation(actor: Actor, organisation_id: int, moment: datetime) -> bool:
    """It is shown and sold again. False when it is the operator's own one: then another operator has to agree."""
    if actor.holds(organisation_id):
        return _ask_another(actor, organisation_id, "reinstate", moment)
    _reinstate(actor, organisation_id, moment)
    return True


def _reinstate(actor: Actor, organisation_id: int, moment: datetime) -> None:
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
    changed("cooperative", organisation_id)
    record(actor, "remove-number", "organisation", organisation_id, kind=kind)


def _decide(actor: Actor, organisation_id: int, move: str, decision: str, reason: str, moment: datetime) -> Organisation:
    """One decision: the state moves, the decision is kept, the chairs are told, once."""
    require_operator(actor)
    organisation = locked_organisation(organisation_id)
    organisation.state = ORGANISATION.after(organisation.state, move)
    changed("cooperative", organisation_id)
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


def _ask_another(actor: Actor, organisation_id: int, move: str, moment: datetime) -> bool:
    """A verdict on one's own organisation waits for a second operator. Raises Refusal."""
    require_operator(actor)
    ORGANISATION.after(locked_organisation(organisation_id).state, move)
    ask_second_person(actor, VERDICT, organisation_id, {"move": move}, moment)
    return False


def _carry_out(actor: Actor, organisation_id: int, facts: Mapping[str, Any], moment: datetime) -> None:
    """The verdict, where the organisation still waits for it. Raises Refusal."""
    {"verify": _verify, "reinstate": _reinstate}[facts["move"]](actor, organisation_id, moment)


def _disinterested(organisation_id: int) -> set[int]:
    """The operators who do not belong to the organisation."""
    return set(operator_ids()) - set(people_with_role(organisation_id, ROLES))


def _shown(organisation_id: int, _facts: Mapping[str, Any], language: str) -> dict[str, str]:
    names = names_of_organisation(organisation_id)
    return {"organisation": names.get(best_language(names, language) or "", "")}


VERDICT_ACT = Act(
    VERDICT,
    msg("“%(organisation)s” is to be verified or reinstated by an operator who belongs to it."),
    may_ask=lambda _organisation_id: operator_ids(),
    may_agree=_disinterested,
    concerned=lambda organisation_id: people_with_role(organisation_id, HEADS),
    shown=_shown,
    carry_out=_carry_out,
)
