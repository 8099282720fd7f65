"""The embedded search: what people find, whatever they type, while others write and when a writer is killed."""

import gc
import json
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from pathlib import Path

import pytest

from app.engines.search import Changes, Found, SearchDocument, SearchIndex
from app.kernel.errors import Unavailable

ROOT = Path(__file__).resolve().parents[2]
NAUGHTY = ROOT.parent / "shared" / "data" / "messy" / "blns.json"

OIL = SearchDocument(
    "product",
    1,
    {"fr": "Huile d'argane", "en": "Argan oil", "ar": "زيت أركان"},
    {"fr": "Pressée à froid par les femmes de Tiznit."},
    ["Huiles", "Oils", "زيوت"],
)
SAFFRON = SearchDocument("product", 2, {"fr": "Safran de Taliouine"}, {"fr": "Une épice récoltée à l'aube, en bœuf."})
HONEY = SearchDocument("product", 3, {"ar": "عسل الزعتر"}, {"ar": "عسل حر من جبال الأطلس"})
CARPET = SearchDocument("product", 4, {"fr": "Tapis tissé à la main"}, {"fr": "Laine de mouton, teinte au safran."})
COOPERATIVE = SearchDocument("cooperative", 1, {"fr": "Coopérative Tamaynut, argan de Tiznit"})
EVERYTHING = [OIL, SAFFRON, HONEY, CARPET, COOPERATIVE]


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    made = SearchIndex(tmp_path / "search")
    made.rebuild(EVERYTHING)
    return made


def jars(count: int, word: str = "pot") -> list[SearchDocument]:
    return [SearchDocument("jar", number, {"fr": f"{word} numéro {number}"}) for number in range(1, count + 1)]


@pytest.mark.parametrize("query", [
    "argan", "Argane", "arganier", "huile d'argane", "huile d’argan", "HUILE ARGAN", "argan oil", "زيت أركان", "زيت اركان",
    "زيت الأرگان", "ارغان", "أرڭان", "زَيْتُ أَرْكَان", "والأركان", "zit argan", "ⴰⵔⴳⴰⵏ",
])  # fmt: skip
def test_the_same_oil_is_found_however_it_is_called(index: SearchIndex, query: str) -> None:
    assert index.ids("product", query) == Found([1], 1, False)


@pytest.mark.parametrize(("query", "first"), [
    ("saffron", 2), ("zafrane", 2), ("زعفران", 2), ("الزعفران", 2), ("miel", 3), ("honey", 3), ("عسل", 3),
    ("miel de thym", 3), ("rug", 4), ("زربية", 4), ("الزربيه", 4), ("carpets", 4), ("wool", 4),
])  # fmt: skip
def test_a_thing_written_in_one_language_is_found_in_another(index: SearchIndex, query: str, first: int) -> None:
    assert index.ids("product", query).ids[0] == first


@pytest.mark.parametrize("query", ["épice", "epice", "ÉPICES", "e\u0301pice", "boeuf", "bœuf", "récolté", "recolte"])
def test_accents_may_be_left_out(index: SearchIndex, query: str) -> None:
    assert index.ids("product", query).ids == [2]


@pytest.mark.parametrize("query", ["الأطلس", "الاطلس", "أطلس", "اطلس", "بالأطلس", "والاطلس", "للأطلس", "الأطـلـس"])
def test_hamza_article_and_stretching_make_no_difference(index: SearchIndex, query: str) -> None:
    assert index.ids("product", query).ids == [3]


def test_a_title_counts_more_than_a_body(index: SearchIndex) -> None:
    assert index.ids("product", "safran").ids == [2, 4]


def test_kinds_do_not_mix(index: SearchIndex) -> None:
    assert index.ids("cooperative", "argan").ids == [1]
    assert index.ids("cooperative", "safran") == Found([], 0, False)
    assert index.ids("unheard-of", "argan") == Found([], 0, False)


