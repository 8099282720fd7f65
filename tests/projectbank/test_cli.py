"""`tiwizi import projects` reads our own files, twice to the same effect, and refuses bad rows with a reason."""

import csv
import json
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, update

from app.engines.db import db
from app.engines.transactions import transaction
from projectbank.cli import import_projects
from projectbank.models import Equipment, Sheet, SheetText
from tests.builders.accounts import an_operator

SHEETS = Path(__file__).resolve().parents[2] / "projectbank" / "demo" / "sheets"


@pytest.fixture
def run(app):
    def call(*arguments):
        result = app.test_cli_runner().invoke(import_projects, [*map(str, arguments), "--json"])
        return result.exit_code, json.loads(result.stdout.splitlines()[-1])

    return call


def sums(answer):
    return tuple(answer[name] for name in ("rows", "created", "changed", "unchanged", "refused"))


@pytest.fixture
def file(tmp_path):
    def write(rows):
        path = tmp_path / "sheets.json"
        path.write_text(rows if isinstance(rows, str) else json.dumps(rows), encoding="utf-8")
        return path

    return write


def test_the_demo_s_files_become_drafts_once(run, file):
    an_operator()
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(SHEETS.glob("*.json"))]
    path = file(rows)
    assert sums(run(path, "--dry-run")[1]) == (16, 16, 0, 0, 0)
    assert db.session.scalar(select(func.count()).select_from(Sheet)) == 0
    assert sums(run(path)[1]) == (16, 16, 0, 0, 0)
    assert set(db.session.scalars(select(Sheet.state))) == {"draft"}
    lines = db.session.scalar(select(func.count()).select_from(Equipment))
    assert sums(run(path)[1]) == (16, 0, 0, 16, 0)
    rows[0]["investment"] += 100
    assert sums(run(file(rows))[1]) == (16, 0, 1, 15, 0)
    assert db.session.scalar(select(func.count()).select_from(Equipment)) == lines


def test_words_of_a_file_are_kept_as_those_of_a_form(run, file):
    an_operator()
    rows = [
        {
            "slug": "miel",
            "titles": {"fr": "\u200fMiel\n de\u00a0thym", "ar": "\u200b"},
            "pitches": {"fr": "\u3164"},
            "region": "\u200eMA-09",
        },
        {"slug": "rien", "titles": {"fr": "\u200b\u3164"}},
    ]
    assert sums(run(file(rows))[1]) == (2, 1, 0, 0, 1)
    texts = db.session.execute(select(SheetText.language, SheetText.title, SheetText.pitch)).all()
    assert [tuple(one) for one in texts] == [("fr", "Miel de thym", "")]
    assert db.session.scalars(select(Sheet.region)).all() == ["MA-09"]


def test_rows_that_cannot_be_taken_are_named_and_the_others_are_taken(run, file):
    an_operator()
    good = {"slug": "miel", "titles": {"fr": "Miel"}}
    rows = [
        good,
        good,
        "text",
        {"slug": "x"},
        {**good, "slug": "y", "investment": "much"},
        {**good, "slug": "z", "region": "XX"},
        {**good, "slug": "w", "equipment": [{"names": {"fr": "Cuve"}, "quantity": 0}]},
    ]
    _code, answer = run(file(rows))
    assert sums(answer) == (7, 1, 0, 0, 6)
    assert [(one["place"], one["reason"]) for one in answer["problems"]] == [
        (2, "The sheet “miel” stands in the file twice."),
        (3, "This row is no project sheet."),
        (4, "The field “titles” cannot be read."),
        (5, "The field “investment” cannot be read."),
        (6, "Choose from the list."),
        (7, "This amount is out of range."),
    ]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"equipment": [{"names": {"fr": "Cuve"}, "quantity": 1, "unit_price": 10**25}]}, "This amount is out of range."),
        (
            {"equipment": [{"names": {"fr": "Cuve"}, "quantity": 1, "unit_price": 1, "life_years": 10**20}]},
            "This number is out of range: 100 at the most.",
        ),
        (
            {"evidence": [{"figure": {"fr": "12 %"}, "year": 10**20, "source": "HCP"}]},
            "This number is out of range: 2200 at the most.",
        ),
        ({"slug": "a\ud800"}, "The field “slug” cannot be read."),
        ({"slug": "a\x00"}, "The field “slug” cannot be read."),
    ],
)
def test_what_no_table_can_hold_is_refused_and_the_next_row_is_taken(run, file, fields, reason):
    an_operator()
    good = {"slug": "miel", "titles": {"fr": "Miel"}, "remark": "\ud800"}
    _code, answer = run(file([{**good, "slug": "odd", **fields}, good]))
    assert sums(answer) == (2, 1, 0, 0, 1)
    assert answer["problems"] == [{"place": 1, "reason": reason}]
    assert db.session.scalars(select(Sheet.slug)).all() == ["miel"]


def test_a_csv_of_the_same_format_is_read(run, tmp_path):
    an_operator()
    path = tmp_path / "sheets.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, delimiter=";")
        writer.writerow(["slug", "titles.fr", "titles.ar", "investment", "sdgs", "equipment"])
        line = '[{"names": {"fr": "Cuve"}, "quantity": 1, "unit_price": 100}]'
        writer.writerow(["miel", "Miel", "عسل", "5000000", "2 8", line])
        writer.writerow(["bad", "Miel", "", "5000000", "2", "[not json"])
    assert sums(run(path)[1]) == (2, 1, 0, 0, 1)
    assert db.session.execute(select(Sheet.slug, Sheet.investment)).all() == [("miel", 5_000_000)]


@pytest.mark.parametrize("content", ["", "[", "3", "\x00"])
def test_a_file_that_is_none_of_ours_is_refused(run, file, content):
    an_operator()
    code, answer = run(file(content))
    assert (code, answer["problem"].startswith("This file cannot be read:")) == (1, True)


def test_without_anybody_to_own_them_nothing_is_read(run, file):
    code, answer = run(file([]))
    assert (code, answer["problem"]) == (1, "There is nobody with this contact, and no operator either.")


@pytest.mark.sqlite_only
def test_a_look_writes_nothing_and_says_what_the_import_then_does(run, file):
    an_operator()
    rows = [
        {"slug": "miel", "titles": {"fr": "Miel"}},
        {"slug": "sel", "titles": {"fr": "Sel"}},
        {"slug": "bois", "titles": {"fr": "Bois"}, "sdgs": [99]},
        {"slug": "eau", "titles": {"fr": "Eau"}},
    ]
    run(file(rows[:2]))
    with transaction() as session:
        session.execute(update(Sheet).where(Sheet.slug == "sel").values(state="published"))
    rows[0]["titles"]["fr"], rows[1]["titles"]["fr"] = "Miel de thym", "Sel gemme"
    said = []

    def hear(_connection, _cursor, statement, *_):
        said.append(statement.split()[0])

    event.listen(db.engine, "before_cursor_execute", hear)
    looked = run(file(rows), "--dry-run")[1]
    event.remove(db.engine, "before_cursor_execute", hear)
    assert set(said) <= {"SELECT", "BEGIN"}
    assert sums(looked) == (4, 1, 1, 0, 2)
    assert run(file(rows))[1] == looked
