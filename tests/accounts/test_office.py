"""A cooperative's office and the operator's desk, through the pages."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import event, func, select

from app.accounts.models import Invitation, Membership, Organisation, OrganisationText, Person
from app.engines.db import db
from app.engines.mail import Letter
from tests.accounts.conftest import PASSWORD
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_cooperative, a_person, an_operator, joins

RIB = "225010000000000026137768"
FACTS = {
    "kind": "cooperative",
    "name": "Tifawin",
    "pitch": "Huile d’argane",
    "sector": "argan",
    "region": "MA-09",
    "province": "MA-CHT",
    "commune": "Aït Baha",
    "phone": "0528000117",
    "local_register": "RLC-1/2026",
    "ice": "003114533000013",
    "members": "46",
    "women": "46",
    "founded": "2009",
}


@pytest.fixture
def chair(app: Flask, hashed: str) -> Person:
    return a_person("Aïcha", "aicha@example.org", password_hash=hashed)


@pytest.fixture
def tifawin(chair: Person) -> Organisation:
    return a_cooperative("Tifawin", chair=chair)


def count(model: type) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def state_of(slug: str) -> str | None:
    db.session.rollback()
    return db.session.scalar(select(Organisation.state).where(Organisation.slug == slug))


def a_picture() -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    out.seek(0)
    return out


def test_a_cooperative_is_founded_sent_corrected_and_verified(client: FlaskClient, chair: Person) -> None:
    office = client.application.test_client()
    sign_in(client, chair)
    sign_in(office, an_operator())
    assert post(client, "/fr/account/organisations/new", **FACTS).location == "/fr/sell/tifawin/"
    assert "Envoyer pour vérification" in text_of(client.get("/fr/sell/tifawin/"))
    assert post(client, "/fr/sell/tifawin/submit").status_code == 303
    assert "Tifawin" in text_of(office.get("/fr/desk/organisations"))
    assert "Ce qui a été envoyé" in text_of(office.get("/fr/desk/organisations/tifawin"))
    answer = post(office, "/fr/desk/organisations/tifawin/return", reason="")
    assert (answer.status_code, "Dites pourquoi" in text_of(answer)) == (422, True)
    assert state_of("tifawin") == "submitted"
    assert post(office, "/fr/desk/organisations/tifawin/return", reason="Le PV n’est pas signé.").status_code == 303
    assert "Le PV n’est pas signé." in text_of(client.get("/fr/sell/tifawin/"))
    assert post(client, "/fr/sell/tifawin/submit").status_code == 303
    assert post(office, "/fr/desk/organisations/tifawin/verify").status_code == 303
    assert post(office, "/fr/desk/organisations/tifawin/verify").status_code == 409
    assert state_of("tifawin") == "verified"
    assert "Vérifiée" in text_of(client.get("/fr/sell/tifawin/"))
    assert post(office, "/fr/desk/organisations/tifawin/suspend", reason="Plainte grave.").status_code == 303
    assert "L’office a suspendu cette organisation" in text_of(client.get("/fr/sell/tifawin/facts"))
    assert post(office, "/fr/desk/organisations/tifawin/reinstate").status_code == 303
    assert state_of("tifawin") == "verified"


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("fr", "Un ICE compte 15 chiffres, et les deux derniers doivent correspondre aux autres."),
        ("ar", "يتكون التعريف الموحد من 15 رقماً، ويجب أن يوافق الرقمان الأخيران بقيتها."),
    ],
)
def test_a_wrong_ice_is_refused_beside_its_field_and_all_else_is_kept(
    client: FlaskClient, chair: Person, lang: str, sentence: str
) -> None:
    sign_in(client, chair)
    answer = post(client, f"/{lang}/account/organisations/new", **{**FACTS, "ice": "003114533000014"})
    page = text_of(answer)
    assert answer.status_code == 422
    assert re.search(r'id="ice-error".*?' + re.escape(sentence), page)
    assert all(
        f'value="{value}"' in page for value in ("Tifawin", "Aït Baha", "RLC-1/2026", "003114533000014", "46", "2009")
    )
    assert re.search(r'<option selected value="MA-CHT"', page)
    assert count(Organisation) == 0


def test_a_form_sent_twice_founds_once(client: FlaskClient, chair: Person) -> None:
    sign_in(client, chair)
    first, second = (post(client, "/fr/account/organisations/new", **FACTS) for _ in range(2))
    assert first.location == second.location == "/fr/sell/tifawin/"
    assert (count(Organisation), count(Membership)) == (1, 1)


def test_words_in_three_languages_fall_back_visibly(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    sign_in(client, chair)
    assert "Pas encore écrit dans cette langue" in text_of(client.get("/fr/sell/tifawin/words/ar"))
    assert post(client, "/fr/sell/tifawin/words/ar", name="تيفاوين", pitch="", story="حكاية").status_code == 303
    assert post(client, "/fr/sell/tifawin/words/fr", name="Tifawin 2", pitch="", story="").status_code == 303
    assert "L’original a changé" in text_of(client.get("/fr/sell/tifawin/words/ar"))
    assert post(client, "/fr/sell/tifawin/words/xx", name="X").status_code == 404
    answer = post(client, "/fr/sell/tifawin/words/fr", name="", pitch="gardé", story="")
    assert (answer.status_code, 'value="gardé"' in text_of(answer)) == (422, True)
    assert count(OrganisationText) == 2


def test_a_picture_is_shown_and_what_is_none_is_refused(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    sign_in(client, chair)
    truncated = a_picture().getvalue()[:60]
    for content, name in ((b"not a picture", "x.png"), (truncated, "x.png"), (b"", ""), (b"<svg/>", "x.svg")):
        answer = post(client, "/fr/sell/tifawin/picture", picture=(io.BytesIO(content), name))
        assert (answer.status_code, "picture-error" in text_of(answer)) == (422, True)
    assert post(client, "/fr/sell/tifawin/picture", picture=(a_picture(), "coop.png")).status_code == 303
    [address] = set(re.findall(r"/pictures/[^\"]+\.webp", text_of(client.get("/fr/sell/tifawin/picture"))))
    with client.get(address) as shown:
        assert shown.mimetype == "image/webp"
    assert post(client, "/fr/sell/tifawin/picture/remove").status_code == 303
    assert client.get(address).status_code == 404


def test_bank_details_ask_the_password_again(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    sign_in(client, chair)
    answer = post(client, "/fr/sell/tifawin/bank", rib=RIB, present="not this")
    assert (answer.status_code, "Ce n’est pas votre mot de passe actuel." in text_of(answer)) == (422, True)
    assert RIB not in text_of(client.get("/fr/sell/tifawin/bank"))
    assert post(client, "/fr/sell/tifawin/bank", rib=RIB, present=PASSWORD).status_code == 303
    assert RIB in text_of(client.get("/fr/sell/tifawin/bank"))
    assert count(Letter) == 1


def test_somebody_invited_opens_the_link_signs_in_and_belongs(
    client: FlaskClient, chair: Person, tifawin: Organisation, hashed: str
) -> None:
    sign_in(client, chair)
    for _ in range(2):
        assert post(client, "/fr/sell/tifawin/members/invite", contact="nora@example.org", role="packer").status_code == 303
    assert (count(Invitation), count(Letter)) == (1, 1)
    link = re.search(r"http://localhost(/fr/join/\S+)", db.session.scalars(select(Letter.body)).one()).group(1)  # type: ignore[union-attr]
    guest = client.application.test_client()
    assert "Tifawin" in text_of(guest.get(link))
    assert post(guest, link).location == "/fr/sign-in"
    a_person("Nora", "nora@example.org", password_hash=hashed)
    assert post(guest, "/fr/sign-in", contact="nora@example.org", password=PASSWORD, next=link).location == link
    for _ in range(2):
        assert post(guest, link).location == "/fr/sell/tifawin/"
    assert guest.get("/fr/sell/tifawin/").status_code == 200
    other = client.application.test_client()
    sign_in(other, a_person("Omar"))
    assert post(other, link).status_code == 404
    assert count(Membership) == 2


def test_a_removed_member_is_out_at_the_next_request(client: FlaskClient, chair: Person, tifawin: Organisation) -> None:
    seller = a_person("Nora")
    joins(seller, tifawin, "seller")
    theirs = client.application.test_client()
    sign_in(client, chair)
    sign_in(theirs, seller)
    assert theirs.get("/fr/sell/tifawin/facts").status_code == 200
    assert post(client, f"/fr/sell/tifawin/members/{seller.id}", remove="1", roles=["seller"]).status_code == 303
    assert theirs.get("/fr/sell/tifawin/facts").status_code == 404
    answer = post(client, f"/fr/sell/tifawin/members/{chair.id}", roles=["seller"])
    assert (answer.status_code, "Une organisation a besoin d’une présidence" in text_of(answer)) == (409, True)
    assert post(client, f"/fr/sell/tifawin/members/{seller.id}", roles=["seller"]).status_code == 404


PAGES = {
    "": "chair treasurer seller packer member",
    "facts": "chair seller",
    "words/fr": "chair seller",
    "picture": "chair seller",
    "bank": "chair treasurer",
    "members": "chair treasurer seller packer member",
}
WRITES = {
    "submit": "chair",
    "facts": "chair seller",
    "words/fr": "chair seller",
    "picture": "chair seller",
    "picture/remove": "chair seller",
    "bank": "chair treasurer",
    "members/invite": "chair",
    "invitations/1/withdraw": "chair",
    "members/1": "chair",
}


@pytest.mark.parametrize("role", ["chair", "treasurer", "seller", "packer", "member"])
def test_each_role_opens_its_own_pages_of_its_own_office(client: FlaskClient, role: str) -> None:
    own, foreign = (
        a_cooperative(name, identifiers={"rib": number})
        for name, number in (("Own", RIB), ("Foreign", "230010000000000026137785"))
    )
    person = a_person(role)
    joins(person, own, role)
    sign_in(client, person)
    for page, roles in PAGES.items():
        answer = client.get(f"/fr/sell/own/{page}")
        assert answer.status_code == (200 if role in roles.split() else 403), page
        assert (RIB in text_of(answer)) == (page == "bank" and role in ("chair", "treasurer"))
        assert client.get(f"/fr/sell/foreign/{page}").status_code == 404, page
    for page, roles in WRITES.items():
        if role not in roles.split():
            assert post(client, f"/fr/sell/own/{page}").status_code == 403, page
        assert post(client, f"/fr/sell/foreign/{page}").status_code == 404, page
    assert client.get("/fr/desk/organisations/own").status_code == 404
    for move in ("verify", "return", "suspend", "reinstate"):
        assert post(client, f"/fr/desk/organisations/foreign/{move}", reason="x").status_code == 404
    db.session.expire_all()
    assert (db.session.get_one(Organisation, own.id).state, db.session.get_one(Organisation, foreign.id).state) == (
        "verified",
        "verified",
    )


def test_nothing_is_written_without_the_token_of_our_own_page(
    client: FlaskClient, chair: Person, tifawin: Organisation
) -> None:
    sign_in(client, chair)
    assert client.post("/fr/sell/tifawin/words/fr", data={"name": "Stolen"}).status_code == 400
    assert client.get("/fr/sell/tifawin/submit").status_code == 405
    assert db.session.scalar(select(OrganisationText.name)) == "Tifawin"


def test_a_page_of_the_office_stays_within_its_statements(
    client: FlaskClient, chair: Person, tifawin: Organisation, statements: list[str]
) -> None:
    for number in range(8):
        joins(a_person(f"Person {number}"), tifawin, "member")
    sign_in(client, chair)
    for page in PAGES:
        statements.clear()
        assert client.get(f"/fr/sell/tifawin/{page}").status_code == 200
        assert len([one for one in statements if one.startswith("SELECT")]) <= 12, page


@pytest.fixture
def statements(app: Flask) -> list[str]:
    from_engine: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        from_engine.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield from_engine  # type: ignore[misc]
    event.remove(db.engine, "before_cursor_execute", note)


def test_nobody_is_invited_by_a_phone_that_no_message_reaches(
    client: FlaskClient, chair: Person, tifawin: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, chair)
    page = "/fr/sell/tifawin/members"
    assert "numéro de téléphone" in text_of(client.get(page)), "the demonstration prints messages to phones"
    monkeypatch.setitem(client.application.config, "DEMO", False)
    assert "numéro de téléphone" not in text_of(client.get(page))
    answer = post(client, "/fr/sell/tifawin/members/invite", contact="06 12 34 56 78", role="packer")
    assert (answer.status_code, "Donnez une adresse électronique" in text_of(answer)) == (422, True)
    assert db.session.scalar(select(func.count()).select_from(Invitation)) == 0