def test_all_words_come_first_and_any_word_only_when_too_few_are_found(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild([*jars(5), SearchDocument("jar", 9, {"fr": "Pot bleu"})])
    assert index.ids("jar", "pot numéro").widened is False
    assert index.ids("jar", "pot numéro").total == 5
    widened = index.ids("jar", "pot bleu")
    assert (widened.ids[0], widened.total, widened.widened) == (9, 6, True)


def test_words_that_say_nothing_are_not_demanded(index: SearchIndex) -> None:
    assert index.ids("product", "de l'huile d'argan pour les cheveux et avec").ids == [1]
    assert index.ids("product", "the tapis").ids == [4]


def test_tea_is_no_article(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild([SearchDocument("p", 1, {"fr": "Thé vert"}), SearchDocument("p", 2, {"en": "The green box"})])
    for query in ("thé", "the", "tea", "أتاي", "atay"):
        assert index.ids("p", query).ids == [1]


def test_a_phrase_is_found_with_a_word_in_between(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild([SearchDocument("p", 1, {"fr": "Huile vierge d'olive"}), SearchDocument("p", 2, {"ar": "زيت العود"})])
    assert sorted(index.ids("p", "olive oil").ids) == [1, 2]


def test_a_word_of_another_language_is_understood_unless_it_means_something_else(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild(
        [SearchDocument("p", 1, {"fr": "Argan oil"}), SearchDocument("p", 2, {"fr": "Savon"}, {"fr": "Date de fabrication"})]
    )
    assert index.ids("p", "huile").ids == [1]
    assert index.ids("p", "datte").ids == []


def test_arabic_digits_and_units_meet_latin_ones(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild([SearchDocument("p", 1, {"fr": "Miel 500 g"}), SearchDocument("p", 2, {"fr": "Miel 250g"})])
    assert index.ids("p", "عسل ٥٠٠").ids[0] == 1
    assert index.ids("p", "250 g").ids[0] == 2


@pytest.mark.parametrize("query", ["", " ", "'", "\"", "AND", "OR NOT", "title:argan", "*", "(", "[a TO", "~", "\x00",
                                   "\ud800", "a" * 100_000, "huile " * 10_000, "ـ", "ء", "ً", "日本語", "🫙", "%_\\",
                                   "½ ﷺ ﬁn"])  # fmt: skip
def test_any_text_may_be_typed(index: SearchIndex, query: str) -> None:
    assert isinstance(index.ids("product", query).ids, list)


def test_there_is_no_query_language(index: SearchIndex) -> None:
    assert index.ids("product", "safran NOT taliouine") == index.ids("product", "safran not taliouine")
    assert index.ids("product", "saf*") == Found([], 0, False)


@pytest.mark.skipif(not NAUGHTY.exists(), reason="no shared data beside the checkout")
def test_the_naughty_strings_are_searched_and_indexed(index: SearchIndex) -> None:
    naughty = json.loads(NAUGHTY.read_text(encoding="utf-8"))
    documents = [SearchDocument("naughty", n, {"fr": text}, {"ar": text}, [text]) for n, text in enumerate(naughty)]
    index.apply(Changes(documents))
    for text in naughty:
        assert isinstance(index.ids("naughty", text).ids, list)
    assert index.stats().documents == len(EVERYTHING) + len(naughty)


def test_a_changed_thing_is_found_by_its_new_words_only(index: SearchIndex) -> None:
    index.apply(Changes([SearchDocument("product", 1, {"fr": "Savon noir"})], [("product", 3)]))
    assert index.ids("product", "argan") == Found([], 0, False)
    assert index.ids("product", "savon").ids == [1]
    assert index.ids("product", "miel") == Found([], 0, False)
    assert index.ids("cooperative", "argan").ids == [1]


def test_the_last_of_two_changes_in_a_batch_counts(index: SearchIndex) -> None:
    index.apply(Changes([SearchDocument("product", 1, {"fr": "Savon"}), SearchDocument("product", 1, {"fr": "Panier"})]))
    assert index.ids("product", "savon").ids == []
    assert index.ids("product", "panier").ids == [1]


def test_many_batches_leave_few_segments_and_every_document_once(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    for start in range(0, 400, 10):
        index.apply(Changes([SearchDocument("jar", start + n, {"fr": "Pot"}) for n in range(10)], [("jar", start - 5)]))
    expected = sorted(set(range(400)) - {start - 5 for start in range(10, 400, 10)})
    assert sorted(index.ids("jar", "pot").ids) == expected
    assert index.stats().documents == len(expected)
    assert index.stats().segments <= 6
    index.optimise()
    assert index.stats().segments == 1
    assert sorted(index.ids("jar", "pot").ids) == expected


def test_limits_cut_the_ids_and_not_the_total(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    index.rebuild(jars(300))
    found = index.ids("jar", "pot", limit=10)
    assert (len(found.ids), found.total) == (10, 300)
    assert index.ids("jar", "pot", limit=0) == Found([], 0, False)


def test_a_failing_source_leaves_the_old_index(index: SearchIndex) -> None:
    def failing() -> object:
        yield SearchDocument("product", 9, {"fr": "Savon"})
        raise LookupError("the database went away")

    with pytest.raises(LookupError):
        index.rebuild(failing())  # type: ignore[arg-type]
    assert index.ids("product", "argan").ids == [1]
    assert index.ids("product", "savon").ids == []
    index.apply(Changes([SearchDocument("product", 9, {"fr": "Savon"})]))
    assert index.ids("product", "savon").ids == [9]


def test_a_second_writer_waits_and_then_says_busy(index: SearchIndex) -> None:
    impatient = SearchIndex(index.folder, writer_wait=0.1)
    with index._writer() as writer:
        with pytest.raises(Unavailable) as refusal:
            impatient.apply(Changes(deleted=[("product", 1)]))
        writer.cancel()
    assert refusal.value.code == "search-busy"
    assert index.ids("product", "argan").ids == [1]


def test_a_broken_index_is_refused_and_a_rebuild_heals_it(index: SearchIndex) -> None:
    for toc in index.folder.glob("*.toc"):
        toc.write_bytes(b"cut short")
    broken = SearchIndex(index.folder)
    with pytest.raises(Unavailable) as refusal:
        broken.ids("product", "argan")
    assert refusal.value.code == "search-damaged"
    assert broken.rebuild(EVERYTHING) == 5
    assert broken.ids("product", "argan").ids == [1]


def test_whatever_is_wrong_with_the_files_there_is_one_refusal(index: SearchIndex, tmp_path: Path) -> None:
    chance = random.Random(20)
    index.apply(Changes([SearchDocument("product", 9, {"fr": "Savon"})]))
    refused = 0
    for round_ in range(40):
        folder = tmp_path / str(round_)
        shutil.copytree(index.folder, folder)
        _harm(folder, chance)
        refused += _refusals(SearchIndex(folder, writer_wait=0.1))
    gc.collect()  # a file left open would be told here
    assert refused > 20


def _harm(folder: Path, chance: random.Random) -> None:
    file = chance.choice(sorted(one for one in folder.iterdir() if one.stat().st_size))
    content = bytearray(file.read_bytes())
    for _ in range(chance.choice((1, 9, 200))):
        content[chance.randrange(len(content))] ^= chance.randrange(1, 256)
    file.write_bytes(content[: chance.choice((len(content), len(content) // 2))])
    if chance.random() < 0.2:
        file.unlink()


def _refusals(broken: SearchIndex) -> int:
    """How many of three tries are refused, none in another way; afterwards it is whole again."""
    refused = 0
    for act in (
        lambda: broken.ids("product", "argan savon"),
        lambda: broken.apply(Changes([OIL])),
        broken.stats,
    ):
        try:
            act()
        except Unavailable:
            refused += 1
    assert broken.rebuild(EVERYTHING) == 5
    assert broken.ids("product", "argan").ids == [1]
    broken.close()
    return refused


def test_a_quantity_lifts_and_is_not_demanded(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path / "s")
    titles = {0: "Miel de thym", 1: "Miel d'euphorbe 500 g", 7: "Douze pots de 500 g"}
    index.rebuild([SearchDocument("product", number, {"fr": title}) for number, title in titles.items()])
    for typed in ("miel 500 g", "miel 500g", "عسل ٥٠٠ غ"):
        assert index.ids("product", typed) == Found([1, 0], 2, False), typed
    assert set(index.ids("product", "500 g").ids) == {1, 7}


@pytest.mark.parametrize("query", ["بزيت الأركان", "وزيت الاركان", "زيت الأركان"])
def test_what_is_written_together_with_the_next_word_is_understood(index: SearchIndex, query: str) -> None:
    assert index.ids("product", query).ids == [1]
    index.apply(Changes([SearchDocument("product", 9, {"ar": "بلوزة"})]))
    assert index.ids("product", "لوز").ids == []


def test_an_index_made_by_other_rules_says_so(index: SearchIndex) -> None:
    assert index.stats().outdated is False
    (index.folder / "rules.txt").write_text("0-elsewhere")
    assert index.stats().outdated is True
    index.rebuild(EVERYTHING)
    assert index.stats().outdated is False


def test_another_process_sees_a_change_within_a_second(index: SearchIndex) -> None:
    reader = SearchIndex(index.folder)
    assert reader.ids("product", "savon").ids == []
    writer = multiprocessing.get_context("spawn").Process(target=_write_soap, args=(str(index.folder),))
    writer.start()
    writer.join(30)
    time.sleep(1.0)
    assert reader.ids("product", "savon").ids == [7]


def _write_soap(folder: str) -> None:
    SearchIndex(folder).apply(Changes([SearchDocument("product", 7, {"fr": "Savon"})]))


def test_readers_in_threads_and_in_another_process_never_fail_while_one_writes(index: SearchIndex) -> None:
    context = multiprocessing.get_context("spawn")
    stop, wrong = context.Event(), context.Value("i", 0)
    elsewhere = context.Process(target=_read_on, args=(str(index.folder), stop, wrong))
    here = [threading.Thread(target=_read_on, args=(str(index.folder), stop, wrong)) for _ in range(2)]
    for reader in (elsewhere, *here):
        reader.start()
    for number in range(25):
        index.apply(Changes([SearchDocument("product", 100 + number, {"fr": "Panier"})]))
    stop.set()
    for reader in (elsewhere, *here):
        reader.join(30)
    assert (elsewhere.exitcode, wrong.value) == (0, 0)
    assert index.ids("product", "panier").total == 25


def _read_on(folder: str, stop: object, wrong: object) -> None:
    index = SearchIndex(folder)
    while not stop.is_set():  # type: ignore[attr-defined]
        if index.ids("product", "huile d'argan").ids != [1]:
            wrong.value += 1  # type: ignore[attr-defined]
        index._checked = 0.0


KILLED = """
import sys
from app.engines.search import Changes, SearchDocument, SearchIndex
index, number = SearchIndex(sys.argv[1]), 0
print("writing", flush=True)
while True:
    number += 1
    index.apply(Changes([SearchDocument("jar", n, {"fr": f"Pot {number}"}) for n in range(40)]))
"""


def _kill_a_writer(index: SearchIndex, after: float) -> None:
    writer = subprocess.Popen([sys.executable, "-c", KILLED, str(index.folder)], cwd=ROOT, stdout=subprocess.PIPE)
    assert writer.stdout
    writer.stdout.readline()
    time.sleep(after)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()


def _is_sound(index: SearchIndex) -> None:
    fresh = SearchIndex(index.folder)
    assert fresh.ids("product", "argan").ids == [1]
    assert fresh.ids("jar", "pot").total in (0, 40)
    fresh.apply(Changes([SearchDocument("product", 8, {"fr": "Savon"})]))
    assert fresh.ids("product", "savon").ids == [8]
    fresh.close()


def test_a_writer_killed_while_writing_leaves_a_usable_index(index: SearchIndex) -> None:
    for after in (0.07, 0.151):
        _kill_a_writer(index, after)
        _is_sound(index)


@pytest.mark.long
def test_forty_writers_killed_leave_a_usable_index(index: SearchIndex) -> None:
    for round_ in range(40):
        _kill_a_writer(index, 0.05 + round_ * 0.007)
        _is_sound(index)


def test_an_index_without_documents_finds_nothing_and_says_so(tmp_path: Path) -> None:
    index = SearchIndex(tmp_path)
    assert index.ids("product", "argan") == Found([], 0, False)
    assert index.ids("product", "huile d'argan") == Found([], 0, False)
    index.apply(Changes([SearchDocument("product", 1, {"fr": "Huile d'argan"})]))
    index.apply(Changes(deleted=[("product", 1)]))
    index.optimise()
    assert SearchIndex(tmp_path).ids("product", "argan") == Found([], 0, False)


def test_an_index_is_read_where_it_lies_and_not_held_in_memory(tmp_path: Path) -> None:
    """What a process holds of a large index is what was asked for: a twentieth of it here."""
    words = random.Random(7)
    bodies = ({"fr": " ".join(f"mot{words.randrange(40_000)}" for _ in range(120))} for _ in range(1_500))
    index = SearchIndex(tmp_path)
    index.rebuild(SearchDocument("sheet", number, {"fr": f"Fiche {number}"}, body) for number, body in enumerate(bodies, 1))
    assert index.ids("sheet", "fiche 7").ids[0] == 7
    index.close()
    tracemalloc.start()
    assert index.ids("sheet", "fiche 8").ids[0] == 8
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    size = sum(file.stat().st_size for file in tmp_path.glob("*.seg"))
    assert size > 2_000_000
    assert held < size / 4
    index.close()
