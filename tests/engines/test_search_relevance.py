"""How good the answers are, on questions and passages that others wrote, and whether stems are the published ones."""

import csv
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from app.engines.search import SearchDocument, SearchIndex
from app.engines.search.analysis import stem
from app.engines.search.folding import fold

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "search"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="no shared data beside the checkout")


def _lines(name: str) -> list[Any]:
    with gzip.open(DATA / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def _measured(folder: Path, language: str, name: str, every: int) -> tuple[float, float]:
    """Mean reciprocal rank and recall among the first ten, over every n-th question."""
    passages = _lines(f"{name}-passages.jsonl.gz")
    places = {passage["id"]: place for place, passage in enumerate(passages)}
    index = SearchIndex(folder)
    index.rebuild(
        SearchDocument("passage", place, {language: passage["title"]}, {language: passage["text"]})
        for place, passage in enumerate(passages)
    )
    ranks = []
    questions = _lines(f"{name}-queries-dev.jsonl.gz")[::every]
    for question in questions:
        relevant = {places[one] for one in question["relevant"]}
        found = index.ids("passage", question["query"], limit=10).ids
        ranks.append(next((rank for rank, one in enumerate(found, 1) if one in relevant), 0))
    return sum(1 / rank for rank in ranks if rank) / len(ranks), sum(map(bool, ranks)) / len(ranks)


@pytest.mark.parametrize(
    ("language", "name", "rank_floor", "recall_floor"), [("fr", "piaf-fr", 0.72, 0.86), ("ar", "arcd-ar", 0.72, 0.91)]
)
def test_answers_are_good(tmp_path: Path, language: str, name: str, rank_floor: float, recall_floor: float) -> None:
    rank, recall = _measured(tmp_path, language, name, every=4)
    assert rank >= rank_floor
    assert recall >= recall_floor


@pytest.mark.long
@pytest.mark.parametrize(
    ("language", "name", "rank_floor", "recall_floor"), [("fr", "piaf-fr", 0.75, 0.88), ("ar", "arcd-ar", 0.74, 0.93)]
)
def test_answers_are_good_over_all_questions(
    tmp_path: Path, language: str, name: str, rank_floor: float, recall_floor: float
) -> None:
    rank, recall = _measured(tmp_path, language, name, every=1)
    assert rank >= rank_floor
    assert recall >= recall_floor


def test_french_stems_of_words_without_accents_are_the_published_ones() -> None:
    with gzip.open(DATA / "snowball-french-vocabulary.tsv.gz", "rt", encoding="utf-8") as lines:
        pairs = [(row["word"], row["stem"]) for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    sample = [(word, expected) for word, expected in pairs[::5] if word.isascii() and word.isalpha() and len(word) > 2]
    # "-ee" is left out on purpose: it is a participle whose accent was not typed.
    wrong = [w for w, expected in sample if not w.endswith(("ee", "ees")) and stem(fold(w), "fr") != expected]
    assert len(sample) > 2000
    assert wrong == []
