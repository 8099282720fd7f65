"""A person's mail address or phone number has one form, and nobody else can be meant by it."""

from contextlib import suppress
from email.message import EmailMessage
from email.policy import default
from email.utils import getaddresses, parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.kernel.contacts import contact_value, mail_value, phone_value
from app.kernel.errors import Invalid

LOCAL = "abz019.!#$%&'*+/=?^_`{|}~-"


@pytest.mark.parametrize(
    "text",
    [
        "amina@exämple.org",
        "AMINA@EXÄMPLE.ORG",
        "Amina@xn--exmple-cua.org",
        "ａｍｉｎａ@exämple.org",
        "\u200famina@exämple.org",
        "amina\u200b@exämple.org",
        "\u202aamina@exämple.org\u202c",
        "\ufeffamina@exa\u0308mple.org ",
        "amina@exämple.org,",
        "amina@exämple.org;",
        "amina@exämple.org.",
        "'amina@exämple.org",
    ],
)
def test_an_address_has_one_form_however_it_is_typed(text):
    assert mail_value(text) == "amina@xn--exmple-cua.org"
    assert contact_value(text, "MA").value == "amina@xn--exmple-cua.org"


def test_dots_and_plus_signs_are_left_to_the_post_office():
    assert mail_value("a.b+c@example.org") == "a.b+c@example.org"
    assert mail_value("O’Brien@example.org") == "o'brien@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "<amina@example.org>",
        "Amina <amina@example.org>",
        "mailto:amina@example.org",
        "=?utf-8?q?amina?=@example.org",
        "=?utf-8?q?omar=40other.org?=@example.org",
        '"amina"@example.org',
        '"a b"@example.org',
        "amina(the chair)@example.org",
        "amina@example.org, omar@example.org",
        "amina@example.org;omar@example.org",
        "amina@example@org.ma",
        "amina@[127.0.0.1]",
        "amina@localhost",
        "amina@example..org",
        "amina@faß.de",
        "ami\u0301na@example.org",
        "амина@example.org",
        "amina@example.org\nBcc: omar@example.org",
        "amina\\@example.org",
        "@example.org",
        "amina@",
        "",
    ],
)
def test_what_may_be_another_address_is_refused_on_its_field(text):
    with pytest.raises(Invalid) as refused:
        mail_value(text, "mail")
    assert (refused.value.code, refused.value.field) == ("mail-not-understood", "mail")
    with pytest.raises(Invalid) as refused:
        contact_value(text, "MA")
    assert (refused.value.code, refused.value.field) == ("contact-not-understood", "contact")


@given(st.builds("{}@{}".format, st.text(LOCAL, min_size=1, max_size=70), st.sampled_from(["example.org", "exämple.ma"])))
@example("=?utf-8?q?amina=40other.org?=@example.org")
@example("'a'@example.org")
def test_the_library_sends_to_the_address_we_keep(text):
    with suppress(Invalid):
        address = mail_value(text)
        assert mail_value(address) == address
        assert parseaddr(address) == ("", address)
        assert getaddresses([address]) == [("", address)]
        message = EmailMessage(default)
        message["To"] = address
        assert [one.addr_spec for one in message["To"].addresses] == [address]


@pytest.mark.parametrize(
    "text",
    [
        "0612345678",
        "06 12 34 56 78",
        "06-12-34-56-78",
        "06.12.34.56.78",
        "+212 612345678",
        "00212612345678",
        "(+212) 612345678",
        "+212 (0)6 12 34 56 78",
        "٠٦١٢٣٤٥٦٧٨",
        "۰۶۱۲۳۴۵۶۷۸",
        "\u200e0612345678",
        "06–12–34–56–78",
        "0612345678.",
        "'0612345678",
    ],
)
def test_a_phone_number_has_one_form_however_it_is_typed(text):
    assert phone_value(text, "MA") == "+212612345678"
    assert contact_value(text, "MA").value == "+212612345678"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12",
        "0612",
        "a@example.org",
        "0612345678 ext 5",
        "0612345678;ext=5",
        "tel:+212612345678",
        "06FLOWERS",
        "0612345678x2",
        "06 12 34 56 78 / 06 12 34 56 79",
        "+2126123456789012",
        "0" * 41,
        "06" + "-" * 31 + "12345678",
    ],
)
def test_what_cannot_be_dialled_as_it_was_meant_is_refused_on_its_field(text):
    with pytest.raises(Invalid) as refused:
        phone_value(text, "MA")
    assert (refused.value.code, refused.value.field) == ("phone-not-understood", "phone")
