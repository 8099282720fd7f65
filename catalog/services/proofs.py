"""Proofs are sent, read, refused and waived; a label stands on pages while its proof does."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, select

from app.accounts.models import Organisation
from app.accounts.queries import people_with_role
from app.accounts.services import PaperFacts, add_paper, remove_paper
from app.engines.db import db
from app.engines.journal import record
from app.kernel import typed
from app.kernel.actor import Actor
from app.kernel.errors import Conflict, Invalid, NotFound
from app.territories.loading import territory_named
from app.territories.records import Requirement
from catalog.models import Product, Proof
from catalog.permissions import EDITORS, require_edit, require_office
from catalog.queries.requirements import requirements_at
from catalog.rules.proofs import (
    ATTESTED,
    COOPERATIVE,
    DOCUMENT,
    PRODUCT,
    PROOF,
    asked_of,
    last_day,
    warned_days,
)
from catalog.services import listing
from catalog.services.letters import write_proof_decision, write_proof_ending
from catalog.services.permits import renew_permits
from catalog.services.products import locked_maker, office_of

ABOUT = "proof"  # what its papers are about: the organisation's id, or the product's
REASON_LONGEST = 2000


@dataclass(frozen=True)
class ProofFacts:
    """What is proved of whom: a requirement's key, and a product (None: of the cooperative itself)."""

    requirement: str
    product_id: int | None = None


def send_proof(
    actor: Actor,
    organisation_id: int,
    facts: ProofFacts,
    number: str,
    expires_on: date | None,
    stored: tuple[str, bytes],
    moment: datetime,
) -> int:
    """A document for the office to read, stored before the transaction. What is proved now stands meanwhile.

    One document waits at a time: the same sent twice is one, another one is Conflict("catalog-proof-waits"). Raises Refusal.
    """
    organisation, requirement = _asked(actor, organisation_id, facts, moment)
    if requirement.proof != DOCUMENT:
        raise Invalid("choose-one", "requirement")
    about = ABOUT if facts.product_id is None else f"{ABOUT} of product"
    paper = PaperFacts(requirement.key, about, facts.product_id or organisation_id, EDITORS, number, expires_on)
    paper_id = add_paper(actor, organisation_id, paper, stored, moment)
    waiting = db.session.scalars(_of(organisation_id, facts).where(Proof.state == "sent")).first()
    if waiting is not None:
        if waiting.paper_id == paper_id:
            return waiting.id
        raise Conflict("catalog-proof-waits", "requirement")
    ends = territory_named(organisation.territory).end_of(expires_on) if expires_on is not None else None
    return _new(actor, organisation_id, facts, "send", moment, paper_id=paper_id, ends_at=ends)


def attest(actor: Actor, organisation_id: int, facts: ProofFacts, moment: datetime) -> int:
    """The cooperative gives its word, where that is what is asked. Given twice it is given once. Raises Refusal."""
    _organisation, requirement = _asked(actor, organisation_id, facts, moment)
    if requirement.proof != ATTESTED:
        raise Invalid("choose-one", "requirement")
    given = db.session.scalars(_of(organisation_id, facts).where(Proof.state == "attested")).first()
    return given.id if given is not None else _new(actor, organisation_id, facts, "attest", moment)


def withdraw_proof(actor: Actor, organisation_id: int, proof_id: int, moment: datetime) -> None:
    """The cooperative takes its document or its word back; its label goes at once. Raises NotFound, Conflict."""
    require_edit(actor, organisation_id)
    proof = _locked(proof_id)
    if proof.organisation_id != organisation_id:
        raise NotFound()
    proof.state = PROOF.after(proof.state, "withdraw")
    if proof.paper_id is not None:
        remove_paper(actor, organisation_id, proof.paper_id, moment)
    _announce(proof, moment)
    record(actor, "withdraw-proof", "proof", proof.id)


