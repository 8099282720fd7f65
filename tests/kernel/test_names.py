"""Names of real people and cooperatives pass; what could be followed or dialled does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kernel import names
from app.kernel.errors import Invalid

OWN = "http://localhost"
REAL = [
    "Nadia Berrada",
    "نادية برادة",
    "د.محمد العلمي",
    "ذ. خالد بن عمر",
    "تعاونية تيفاوين للأركان",
    "التعاونية الفلاحية 20 غشت",
    "ⵜⵉⵣⵉⵔⵉ ⵏ ⵓⵙⵙⴰⵏ",
    "Tiziri n Ussan",
    "Coop. Taliouine",
    "Coop.Taliouine",
    "Mme. d'Arc",
    "Dr.El Amrani",
    "Jean-Pierre St.-Onge",
    "St.Onge",
    "S.A.R.L",
    "S.A.R.L. Tifawin",
    "T.I.F.A",
    "A.M. El Idrissi",
    "J.R.R. Tolkien Jr.",
    "Aït Baha n° 2",
    "Femmes de l’Atlas (Azilal)",
    "Épices & Cie",
    "Ben M'hamed, Fatima-Zahra",
    "Coopérative du 6 novembre 1975",
    "Coopérative 2019-2020",
    "c/o Ahmed",
    "Les abeilles, groupe 1/3",
    "O’Connor",
    "Ñusta Quispe",
    "李小龍",
    "Nguyễn Văn Anh",
]
HOSTILE = [
    "https://evil.example/x",
    "HTTP://EVIL.EXAMPLE",
    "hTtPs:evil.example",
    "ftp://evil.example",
    "Gagnez sur evil.com",
    "evil.com",
    "EVIL.COM.",
    "www.evil",
    "evil.ma",
    "Nadia (evil.ma)",
    "Nadia,evil.net!",
    "bit.ly/3xYz",
    "t.me/scam",
    "x.com",
    "evil.whatever/path",
    "sub.evil.co.uk",
    "evil-shop.online",
    "xn--evl-5ma.com",
    "evil。com",
    "evil．com",
    "ｅｖｉｌ．ｃｏｍ",
    "موقع.المغرب",
    "اربح.كوم الآن",
    "1.2.3.4",
    "192.168.10.200:8000",
    "scam@evil.example",
    "scam＠evil",
    "mailto:x@y.zz",
    "Dr.de",
    "coop.ma",
    "Appelez le 0612345678",
    "06 12 34 56 78",
    "+212 6 12-34-56-78",
    "(514) 555-0199 9",
    "٠٦١٢٣٤٥٦٧٨",
    "06.12.34.56.78",
]


@pytest.mark.parametrize("typed", REAL)
def test_real_names_pass_as_they_are(typed: str) -> None:
    assert names.name(typed) == typed
    assert names.place(typed, "commune") == typed
    assert names.own_links_only(typed, OWN) == typed


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("Dr.Al Amrani", "Dr. Al Amrani"),
        ("Mme.de Sévigné", "Mme. de Sévigné"),
        ("Coop.Al Amal", "Coop. Al Amal"),
        ("M.de Villiers", "M. de Villiers"),
    ],
)
def test_a_title_that_reads_like_the_end_of_an_address_stands_apart(typed: str, kept: str) -> None:
    assert names.name(typed) == kept
    assert names.own_links_only(kept, OWN) == kept


@pytest.mark.parametrize("typed", HOSTILE)
def test_what_can_be_followed_or_dialled_is_no_name(typed: str) -> None:
    with pytest.raises(Invalid, match="name-is-a-message") as refused:
        names.name(typed, "who")
    assert refused.value.field == "who"


def test_a_name_has_one_line_and_nothing_unseen_hides_in_it() -> None:
    assert names.name("Nadia\r\nBcc: x") == "Nadia Bcc: x"
    with pytest.raises(Invalid, match="name-is-a-message"):
        names.name("evil\u200b.com")


@pytest.mark.parametrize(
    "typed",
    ["12, rue des Orangers, 20250 Casablanca", "Bloc B, porte 14, téléphoner au 0612345678", "قرب مسجد النور، رقم 12"],
)
def test_a_place_may_hold_numbers(typed: str) -> None:
    assert names.place(typed, "street") == typed


@pytest.mark.parametrize("typed", ["chez moi: evil.com", "http://maps.evil/x", "x@evil.com"])
def test_a_place_holds_no_link(typed: str) -> None:
    with pytest.raises(Invalid, match="place-is-a-message"):
        names.place(typed, "street")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (
            "Follow it here:\n\nhttp://localhost/fr/orders/T1?key=a.b",
            "Follow it here:\n\nhttp://localhost/fr/orders/T1?key=a.b",
        ),
        ("http://localhost", "http://localhost"),
        ("http://localhost.evil.com/x", "http[:]//localhost[.]evil[.]com/x"),
        ("http://localhost@evil.com", "http[:]//localhost@evil[.]com"),
        (
            "The cooperative writes: see https://evil.com/a.b, now",
            "The cooperative writes: see https[:]//evil[.]com/a[.]b, now",
        ),
        ("“evil.com” invites you", "“evil[.]com” invites you"),
        ("evil。com", "evil[.]com"),
        ("nadia@example.org now opens your account too.", "nadia@example.org now opens your account too."),
        ("To pay: 67,170.00 MAD. Version 2026.1", "To pay: 67,170.00 MAD. Version 2026.1"),
    ],
)
def test_in_a_letter_only_the_sites_own_addresses_can_be_followed(written: str, shown: str) -> None:
    assert names.own_links_only(written, OWN) == shown


@given(
    st.text(max_size=40),
    st.sampled_from(["https://evil.com/x", "evil.com", "bit.ly/a", "www.evil.ma"]),
    st.text(max_size=40),
)
def test_no_text_around_a_link_brings_it_into_a_letter(before: str, link: str, after: str) -> None:
    assert link not in names.own_links_only(f"{before} {link} {after}", OWN)


@pytest.mark.parametrize("typed", ["a." * 5000, "1" * 9000 + "x", "a-" * 5000 + ".", "www" * 4000, "(" * 9000])
def test_a_long_text_is_read_at_once(typed: str) -> None:
    names.can_be_followed(typed)
    names.can_be_dialled(typed)


@pytest.mark.parametrize(
    ("name", "french", "arabic"),
    [
        ("Tifawin", "Tifawin", "Tifawin"),
        ("Coopérative Tifawin", "Tifawin", "Tifawin"),
        ("Coopérative des femmes d’Aglou", "des femmes d’Aglou", "Coopérative des femmes d’Aglou"),
        ("COOPERATIVE Adrar", "Adrar", "COOPERATIVE Adrar"),
        ("تعاونية تيفاوين النسوية", "تيفاوين النسوية", "تيفاوين النسوية"),
        ("التعاونية الفلاحية", "التعاونية الفلاحية", "التعاونية الفلاحية"),
        ("Coopérative", "Coopérative", "Coopérative"),
        ("Coopératives Unies", "Coopératives Unies", "Coopératives Unies"),
    ],
)
def test_a_sentence_that_says_cooperative_does_not_say_it_twice(name, french, arabic):
    assert (names.after_its_kind(name, "fr"), names.after_its_kind(name, "ar"), names.after_its_kind(name, "en")) == (
        french,
        arabic,
        name,
    )
