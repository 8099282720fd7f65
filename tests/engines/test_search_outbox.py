"""Changes wait as rows for the index; words complete what is typed and mend it."""

import gc
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.engines.db import db
from app.engines.search import Changes, SearchDocument, SearchIndex, words
from app.engines.search.outbox import SearchChange, drain, pending, rebuild, touch
from app.engines.search.words import SearchWord, did_you_mean, distance, suggest
from app.engines.transactions import WriteOutsideTransaction, inside_transaction, transaction
from app.kernel.errors import Unavailable

TABLES = [SearchChange.__table__, SearchWord.__table__]


@pytest.fixture(autouse=True)
def database(tmp_path: Path) -> Iterator[None]:
    """Search's two tables alone, on SQLite or on the database of the PostgreSQL run."""
    house = Flask("search-tests", root_path=str(tmp_path))
    url = os.environ.get("TIWIZI_TEST_DATABASE_URL") or f"sqlite:///{tmp_path / 'search.db'}"
    house.config["SQLALCHEMY_DATABASE_URI"] = url
    db.init_app(house)
    with house.app_context():
        db.metadata.create_all(db.engine, tables=TABLES)
        _empty()
        yield
        _empty()
        db.session.remove()
        db.engine.dispose()


def _empty() -> None:
    with transaction() as session:
        for table in TABLES:
            session.execute(table.delete())


@pytest.fixture
def index(tmp_path: Path) -> SearchIndex:
    return SearchIndex(tmp_path / "search")


class Shelf:
    """The things of a module, by id; asked as its search room would be."""

    def __init__(self, **titles: str) -> None:
        self.titles = {int(key[1:]): title for key, title in titles.items()}

    def __call__(self, ids: Sequence[int] | None) -> list[SearchDocument]:
        asked = self.titles if ids is None else ids
        return [SearchDocument("p", n, {"fr": self.titles[n]}, {}, ["Épicerie"]) for n in asked if n in self.titles]


def learned(*titles: str, kind: str = "p") -> None:
    with transaction():
        words.learn(words.unknown_in([SearchDocument(kind, n, {"fr": title}) for n, title in enumerate(titles)]))


def test_what_is_touched_is_found_after_draining_and_what_is_gone_is_not(index: SearchIndex) -> None:
    shelf = Shelf(_1="Huile d'argan", _2="Safran")
    with transaction():
        touch("p", 1, 2, 3)
        touch("p", 1)
    assert pending() == 4
    assert drain(index, {"p": shelf}) == 4
    assert (pending(), index.ids("p", "أركان").ids, index.stats().documents) == (0, [1], 2)
    del shelf.titles[1]
    with transaction():
        touch("p", 1)
    drain(index, {"p": shelf})
    assert index.ids("p", "argan").ids == []
    assert drain(index, {"p": shelf}) == 0


def test_a_touch_is_undone_with_its_transaction_and_needs_one(index: SearchIndex) -> None:
    def broken_service() -> None:
        with transaction():
            touch("p", 1)
            raise LookupError

    with pytest.raises(LookupError):
        broken_service()
    with pytest.raises(WriteOutsideTransaction):
        touch("p", 1)
    assert pending() == 0


def test_draining_goes_by_batches(index: SearchIndex) -> None:
    shelf = Shelf(**{f"_{n}": "Miel" for n in range(1, 8)})
    with transaction():
        touch("p", *range(1, 8))
    assert [drain(index, {"p": shelf}, batch=3) for _ in range(4)] == [3, 3, 1, 0]
    assert index.ids("p", "honey").total == 7


def test_a_change_made_while_the_index_is_written_waits_for_the_next_round(index: SearchIndex) -> None:
    shelf = Shelf(_1="Safran")

    index.rebuild([])

    class Slow(SearchIndex):
        def apply(self, changes: Changes) -> None:
            shelf.titles[1] = "Miel"
            with transaction():
                touch("p", 1)
            index.apply(changes)

    with transaction():
        touch("p", 1)
    drain(Slow(index.folder), {"p": shelf})
    assert (pending(), index.ids("p", "safran").ids) == (1, [1])
    drain(index, {"p": shelf})
    assert (pending(), index.ids("p", "safran").ids, index.ids("p", "miel").ids) == (0, [], [1])


def test_nobody_waits_while_words_are_taken_out_of_the_texts(index: SearchIndex) -> None:
    """Two hundred texts take a tenth of a second: they are read before the transaction begins."""

    read: list[bool] = []

    class Titles(dict[str, str]):
        def values(self) -> Any:
            read.append(inside_transaction())
            return super().values()

    def shelf(ids: Sequence[int] | None) -> list[SearchDocument]:
        return [SearchDocument("p", number, Titles(fr=f"Amlou {number}"), {}, []) for number in ids or ()]

    with transaction():
        touch("p", 1, 2)
    drain(index, {"p": shelf})
    assert read
    assert not any(read)
    assert db.session.scalars(select(SearchWord.word)).all() == ["amlou"]


