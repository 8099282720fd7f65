"""Rules of accounts: what may be typed, chosen and moved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.rules.identifiers import ice_value, rib_value
from app.accounts.rules.organisations import KINDS, ORGANISATION, missing_papers
from app.accounts.rules.passwords import check_password, person_name
from app.kernel.contacts import ContactValue, contact_value, phone_value
from app.kernel.errors import Conflict, Invalid, Refusal
from app.territories.loading import territory_named

MOROCCO, QUEBEC = territory_named("morocco"), territory_named("quebec")

ALLOWED = {
    ("draft", "submit"): "submitted",
    ("submitted", "verify"): "verified",
    ("submitted", "return"): "returned",
    ("returned", "submit"): "submitted",
    ("verified", "suspend"): "suspended",
    ("suspended", "reinstate"): "verified",
}


@pytest.mark.parametrize(("state", "move"), ORGANISATION.pairs())
def test_every_move_of_an_organisation_is_allowed_or_refused(state: str, move: str) -> None:
    if (state, move) in ALLOWED:
        assert ORGANISATION.after(state, move) == ALLOWED[state, move]
    else:
        with pytest.raises(Conflict):
            ORGANISATION.after(state, move)


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [
        ("Amina@Example.ORG", "mail", "amina@example.org"),
        ("  amina@exämple.org ", "mail", "amina@xn--exmple-cua.org"),
        ("0612345678", "phone", "+212612345678"),
        ("06 12 34 56 78", "phone", "+212612345678"),
        ("+33 6 12 34 56 78", "phone", "+33612345678"),
        ("٠٦١٢٣٤٥٦٧٨", "phone", "+212612345678"),
    ],
)
def test_a_contact_is_written_one_way(typed: str, kind: str, value: str) -> None:
    assert contact_value(typed, "MA") == ContactValue(kind, value)


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "amina",
        "x@y",
        "a..b@c.org",
        ".a@c.org",
        "a@c.org, b@c.org",
        "12",
        "0612",
        "a b@c.org",
        "@c.org",
        "a@",
        "a@-c.org",
        "9" * 300,
        "a" * 300 + "@c.org",
        "a@b@c.org",
        "<a@c.org>",
    ],
)
def test_what_is_no_contact_is_refused_on_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        contact_value(typed, "MA")
    assert (refused.value.code, refused.value.field) == ("contact-not-understood", "contact")


@given(st.text(max_size=300))
def test_any_text_is_a_contact_or_a_refusal(typed: str) -> None:
    try:
        found = contact_value(typed, "MA")
    except Refusal:
        return
    assert contact_value(found.value, "MA") == found
    assert found.value.isascii()


@given(st.text(max_size=1200))
def test_any_text_is_a_password_or_a_refusal(typed: str) -> None:
    try:
        assert 12 <= len(check_password(typed)) <= 1000
    except Invalid as refused:
        if refused.field != "password":
            raise


@pytest.mark.parametrize(
    "password",
    [
        "motdepasse123",
        "Password1234!",
        "P@ssw0rd2024!!",
        "azertyuiop123",
        "qwertyuiop12",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcabcabcabc",
        "q1w2e3r4t5y6",
        "1q2w3e4r5t6y",
        "iloveyou12345",
        "administrator",
        "1qaz2wsx3edc",
        "qazwsxedcrfv",
        "000000000000",
        "111111222222",
        "passwordpassword",
        "السلامعليكم12",
        "casablanca2026",
        "mohamed123456",
        "tiwizi-argan-2026",
    ],
)
def test_what_strangers_try_first_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="password-too-common"):
        check_password(password)


@pytest.mark.parametrize(
    "password",
    [
        "la pluie sur les figuiers",
        "حقول الزيتون في الربيع",
        "Fk3!vv9_Lq2x",
        "tiwizi-souk-demo",
        "cheval correct pile agrafe",
        "x" * 4 + "palmier" + "y" * 4 + "lanterne",
        "une phrase " * 90,
    ],
)
def test_a_long_phrase_of_one_s_own_is_accepted(password: str) -> None:
    assert check_password(password) == password


def test_eleven_characters_are_too_few_and_a_thousand_and_one_too_many() -> None:
    with pytest.raises(Invalid, match="password-too-short"):
        check_password("figues-sècs")
    with pytest.raises(Invalid, match="password-too-long"):
        check_password("figue sèche " * 84)


def test_one_s_own_name_or_address_is_no_password() -> None:
    with pytest.raises(Invalid, match="password-is-own-name"):
        check_password("amina.benali1990", ("Amina Benali", "amina.b@example.org"))
    assert check_password("amina garde les chèvres", ("Amina Benali",)) == "amina garde les chèvres"


def test_two_keyboards_write_the_same_password() -> None:
    assert check_password("cle\u0301mentine du verger") == check_password("clémentine du verger")


def test_a_name_is_two_letters_at_least() -> None:
    assert person_name("  Aïcha   Slimani ") == "Aïcha Slimani"
    for typed in ("", "A", "12", "x" * 81):
        with pytest.raises(Invalid, match="name-needed"):
            person_name(typed)


def test_check_digits_of_ice_and_rib() -> None:
    assert ice_value("003 114 533 000013") == "003114533000013"
    assert rib_value("225 010 0000000000261377 68") == "225010000000000026137768"
    for wrong in ("003114533000014", "00311453300001", "abc", ""):
        with pytest.raises(Invalid, match="ice-not-valid"):
            ice_value(wrong)
    for wrong in ("225010000000000026137769", "22501000000000002613776", "x" * 24):
        with pytest.raises(Invalid, match="rib-not-valid"):
            rib_value(wrong)


def test_a_mail_address_is_no_phone_number() -> None:
    assert phone_value("0528 000 117", "MA") == "+212528000117"
    with pytest.raises(Invalid, match="phone-not-understood"):
        phone_value("a@example.org", "MA")


def test_who_sells_is_asked_for_papers() -> None:
    assert missing_papers("cooperative", MOROCCO, {}) == ["phone", "commune", "local_register", "ice"]
    assert missing_papers("union", QUEBEC, {"phone": "+14185550199"}) == ["commune", "neq"]
    assert missing_papers("funder", MOROCCO, {"phone": "+212528000117", "commune": "Rabat"}) == []
    assert set(KINDS) >= {"cooperative", "union", "funder"}
