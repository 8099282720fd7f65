"""One word in many spellings: as heard in Arabic, in Tifinagh, in Latin letters with figures, as in French; and sizes."""

from pathlib import Path

import pytest

from app.engines.search import Found, SearchDocument, SearchIndex
from app.engines.search.folding import fold
from app.engines.search.sizes import sizes
from app.engines.search.sounds import Sounds, spellings


def sounds_like(typed: str, known: str) -> bool:
    sounds = Sounds()
    sounds.add(fold(known), known)
    return any(sounds.of(spelling) for spelling in spellings(fold(typed)))


@pytest.mark.parametrize(("known", "typed"), [
    ("زربية", "zarbiya zerbia zarbia zrbia ⵜⴰⵣⵔⴱⵉⵜ tazerbit"), ("عسل", "3assel assel asel 3sel l3assel ⵄⵙⵍ"),
    ("زعفران", "za3fran zaafran zafran za3farane"), ("سكسو", "seksou seksu sekssou ⵙⴽⵙⵓ"),
    ("ورد", "lward ward werd ⵍⵡⵔⴷ el-ward"),
    ("زيت", "ⵣⵣⵉⵜ zit zzit zite"), ("زليج", "زليجات zellij zlij zellige"), ("قفطان", "caftan kaftan 9aftan qaftan"),
    ("بابوش", "babouche babouch"), ("لويزة", "louisa louiza lwiza"), ("خبز", "khobz 5obz lkhobz khoubz"),
    ("حريرة", "7rira hrira harira"), ("غاسول", "ghassoul rhassoul"), ("طاجين", "tajine tagine tajin"), ("شاي", "chay shay"),
    ("تيفاوين", "tifawin tifawine ⵜⵉⴼⴰⵡⵉⵏ"), ("تالوين", "taliouine"), ("شكارة", "chkara shkara"), ("پوف", "pouf bouf"),
    ("كركاع", "gerga3 lgerga3 gargaa"), ("عسل", "laasel"), ("ملح", "mel7 lmel7"),
    ("safran", "saffran safrann"), ("couscous", "couscouss kouskous"),
])  # fmt: skip
def test_one_word_in_many_spellings(known: str, typed: str) -> None:
    assert {one for one in typed.split() if not all(sounds_like(part, known) for part in one.split("-")[-1:])} == set()


@pytest.mark.parametrize(("known", "typed"), [
    ("إفني", "iphone"), ("جوز", "jus"), ("رب", "robe"), ("lait", "lit"), ("lamb", "lampe"), ("عسل", "sel"),
    ("miel", "mille"), ("datte", "data"), ("خبز", "gobs"), ("بلح", "ble"), ("عسل", "500"), ("عسل", "日本"), ("عسل", ""),
    ("عسل", "ء"), ("a4", "a4"),
])  # fmt: skip
def test_two_words_stay_two(known: str, typed: str) -> None:
    assert not sounds_like(typed, known)


@pytest.mark.parametrize(("text", "size"), [
    ("miel 500 g", "#500g"), ("0,5 kg", "#500g"), ("0.5kg", "#500g"), ("½ kilo", "#500g"), ("1/2 kg", "#500g"),
    ("demi kilo", "#500g"),
    ("نصف كيلو", "#500g"), ("٥٠٠ غ", "#500g"), ("500 grammes", "#500g"), ("1 L", "#1000ml"), ("100 cl", "#1000ml"),
    ("1.5 l", "#1500ml"),
    ("tapis 2 m", "#200cm"), ("12 pots", None), ("500", None), ("0 g", None), ("1/0 kg", None), ("500 gouttes", None),
    ("99999999999 kg", None), ("a500g", None),
])  # fmt: skip
def test_a_size_is_one_word_whatever_its_unit(text: str, size: str | None) -> None:
    assert sizes(text) == ([size] if size else [])


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    made = SearchIndex(tmp_path)
    made.rebuild(
        [
            SearchDocument("p", 1, {"ar": "زربية من الصوف"}, sizes=["1 m"]),
            SearchDocument("p", 2, {"fr": "Argan de Tiznit"}, sizes=["500 g", "1000 g"]),
            SearchDocument("p", 3, {"fr": "Argan"}, {"fr": "Boîte de 15 pièces."}, sizes=["250 g"]),
            SearchDocument("q", 4, {"fr": "Khobz"}),
        ]
    )
    return made


def test_what_is_unknown_as_written_is_found_as_heard(index: SearchIndex) -> None:
    assert index.ids("p", "zarbiya").ids == [1]
    assert index.ids("p", "tiznite").ids == index.ids("p", "تيزنيت").ids == [2]
    assert index.ids("p", "خبز") == Found([], 0, False)
    assert index.ids("q", "خبز").ids == [4]


def test_a_word_of_the_field_is_not_taken_for_one_that_sounds_like_it(tmp_path: Path) -> None:
    hive = SearchIndex(tmp_path)
    titles = ("عسل الخلية", "دار تاغزوت")
    hive.rebuild(SearchDocument("product", number, {"ar": title}) for number, title in enumerate(titles, 1))
    assert hive.ids("product", "khlii") == Found([], 0, False)
    assert hive.ids("product", "khel") == Found([], 0, False)  # two consonants are those of too many words
    assert hive.ids("product", "taghzout") == Found([2], 1, False)


def test_what_there_is_not_is_answered_by_its_kind_and_said_to_be(index: SearchIndex) -> None:
    index.rebuild([SearchDocument("p", 1, {"fr": "Vêtements de lin"}), SearchDocument("p", 2, {"fr": "Sac de cuir"})])
    for typed in ("caftan", "9aftan", "قفاطين"):
        assert index.ids("p", typed) == Found([1], 1, True), typed
    assert index.ids("p", "babouche") == Found([2], 1, True)


def test_a_number_alone_is_no_reason(index: SearchIndex) -> None:
    assert index.ids("p", "iphone 15") == Found([], 0, False)
    assert index.ids("p", "argan 15").ids[0] == 3
    assert index.ids("p", "15").ids == [3]


def test_a_size_lifts_and_alone_it_finds(index: SearchIndex) -> None:
    assert index.ids("p", "argan 1 kg").ids == [2, 3]
    assert index.ids("p", "argan 250g").ids == [3, 2]
    assert index.ids("p", "0,5 kg") == Found([2], 1, False)


def test_only_telling_words_are_counted(index: SearchIndex) -> None:
    asked = "est ce que vous avez dans la ville ou je suis de ce que l on dit du bon"
    assert index.ids("p", f"{asked} argan de tiznit").ids[0] == 2
    assert index.ids("p", "acheter argan pas cher").total == 2
