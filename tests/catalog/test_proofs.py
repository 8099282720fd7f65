"""A label stands on pages, in the search and in the data of machines while its proof does, and at no other time."""

import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import select, update

from app.accounts.models import Organisation, Paper, Person
from app.engines.db import db
from app.engines.housekeeping import drain_search
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.errors import Conflict, Invalid, NotFound
from app.notices.models import Notice
from catalog.jobs import look_at_proofs
from catalog.models import Product, Proof
from catalog.rules.proofs import PROOF
from catalog.services.proofs import ProofFacts, attest, refuse_proof, revoke_proof, verify_proof, waive, withdraw_proof
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import PERMITTED, a_cooperative, a_person, actor_of, an_operator, joins
from tests.builders.catalog import a_product
from tests.builders.proofs import a_proof, a_sent_proof

TODAY = datetime(2026, 3, 2, 9, tzinfo=UTC)
LAST = date(2026, 6, 30)
IGP, ORGANIC = "Indication géographique protégée", "Agriculture biologique"


@pytest.fixture
def clock() -> Any:
    with time_machine.travel(TODAY, tick=False) as travelling:
        yield travelling


@pytest.fixture
def chair(app: Flask, clock: Any) -> Person:
    return a_person("Aïcha", "aicha@example.org")


@pytest.fixture
def tifawin(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair, labels=["igp", "ab"])


@pytest.fixture
def office(tifawin: Organisation) -> Person:
    return an_operator()


@pytest.fixture
def oil(tifawin: Organisation) -> Product:
    made = a_product(tifawin.id, "Huile d’argane", category="argan-oil")
    with transaction() as session:
        session.execute(update(Product).where(Product.id == made).values(labels=["igp", "ab"]))
    db.session.rollback()
    return db.session.get_one(Product, made)


def shown(client: FlaskClient, oil: Product) -> dict[str, bool]:
    """Where a stranger meets the label of protected origin."""
    with client.application.app_context():
        drain_search()
        found = client.application.extensions["search"].ids("product", IGP).ids
    page = text_of(client.get(f"/fr/market/products/{oil.slug}"))
    return {
        "product": IGP in page,
        "cooperative": IGP in text_of(client.get("/fr/cooperatives/tifawin")),
        "search": oil.id in found,
    }


NOWHERE = {"product": False, "cooperative": False, "search": False}


def proofs() -> list[tuple[str, str, int | None]]:
    db.session.rollback()
    return [
        tuple(row)
        for row in db.session.execute(
            select(Proof.requirement, Proof.state, Proof.product_id)
            .where(Proof.reason.is_distinct_from(PERMITTED))
            .order_by(Proof.id)
        )
    ]


def letters() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Letter.subject).order_by(Letter.id)))


def test_a_label_that_is_only_said_is_shown_nowhere(client: FlaskClient, chair: Person, oil: Product) -> None:
    assert shown(client, oil) == NOWHERE
    for address in ("/fr/market", "/fr/", "/fr/cooperatives", "/sitemap.xml"):
        assert IGP not in text_of(client.get(address))
    sign_in(client, chair)
    page = text_of(client.get("/fr/sell/tifawin/proofs"))
    assert (page.count("Déclaré, non prouvé"), IGP in page) == (4, True)


