"""A letter that was refused for good: its reader hears of it at the next sign-in, the office settles it at the desk."""

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from app.accounts.gateway import hash_password
from app.engines.db import db
from app.engines.jobs import Job
from app.engines.journal import JournalLine
from app.engines.mail import Letter
from app.engines.transactions import transaction
from app.kernel.clock import now
from tests.browsing import post, sign_in, text_of
from tests.builders.accounts import a_person, an_operator

PASSWORD = "la pluie sur les figuiers"


def refused(recipient: str, refused_address: bool = True, channel: str = "mail") -> int:
    """A letter that the relay has refused; its id."""
    with transaction() as session:
        letter = Letter(
            channel=channel,
            recipient=recipient,
            subject="Votre code : 482913",
            body="482913",
            language="fr",
            written_at=now(),
            refused_at=now(),
            refusal="SMTPRecipientsRefused 550 5.1.1" if refused_address else "SMTPDataError 554",
            refused_address=refused_address,
        )
        session.add(letter)
        session.flush()
        return letter.id


def state(letter_id: int) -> tuple[bool, bool, int]:
    """Is it refused, is it settled, how many jobs wait."""
    db.session.rollback()
    letter = db.session.get_one(Letter, letter_id)
    return letter.refused_at is not None, letter.settled_at is not None, len(db.session.scalars(select(Job.id)).all())


SAID = {
    "fr": ("n’ont pas pu être distribués", "Nos messages reviennent"),
    "ar": ("تعذر إيصال", "رسائلنا ترجع"),
    "en": ("could not be delivered", "Our letters come back"),
}


@pytest.mark.parametrize("language", SAID)
def test_whose_address_is_refused_reads_it_after_signing_in_and_on_the_account(client: FlaskClient, language: str) -> None:
    a_person("Aïcha", "aicha@example.org", password_hash=hash_password(PASSWORD))
    refused("aicha@example.org")
    assert post(client, f"/{language}/sign-in", contact="aicha@example.org", password=PASSWORD).status_code == 303
    after, on_the_page = SAID[language]
    page = text_of(client.get(f"/{language}/account/"))
    assert after in page
    assert on_the_page in page
    page = text_of(client.get(f"/{language}/account/"))
    assert after not in page
    assert on_the_page in page


def test_a_letter_that_was_not_liked_is_no_fault_of_its_address(client: FlaskClient) -> None:
    omar = a_person("Omar", "omar@example.org")
    refused("omar@example.org", refused_address=False)
    sign_in(client, omar)
    assert "reviennent" not in text_of(client.get("/fr/account/"))


def test_the_office_reads_what_happened_and_settles_it(app: Flask, client: FlaskClient) -> None:
    a_person("Aïcha", "aicha@example.org")
    letter, other = refused("aicha@example.org"), refused("guest@example.org", refused_address=False)
    sign_in(client, an_operator("Samira"))
    page = text_of(client.get("/fr/desk/letters"))
    for word in ("Aïcha", "aicha@example.org", "550 5.1.1", "n’existe pas", "Une personne sans compte", "guest@example.org"):
        assert word in page
    assert "482913" not in page, "what letters say is nobody's but their reader's"
    assert post(client, f"/fr/desk/letters/{letter}/settle").status_code == 303
    assert state(letter) == (True, True, 0)
    assert post(client, f"/fr/desk/letters/{other}/again").status_code == 303
    assert state(other) == (False, False, 1)
    assert post(client, f"/fr/desk/letters/{other}/again").status_code == 404
    assert "Tous les messages sont arrivés" in text_of(client.get("/fr/desk/letters"))
    verbs = db.session.scalars(select(JournalLine.verb).where(JournalLine.subject_kind == "letter").order_by(JournalLine.id))
    assert verbs.all() == ["settle-letters", "send-letters-again"]
    assert "reviennent" not in text_of(client.get("/fr/account/"))


OF_PHONES = {
    "fr": ("numéro de téléphone", "n’arrivent pas", ("adresse", "courriel", "reviennent", "messagerie")),
    "ar": ("رقم الهاتف", "لا تصل", ("العنوان", "عنوان")),
    "en": ("phone number", "do not arrive", ("Letters", "letters", "address")),
}


@pytest.mark.parametrize("language", OF_PHONES)
def test_of_a_phone_number_nobody_speaks_as_of_a_mail_address(client: FlaskClient, language: str) -> None:
    """In what is told after signing in, on the account, and in the office's list."""
    a_person("Aïcha", "+212612345678", password_hash=hash_password(PASSWORD))
    refused("+212612345678", channel="phone")
    number, mark, never = OF_PHONES[language]
    post(client, f"/{language}/sign-in", contact="06 12 34 56 78", password=PASSWORD)
    page = client.get(f"/{language}/account/").get_data(as_text=True)
    told = re.findall(r'<div class="(?:flashes|notice notice-bad)">.*?</div>', page, re.S)
    said = html.unescape(
        re.sub("<[^>]+>", " ", " ".join([*told, *re.findall(r'class="badge badge-bad".*?</span>', page, re.S)]))
    )
    assert number in said
    assert mark in said
    assert [word for word in never if word in said] == []
    sign_in(client, an_operator())
    assert OF_NONE[language] in text_of(client.get(f"/{language}/desk/letters"))


OF_NONE = {
    "fr": "Ce numéro de téléphone n’existe pas.",
    "ar": "رقم الهاتف هذا غير موجود.",
    "en": "This phone number does not exist.",
}