def test_a_word_that_another_drainer_has_learnt_meanwhile_is_no_trouble(index: SearchIndex) -> None:
    """Two machines drain at once: both found the word unknown."""
    unknown = words.unknown_in([SearchDocument("p", 1, {"fr": "Amlou doux"}, {}, [])])
    learned("Amlou")
    with transaction():
        words.learn(unknown)
    assert sorted(db.session.scalars(select(SearchWord.word))) == ["amlou", "doux"]


def test_rows_stay_when_the_index_is_busy(index: SearchIndex) -> None:
    index.rebuild([])

    class Busy(SearchIndex):
        def apply(self, changes: Changes) -> None:
            raise Unavailable("search-busy")

    with transaction():
        touch("p", 1)
    with pytest.raises(Unavailable):
        drain(Busy(index.folder), {"p": Shelf(_1="Safran")})
    assert pending() == 1
    assert db.session.scalars(select(SearchWord.word)).all() == []


def test_things_of_a_kind_nobody_knows_any_more_leave_the_index(index: SearchIndex) -> None:
    index.rebuild([SearchDocument("p", 1, {"fr": "Safran"})])
    with transaction():
        touch("p", 1)
    assert drain(index, {}) == 1
    assert (pending(), index.stats().documents) == (0, 0)


def test_rebuilding_forgets_what_is_no_longer_there(index: SearchIndex) -> None:
    learned("Tajine")
    assert rebuild(index, Shelf(_1="Safran pur", _2="Safran")([1, 2])) == 2
    assert suggest("taj") == []
    stored = dict(db.session.execute(select(SearchWord.word, SearchWord.weight)).all())
    assert stored == {"safran": 2, "pur": 1, "épicerie": 2}


def test_what_is_typed_is_completed_most_frequent_first() -> None:
    learned("Huile d'argan", "Huile d'olive", "Argile verte", "Argan pur", "Épices", "زيت الأركان")
    assert suggest("ar") == ["argan", "argile"]
    assert suggest("huile d'arg") == ["huile d'argan", "huile d'argile"]
    assert suggest("epi") == ["épices"]
    assert suggest("زيت ار") == ["زيت الأركان"]
    assert suggest("ar", limit=1) == ["argan"]
    assert suggest("ar", kind="course") == []


@pytest.mark.parametrize("prefix", ["", "a", " ", "%", "_%", "ar%", "\ud800", "x" * 10_000, "huile ", "'"])
def test_nothing_to_complete(prefix: str) -> None:
    learned("Huile d'argan")
    assert suggest(prefix) == []


@pytest.mark.parametrize(("typed", "meant"), [
    ("sarfan", "safran"), ("saffran", "safran"), ("safrna", "safran"), ("huile d'orgine", None), ("safran", None),
    ("couscos au saffran", "couscous au safran"), ("cosmetiqes", "cosmétiques"), ("xyzzy", None), ("", None),
    ("زعفرن", "زعفران"), ("huile dorigan", "huile d'origan"), ("huileorigan", "huile origan"), ("asfran", "safran"),
    ("savons", None), ("safranoil", "safran oil"),
])  # fmt: skip
def test_a_slip_is_mended(typed: str, meant: str | None) -> None:
    learned("Safran", "Couscous", "Cosmétiques", "زعفران", "Huile", "Origan", "Savonn")
    assert did_you_mean(typed) == meant


def test_learning_twice_adds_nothing() -> None:
    learned("Safran", "Safran")
    learned("Safran")
    assert db.session.execute(select(SearchWord.word, SearchWord.weight)).all() == [("safran", 2)]


@pytest.mark.parametrize(("one", "other", "apart"), [
    ("miel", "miel", 0), ("miel", "meil", 1), ("miel", "mie", 1), ("miel", "miels", 1), ("miel", "fiel", 1),
    ("miel", "thym", 3),
])  # fmt: skip
def test_distance(one: str, other: str, apart: int) -> None:
    assert distance(one, other, 2) == apart


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # whoosh leaves open what it cannot read
@pytest.mark.parametrize("harm", ["lost", "no contents", "garbage", "segments", "old rules"])
def test_an_index_that_is_lost_or_damaged_is_built_anew_by_the_next_draining(index: SearchIndex, harm: str) -> None:
    shelf = Shelf(p1="Miel", p2="Safran")
    rebuild(index, shelf(None))
    assert index.ids("p", "miel").ids == [1]
    index.close()
    for file in sorted(index.folder.iterdir()):
        if harm == "lost" or (harm == "no contents" and file.suffix == ".toc"):
            file.unlink()
        elif (harm == "garbage" and file.suffix != ".txt") or (harm == "segments" and file.suffix == ".seg"):
            file.write_bytes(b"garbage" * 99)
        elif harm == "old rules" and file.name == "rules.txt":
            file.write_text("1-before")
    other = SearchIndex(index.folder)
    with suppress(Unavailable):
        assert other.ids("p", "miel").ids in ([], [1])
    assert drain(other, {"p": shelf}) == 0
    assert other.ids("p", "miel").ids == [1]
    assert SearchIndex(index.folder).stats().outdated is False
    del other
    gc.collect()
