"""Two people of an office or a cooperative at one moment: one document waits, one decision stands, one answer is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.accounts.models import Organisation, Paper, Person
from app.engines.db import db
from app.engines.journal import JournalLine
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.errors import Conflict
from catalog.models import ImportMapping, Proof
from catalog.services.mappings import remember_columns
from catalog.services.proofs import ProofFacts, refuse_proof, send_proof, verify_proof, waive
from tests.builders.accounts import a_cooperative, a_person, actor_of, an_operator
from tests.builders.papers import a_stored_paper
from tests.builders.proofs import a_sent_proof
from tests.engines.together import at_once

ROUNDS = 4


@pytest.fixture
def chair(app: Flask) -> Person:
    return a_person("Aïcha")


@pytest.fixture
def shop(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair, permitted=False)


def door(act: Callable[..., Any], *given: Any) -> Callable[[], Any]:
    def run() -> Any:
        with transaction():
            return act(*given)

    return run


def states() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Proof.state).order_by(Proof.id)))


def lines(*verbs: str) -> int:
    return db.session.scalar(select(func.count()).select_from(JournalLine).where(JournalLine.verb.in_(verbs))) or 0


def sending(who: Actor, shop_id: int, stored: tuple[str, bytes]) -> Callable[[], Any]:
    return door(send_proof, who, shop_id, ProofFacts("ab"), "N-7", None, stored, now())


def test_of_two_documents_sent_at_once_one_waits(app: Flask, chair: Person, shop: Organisation) -> None:
    who, shop_id = actor_of(chair), shop.id
    papers = [a_stored_paper("white"), a_stored_paper("black")]
    sent = at_once(app, [sending(who, shop_id, paper) for paper in papers])
    assert sorted(type(one) for one in sent if isinstance(one, Exception)) == [Conflict]
    assert (states(), lines("send-proof"), db.session.scalar(select(func.count()).select_from(Paper))) == (["sent"], 1, 1)


def test_one_document_sent_twice_at_once_is_one(app: Flask, chair: Person, shop: Organisation) -> None:
    who, shop_id, paper = actor_of(chair), shop.id, a_stored_paper()
    first, second = at_once(app, [sending(who, shop_id, paper)] * 2)
    assert first == second
    assert (states(), lines("send-proof"), db.session.scalar(select(func.count()).select_from(Paper))) == (["sent"], 1, 1)


def test_of_two_decisions_at_once_one_stands(app: Flask, chair: Person, shop: Organisation) -> None:
    office, other = actor_of(an_operator("Samira")), actor_of(an_operator("Driss"))
    for round_ in range(1, ROUNDS + 1):
        proof = a_sent_proof(chair, shop, "ab")
        verified, refused = at_once(
            app, [door(verify_proof, office, proof, None, now()), door(refuse_proof, other, proof, "Illisible", now())]
        )
        assert [isinstance(one, Conflict) for one in (verified, refused)].count(True) == 1
        assert states()[-1] == ("refused" if isinstance(verified, Conflict) else "verified")
        assert lines("verify-proof", "refuse-proof") == round_


def test_waived_twice_at_once_one_holds(app: Flask, shop: Organisation) -> None:
    shop_id, facts = shop.id, ProofFacts("ab")
    office, other = actor_of(an_operator("Samira")), actor_of(an_operator("Driss"))
    at_once(app, [door(waive, one, shop_id, facts, None, "Connue", now()) for one in (office, other)])
    assert states() == ["ended", "waived"]


def test_what_two_say_at_once_of_the_same_columns_is_kept_once(app: Flask, chair: Person, shop: Organisation) -> None:
    who, shop_id, headers = actor_of(chair), shop.id, "a" * 64
    for round_ in range(1, ROUNDS + 1):
        said = [{"stock": "Dispo"}, {"price": "Dispo"}]
        assert at_once(app, [door(remember_columns, who, shop_id, headers, one) for one in said]) == [None, None]
        db.session.rollback()
        kept = db.session.scalars(select(ImportMapping)).all()
        assert [one.columns in said for one in kept] == [True]
        assert lines("remember-columns") == 2 * round_