def verify_proof(actor: Actor, proof_id: int, expires_on: date | None, moment: datetime) -> None:
    """The office has read the document: what it proves holds through this last day (None: for good), as it stands on it.

    Raises Conflict("catalog-own-proof") for who belongs to the cooperative, Invalid("paper-has-ended").
    """
    proof = _decided(actor, proof_id, "verify", moment)
    territory = territory_named(_place(proof.organisation_id)[1])
    if expires_on is not None and expires_on < territory.day_of(moment):
        raise Invalid("paper-has-ended", "expires_on")
    proof.ends_at = territory.end_of(expires_on) if expires_on is not None else None
    earlier = _of(proof.organisation_id, ProofFacts(proof.requirement, proof.product_id)).where(
        Proof.state.in_(("verified", "waived")), Proof.id != proof.id
    )
    for one in db.session.scalars(earlier):  # what proved it until now has been followed by another document
        one.state = PROOF.after(one.state, "end")
    _announce(proof, moment)
    _tell(proof, "verified", "")


def refuse_proof(actor: Actor, proof_id: int, reason: str, moment: datetime) -> None:
    """It proves nothing, and the cooperative reads why. Raises Invalid("reason-needed")."""
    proof = _decided(actor, proof_id, "refuse", moment, reason)
    _announce(proof, moment)
    _tell(proof, "refused", proof.reason or "")


def revoke_proof(actor: Actor, proof_id: int, reason: str, moment: datetime) -> None:
    """What was proved or waived holds no longer. Raises Invalid("reason-needed")."""
    proof = _decided(actor, proof_id, "revoke", moment, reason)
    _announce(proof, moment)
    _tell(proof, "revoked", proof.reason or "")


def waive(actor: Actor, organisation_id: int, facts: ProofFacts, until: date | None, reason: str, moment: datetime) -> int:
    """The office does not ask for it, and says why: what it is needed for may be sold; no label is shown. Raises Refusal."""
    require_office(actor)
    _refuse_own(actor, organisation_id)
    organisation = locked_maker(organisation_id)
    _known(organisation, facts, moment)
    said = typed.reason(reason, REASON_LONGEST)
    territory = territory_named(organisation.territory)
    if until is not None and until < territory.day_of(moment):
        raise Invalid("paper-has-ended", "expires_on")
    held = _of(organisation_id, facts).where(Proof.state == "waived")
    for one in db.session.scalars(held):
        one.state = PROOF.after(one.state, "end")
    ends = territory.end_of(until) if until is not None else None
    proof_id = _new(actor, organisation_id, facts, "waive", moment, ends_at=ends, reason=said, decided=True)
    _tell(db.session.get_one(Proof, proof_id), "waived", said)
    return proof_id


def end_proof(actor: Actor, proof_id: int, moment: datetime) -> None:
    """Its last day is over: pages and search hear of it, and the cooperative. Raises Conflict when it has not ended."""
    proof = _locked(proof_id)
    if proof.ends_at is None or proof.ends_at > moment:
        raise Conflict("move-not-possible", states=PROOF.name, state=proof.state, move="end")
    proof.state = PROOF.after(proof.state, "end")
    _announce(proof, moment)
    record(actor, "end-proof", "proof", proof.id)
    _tell(proof, "ended", "")


def warn_of_end(actor: Actor, proof_id: int, moment: datetime) -> None:
    """It ends soon: the cooperative hears of it a month and a week before, each once."""
    proof = _locked(proof_id)
    days = warned_days(proof.ends_at - moment) if proof.ends_at is not None else None
    if days is None or proof.ends_at is None or (proof.warned or days + 1) <= days:
        return
    proof.warned = days
    record(actor, "warn-of-end", "proof", proof.id, days=days)
    slug, territory = _place(proof.organisation_id)
    last = last_day(territory_named(territory), proof.ends_at)
    write_proof_ending(_readers(proof), _names(proof, moment), last, proof.id, days, slug, territory)


def _asked(actor: Actor, organisation_id: int, facts: ProofFacts, moment: datetime) -> tuple[Organisation, Requirement]:
    organisation = office_of(actor, organisation_id)
    return organisation, _known(organisation, facts, moment)


