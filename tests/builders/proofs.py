"""Proofs for tests: sent by a cooperative and read by the office, as people do it."""

from datetime import date

from app.accounts.models import Organisation, Person
from app.engines.transactions import transaction
from app.kernel.clock import now
from catalog.services.proofs import ProofFacts, send_proof, verify_proof
from tests.builders.accounts import actor_of
from tests.builders.papers import a_stored_paper


def a_sent_proof(
    person: Person, organisation: Organisation, requirement: str, product_id: int | None = None, last_day: date | None = None
) -> int:
    """A document that waits for the office."""
    facts = ProofFacts(requirement, product_id)
    with transaction():
        return send_proof(actor_of(person), organisation.id, facts, "N-7", last_day, a_stored_paper(), now())


def a_proof(
    person: Person,
    organisation: Organisation,
    office: Person,
    requirement: str,
    product_id: int | None = None,
    last_day: date | None = None,
) -> int:
    """A document that an operator has read and found right."""
    proof_id = a_sent_proof(person, organisation, requirement, product_id, last_day)
    with transaction():
        verify_proof(actor_of(office), proof_id, last_day, now())
    return proof_id