def test_a_label_is_shown_from_its_verification_to_its_last_day_and_back_when_renewed(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    proof_id = a_sent_proof(chair, tifawin, "igp", oil.id, LAST)
    assert shown(client, oil) == NOWHERE
    with transaction():
        verify_proof(actor_of(office), proof_id, LAST, TODAY)
    assert shown(client, oil) == {**NOWHERE, "product": True, "search": True}
    page = text_of(client.get(f"/fr/market/products/{oil.slug}"))
    assert "Vérifié le 2 mars 2026, valable jusqu’au 30 juin 2026" in page
    assert ORGANIC not in page
    clock.move_to(datetime(2026, 6, 30, 22, 59, 59, tzinfo=UTC))  # a minute before midnight in Rabat
    assert shown(client, oil)["product"] is True
    clock.move_to(datetime(2026, 6, 30, 23, 0, 0, tzinfo=UTC))
    assert IGP not in text_of(client.get(f"/fr/market/products/{oil.slug}"))  # at once, before any job
    look_at_proofs()
    assert shown(client, oil) == NOWHERE
    assert proofs() == [("igp", "ended", oil.id)]
    a_proof(chair, tifawin, office, "igp", oil.id, date(2027, 6, 30))
    assert shown(client, oil) == {**NOWHERE, "product": True, "search": True}


def test_a_cooperatives_own_label_stands_on_its_own_page(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    a_proof(chair, tifawin, office, "igp")
    assert shown(client, oil) == {**NOWHERE, "cooperative": True}
    assert "Tifawin" in text_of(client.get(f"/fr/cooperatives?q={IGP}"))


Undo = Callable[[int, Any, Any], None]
UNDONE: dict[str, Undo] = {
    "revoked": lambda proof, office, _chair: revoke_proof(office, proof, "Une fraude.", TODAY),
    "withdrawn": lambda proof, _office, chair: withdraw_proof(
        chair, db.session.get_one(Proof, proof).organisation_id, proof, TODAY
    ),
}


@pytest.mark.parametrize("state", UNDONE)
def test_what_is_taken_back_is_shown_no_more(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, oil: Product, state: str
) -> None:
    proof_id = a_proof(chair, tifawin, office, "igp", oil.id)
    assert shown(client, oil)["product"] is True
    with transaction():
        UNDONE[state](proof_id, actor_of(office), actor_of(chair))
    assert (shown(client, oil), proofs()) == (NOWHERE, [("igp", state, oil.id)])


def test_a_refused_document_says_why_and_another_one_may_follow(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    proof_id = a_sent_proof(chair, tifawin, "igp", oil.id)
    sign_in(client, office)
    assert "Huile d’argane" in text_of(client.get("/fr/desk/proofs"))
    answer = post(client, f"/fr/desk/proofs/{proof_id}/refuse", reason="")
    assert (answer.status_code, proofs()) == (422, [("igp", "sent", oil.id)])
    assert post(client, f"/fr/desk/proofs/{proof_id}/refuse", reason="Le numéro est illisible.").status_code == 303
    assert (shown(client, oil), proofs()) == (NOWHERE, [("igp", "refused", oil.id)])
    assert letters() == [f"L’office n’a pas pu vérifier : {IGP}"]
    assert db.session.scalars(select(Notice.person_id)).all() == [chair.id]
    sign_in(client, chair)
    page = text_of(client.get("/fr/sell/tifawin/proofs"))
    assert ("Le numéro est illisible." in page, "Refusé" in page) == (True, True)
    a_proof(chair, tifawin, office, "igp", oil.id)
    assert shown(client, oil)["product"] is True


def a_photograph() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (60, 80), "white").save(out, "JPEG")
    out.seek(0)
    return out


def test_from_the_phone_of_the_seller_to_the_desk_and_back(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    sign_in(client, chair)
    fields = {"requirement": "igp", "product": str(oil.id), "number": "IGP-12", "expires_on": "30/06/2026"}
    sent = post(client, "/fr/sell/tifawin/proofs/new", **fields, paper=(a_photograph(), "igp.jpg"))
    assert (sent.status_code, proofs()) == (303, [("igp", "sent", oil.id)])
    assert post(client, "/fr/sell/tifawin/proofs/new", **fields, paper=(a_photograph(), "igp.jpg")).status_code == 303
    assert len(proofs()) == 1  # the same form sent twice
    desk = client.application.test_client()
    sign_in(desk, office)
    (proof_id, paper_id) = db.session.execute(select(Proof.id, Proof.paper_id).where(Proof.product_id == oil.id)).one()
    address = f"/fr/desk/proofs/{proof_id}"
    opened = post(desk, f"/fr/papers/{paper_id}/open", back=address)
    page = text_of(desk.get(opened.location))
    assert ('src="/files/papers/' in page, "IGP-12" in page, 'value="2026-06-30"' in page) == (True, True, True)
    assert post(desk, f"{address}/verify", expires_on="2026-01-31").status_code == 422  # over before it begins
    assert post(desk, f"{address}/verify", expires_on="2026-05-31").status_code == 303
    assert db.session.scalar(select(Proof.ends_at).where(Proof.id == proof_id)) == datetime(2026, 5, 31, 23, tzinfo=UTC)
    assert shown(client, oil)["product"] is True
    assert letters() == [f"L’office a vérifié : {IGP}"]


def test_nobody_of_the_office_decides_about_the_own_cooperative(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    joins(office, tifawin, "seller")
    proof_id = a_sent_proof(chair, tifawin, "igp", oil.id)
    for does in (
        lambda: verify_proof(actor_of(office), proof_id, None, TODAY),
        lambda: refuse_proof(actor_of(office), proof_id, "Non.", TODAY),
        lambda: waive(actor_of(office), tifawin.id, ProofFacts("onssa"), None, "Vu.", TODAY),
    ):
        with pytest.raises(Conflict) as refused, transaction():
            does()
        assert refused.value.code == "catalog-own-proof"
    assert proofs() == [("igp", "sent", oil.id)]


@pytest.mark.parametrize("who", ["packer", "stranger", "chair elsewhere"])
def test_nobody_else_sends_takes_back_or_decides(
    client: FlaskClient, chair: Person, tifawin: Organisation, oil: Product, who: str
) -> None:
    proof_id, other = a_sent_proof(chair, tifawin, "igp", oil.id), a_person("Omar")
    if who == "packer":
        joins(other, tifawin, "packer")
    elif who == "chair elsewhere":
        a_cooperative("Anzar", chair=other)
    sign_in(client, other)
    sent = {"requirement": "ab", "product": "", "paper": (a_photograph(), "x.jpg"), "reason": "Non", "expires_on": ""}
    for address in (
        "/fr/sell/tifawin/proofs/new",
        f"/fr/sell/tifawin/proofs/{proof_id}/withdraw",
        f"/fr/sell/anzar/proofs/{proof_id}/withdraw",
        "/fr/sell/tifawin/proofs/attest",
        f"/fr/desk/proofs/{proof_id}/verify",
        f"/fr/desk/proofs/{proof_id}/refuse",
        "/fr/desk/cooperatives/tifawin/proofs",
        "/fr/desk/new-requirement",
    ):
        sent["paper"] = (a_photograph(), "x.jpg")
        assert post(client, address, **sent).status_code in (403, 404), address
    paper = db.session.scalars(select(Paper.id)).one()
    assert post(client, f"/fr/papers/{paper}/open").status_code == 404
    assert proofs() == [("igp", "sent", oil.id)]


def test_a_proof_is_of_something_that_is_asked_and_of_the_own_goods(
    chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    anzar = a_cooperative("Anzar", chair=a_person("Omar"))
    theirs = a_product(anzar.id, "Savon")
    for facts, code in (
        (ProofFacts("zanzibar"), "choose-one"),
        (ProofFacts("registre", oil.id), "catalog-proof-of-other"),
        (ProofFacts("fait-par-les-membres"), "choose-one"),  # by word, not by document
        (ProofFacts("igp", theirs), ""),
    ):
        with pytest.raises((Invalid, NotFound)) as refused:
            a_sent_proof(chair, tifawin, facts.requirement, facts.product_id)
        assert getattr(refused.value, "code", "") == (code or refused.value.code)
        db.session.rollback()
    assert proofs() == []
    with transaction():
        assert attest(actor_of(chair), tifawin.id, ProofFacts("fait-par-les-membres"), TODAY) == attest(
            actor_of(chair), tifawin.id, ProofFacts("fait-par-les-membres"), TODAY
        )
    assert proofs() == [("fait-par-les-membres", "attested", None)]


def test_what_is_waived_meets_what_is_asked_and_shows_no_label(
    client: FlaskClient, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    sign_in(client, office)
    page = "/fr/desk/cooperatives/tifawin/proofs"
    assert post(client, page, requirement="igp", expires_on="", reason="").status_code == 422
    assert post(client, page, requirement="igp", expires_on="30/06/2026", reason="Déjà connue.").status_code == 303
    assert (shown(client, oil), proofs()) == (NOWHERE, [("igp", "waived", None)])
    assert "Dispensé" in text_of(client.get(page))
    assert letters() == [f"L’office ne vous demande pas : {IGP}"]


def test_it_is_told_a_month_and_a_week_before_and_at_the_end_each_once(
    clock: Any, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    a_proof(chair, tifawin, office, "igp", oil.id, LAST)
    told = [len(letters())]
    for day in (
        "2026-05-30",
        "2026-06-01",
        "2026-06-15",
        "2026-06-23",
        "2026-06-24",
        "2026-06-30",
        "2026-07-01",
        "2026-07-02",
    ):
        clock.move_to(datetime.fromisoformat(f"{day}T12:00:00+00:00"))
        for _twice in range(2):
            look_at_proofs()
        told.append(len(letters()))
    assert told == [1, 1, 2, 2, 2, 3, 3, 4, 4]
    assert letters()[1:] == [f"Expire bientôt : {IGP}", f"Expire bientôt : {IGP}", f"N’est plus valable : {IGP}"]


def test_the_state_table_is_what_the_rules_say() -> None:
    moves = {(state, move) for state, move in PROOF.pairs() if PROOF.knows(state, move)}
    assert {move for state, move in moves if state == "verified"} == {"revoke", "withdraw", "end"}
    assert {state for state, move in moves if move == "verify"} == {"sent"}
    assert {state for state in PROOF.table if not PROOF.moves(state)} == {"refused", "revoked", "withdrawn", "ended"}


def test_machines_read_no_label_that_is_not_proved(client: FlaskClient, oil: Product) -> None:
    page = text_of(client.get(f"/fr/market/products/{oil.slug}"))
    schema = page.split('application/ld+json">')[1].split("</script>")[0]
    assert (json.loads(schema)["@type"], "igp" in schema, IGP in schema) == ("Product", False, False)


def test_a_page_kept_for_strangers_ends_with_the_proof(
    client: FlaskClient, clock: Any, chair: Person, tifawin: Organisation, office: Person, oil: Product
) -> None:
    a_proof(chair, tifawin, office, "igp", oil.id, LAST)
    clock.move_to(datetime(2026, 6, 30, 22, 59, 40, tzinfo=UTC))
    for _ in range(3):
        answer = client.get(f"/fr/market/products/{oil.slug}")
    assert (
        "max-age=0" in answer.headers["Cache-Control"]
        or "s-maxage" not in answer.headers["Cache-Control"]
        or (int(answer.headers["Cache-Control"].split("s-maxage=")[1].split(",")[0]) <= 20)
    )
    clock.shift(timedelta(seconds=20))
    assert IGP not in text_of(client.get(f"/fr/market/products/{oil.slug}"))