def _known(organisation: Organisation, facts: ProofFacts, moment: datetime) -> Requirement:
    """The requirement, where it is asked of this cooperative and borne by such a thing. Raises Invalid, NotFound."""
    requirement = requirements_at(organisation.territory, moment).get(facts.requirement)
    territory = territory_named(organisation.territory)
    if requirement is None or not asked_of(requirement, territory, organisation.sector):
        raise Invalid("choose-one", "requirement")
    if (COOPERATIVE if facts.product_id is None else PRODUCT) not in requirement.bearers:
        raise Invalid("catalog-proof-of-other", "product")
    if facts.product_id is not None:
        owner = select(Product.organisation_id).where(Product.id == facts.product_id, Product.state != "discarded")
        if db.session.scalar(owner) != organisation.id:
            raise NotFound()
    return requirement


def _of(organisation_id: int, facts: ProofFacts) -> Select[Proof]:
    """The proofs of one requirement of one bearer, oldest first."""
    same = Proof.product_id == facts.product_id if facts.product_id is not None else Proof.product_id.is_(None)
    return (
        select(Proof)
        .where(Proof.organisation_id == organisation_id, Proof.requirement == facts.requirement, same)
        .order_by(Proof.id)
    )


def _new(
    actor: Actor,
    organisation_id: int,
    facts: ProofFacts,
    move: str,
    moment: datetime,
    *,
    paper_id: int | None = None,
    ends_at: datetime | None = None,
    reason: str | None = None,
    decided: bool = False,
) -> int:
    proof = Proof(
        organisation_id=organisation_id,
        product_id=facts.product_id,
        requirement=facts.requirement,
        state=PROOF.after(PROOF.first, move),
        paper_id=paper_id,
        ends_at=ends_at,
        sent_by=None if decided else actor.person_id,
        sent_at=moment,
        decided_by=actor.person_id if decided else None,
        decided_at=moment if decided else None,
        reason=reason,
        warned=None,
    )
    db.session.add(proof)
    db.session.flush()
    _announce(proof, moment)
    record(actor, f"{move}-proof", "proof", proof.id, organisation=organisation_id, requirement=facts.requirement)
    return proof.id


def _locked(proof_id: int) -> Proof:
    """With its cooperative, locked first: goods are not made meanwhile by what the proof said before."""
    maker = db.session.scalar(select(Proof.organisation_id).where(Proof.id == proof_id))
    if maker is not None:
        locked_maker(maker)
    found = db.session.scalar(
        select(Proof).where(Proof.id == proof_id).with_for_update().execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound()
    return found


def _decided(actor: Actor, proof_id: int, move: str, moment: datetime, reason: str | None = None) -> Proof:
    """One decision of the office about a proof, with the reason where one is asked; the caller tells pages and search."""
    require_office(actor)
    proof = _locked(proof_id)
    _refuse_own(actor, proof.organisation_id)
    after = PROOF.after(proof.state, move)
    said = typed.reason(reason, REASON_LONGEST) if reason is not None else None
    proof.state, proof.decided_by, proof.decided_at, proof.reason = after, actor.person_id, moment, said
    record(actor, f"{move}-proof", "proof", proof.id)
    return proof


def _refuse_own(actor: Actor, organisation_id: int) -> None:
    if actor.holds(organisation_id):
        raise Conflict("catalog-own-proof")


def _announce(proof: Proof, moment: datetime) -> None:
    """What pages and the search say of the cooperative or its product may be another thing now, and what is sold."""
    listing.proof_changed(proof.organisation_id, proof.product_id)
    renew_permits(proof.organisation_id, moment)


def _place(organisation_id: int) -> tuple[str, str]:
    """(slug, key of the territory)."""
    row = db.session.execute(select(Organisation.slug, Organisation.territory).where(Organisation.id == organisation_id))
    slug, territory = row.one()
    return slug, territory


def _names(proof: Proof, moment: datetime) -> dict[str, str]:
    """What the requirement is called, language by language; one that nobody knows any more by its key."""
    known = requirements_at(_place(proof.organisation_id)[1], moment).get(proof.requirement)
    return dict(known.names) if known is not None else {"fr": proof.requirement}


def _readers(proof: Proof) -> list[int]:
    return people_with_role(proof.organisation_id, EDITORS)


def _tell(proof: Proof, what: str, reason: str) -> None:
    slug, territory = _place(proof.organisation_id)
    names = _names(proof, proof.decided_at or proof.sent_at)
    write_proof_decision(_readers(proof), names, what, reason, proof.id, slug, territory)
