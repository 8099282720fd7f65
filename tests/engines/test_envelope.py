"""A letter as it travels: subjects of any length keep their spaces, and its page is the plain text, made safe and light."""

import email
import re
import time
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.policy import default

import pytest

from app.engines.envelope import as_page, in_envelope

OWN = "https://coop.example"
SUBJECTS = {
    "fr": "Votre commande est prête : {}",
    "ar": "طلبيتكم رقم {} في الطريق",
    "en": "Order {} is on its way, à bientôt",
}
NAMES = ("Coopérative Féminine d’Argan Tafoukt de l’Atlas à Aït Melloul", "تعاونية النساء لزيت الأركان بآيت ملول ونواحيها")


def sent(subject: str, body: str = "…", language: str = "fr") -> bytes:
    return in_envelope(
        sender="Coop <office@coop.example>",
        recipient="amina@example.org",
        subject=subject,
        body=body,
        language=language,
        written_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
        message_id="<letter-1@coop.example>",
        own=OWN,
    ).as_bytes()


@pytest.mark.parametrize("language", SUBJECTS)
def test_a_subject_keeps_its_words_wherever_it_is_broken(language):
    """By both readers of the library; the space between two words was lost where a long subject was broken beside it."""
    subjects = [SUBJECTS[language].format(name[:end].strip()) for name in NAMES for end in range(1, len(name) + 1)]
    assert len(subjects) == 107
    for subject in subjects:
        written = sent(subject, language=language)
        assert email.message_from_bytes(written, policy=default)["Subject"] == subject
        assert str(make_header(decode_header(email.message_from_bytes(written)["Subject"]))) == subject
        header = written.partition(b"\n\n")[0]
        assert max(map(len, header.split(b"\n"))) <= 76
        assert header.isascii()


def test_what_looks_like_an_encoded_word_is_shown_as_it_was_typed():
    typed = "Panier =?utf-8?q?gratuit?= ouvert"
    assert email.message_from_bytes(sent(typed), policy=default)["Subject"] == typed


def words(page: str) -> str:
    return re.search(r"<div[^>]*>\n(.*)\n</div>", page, re.DOTALL)[1]


def test_a_page_shows_what_people_typed_and_runs_none_of_it():
    page = as_page("<b>Bonjour</b>", '<img src=x onerror=alert(1)> & "Fatima"\n\nÀ bientôt', "fr", OWN)
    assert "<title>&lt;b&gt;Bonjour&lt;/b&gt;</title>" in page
    assert words(page) == (
        '<p style="margin:0 0 1em">&lt;img src=x onerror=alert(1)&gt; &amp; &#34;Fatima&#34;</p>\n'
        '<p style="margin:0 0 1em">À bientôt</p>'
    )


def test_addresses_of_the_site_are_links_and_no_others_are():
    body = f"Voir {OWN}/fr/orders/7?key=a&b=c. Ou {OWN}.evil.example/x\nhttps://coop.exampleevil/"
    link = f"{OWN}/fr/orders/7?key=a&amp;b=c"
    assert words(as_page("…", body, "fr", OWN)) == (
        f'<p style="margin:0 0 1em">Voir <a href="{link}"><bdi dir="ltr">{link}</bdi></a>. '
        f"Ou <bdi>{OWN}.evil.example/x</bdi><br>\n<bdi>https://coop.exampleevil/</bdi></p>"
    )


def test_in_french_an_arabic_name_is_an_island_and_the_number_behind_it_is_not():
    page = as_page("…", "Chez تعاونية النساء لزيت-الأركان 12, promise", "fr", OWN)
    assert words(page) == '<p style="margin:0 0 1em">Chez <bdi>تعاونية النساء لزيت-الأركان</bdi> 12, promise</p>'


@pytest.mark.parametrize("language", ["fr", "ar"])
@pytest.mark.parametrize("typed", [f"{OWN}/{'.' * 20_000}x", "a" * 40_000, "#:" * 20_000, "a. " * 10_000, "سلام. " * 10_000])
def test_long_words_take_no_long_time(language, typed):
    """An address of 20,000 stops took seconds: each of them was looked at as a possible end."""
    before = time.process_time()
    as_page("…", typed, language, OWN)
    assert time.process_time() - before < 1


def test_in_arabic_numbers_names_and_links_are_islands():
    page = as_page("…", f"طلبيتكم رقم T-2026-000123 من Tafoukt Argan: 250 g، 32,00 MAD\n{OWN}/ar/orders/7", "ar", OWN)
    assert '<html lang="ar" dir="rtl">' in page
    assert words(page) == (
        '<p style="margin:0 0 1em">طلبيتكم رقم <bdi>T-2026-000123</bdi> من <bdi>Tafoukt Argan</bdi>: '
        "<bdi>250 g</bdi>، <bdi>32,00 MAD</bdi><br>\n"
        f'<a href="{OWN}/ar/orders/7"><bdi dir="ltr">{OWN}/ar/orders/7</bdi></a></p>'
    )
