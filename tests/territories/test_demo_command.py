"""`tiwizi demo load` fills demonstrations alone, from a territory with such data; else it says why and writes nothing."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from app.console.data import load_demo
from app.factory import create_app
from app.settings import HOUSE, Settings, SettingsError, read_settings
from app.territories.loading import territories
from tests.engines.test_schema import terminal

pytestmark = pytest.mark.operating

WORDS = {
    "fr_MA.UTF-8": "Cette installation n’est pas une démonstration\u00a0: TIWIZI_DEMO n’est pas défini.",
    "ar": "هذه المنصة ليست عرضاً تجريبياً: لم يُضبط TIWIZI_DEMO.",
    "en_GB.UTF-8": "This installation is not a demonstration: TIWIZI_DEMO is not set.",
    "de_DE.UTF-8": "This installation is not a demonstration: TIWIZI_DEMO is not set.",
}
NOTHING = {"fr_MA.UTF-8": "Rien n’a été écrit.", "ar": "لم يُكتب أي شيء."}


def a_house(tmp_path: Path, *places: str, demo: bool = True):
    settings = read_settings({}, INSTANCE=tmp_path, DEMO=demo, TERRITORIES=places, SECRET_KEY="k" * 40, CARD_PRACTICE="")
    return create_app(settings)


@pytest.mark.parametrize("speech", WORDS)
def test_a_real_office_is_not_filled_and_its_reader_is_told_why(tmp_path, monkeypatch, speech):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", speech)
    house = a_house(tmp_path, "morocco", demo=False)
    answer = house.test_cli_runner().invoke(load_demo, [])
    assert answer.exit_code == 1
    assert WORDS[speech] in answer.output
    assert NOTHING.get(speech, "Nothing was written.") in answer.output
    assert not (tmp_path / "tiwizi.db").exists()


def test_the_command_itself_refuses_in_one_line(tmp_path):
    answer = subprocess.run(
        [sys.executable, "-m", "app", "demo", "load"],
        env={"PATH": "/usr/bin", "PYTHONPATH": str(HOUSE), "TIWIZI_INSTANCE": str(tmp_path), "LANG": "fr_FR.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr.startswith(f"tiwizi: {WORDS['fr_MA.UTF-8']}")
    assert answer.stderr.count("\n") == 1
    assert not (tmp_path / "tiwizi.db").exists()


@pytest.mark.parametrize(
    ("places", "asked", "words"),
    [
        (("quebec",), (), "There is no demonstration data of Quebec. Nothing was written."),
        (("quebec",), ("--territory", "quebec"), "There is no demonstration data of Quebec."),
        (("quebec",), ("--territory", "morocco"), "This installation does not serve Morocco (TIWIZI_TERRITORIES)."),
        (("morocco",), ("--territory", "quebec"), "This installation does not serve Quebec (TIWIZI_TERRITORIES)."),
    ],
)
def test_another_territorys_installation_gets_no_moroccan_data(tmp_path, monkeypatch, places, asked, words):
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    answer = a_house(tmp_path, *places).test_cli_runner().invoke(load_demo, list(asked))
    assert (answer.exit_code, words in answer.output) == (1, True), answer.output
    assert not (tmp_path / "tiwizi.db").exists()


def test_an_installation_of_two_territories_gets_the_data_of_the_one_that_has_some(tmp_path):
    code, said = terminal(
        tmp_path,
        *("demo", "load", "--territory", "morocco"),
        TIWIZI_DEMO="1",
        TIWIZI_TERRITORIES="quebec,morocco",
        TIWIZI_MODULES="app.accounts",
        TIWIZI_CARD_PRACTICE="",
    )
    assert code == 0, said
    with closing(sqlite3.connect(tmp_path / "tiwizi.db")) as connection:
        rows = connection.execute("SELECT territory, count(*) FROM organisation GROUP BY territory").fetchall()
    assert rows == [("morocco", 16)]


def test_who_runs_a_demonstration_is_the_territorys_fact(tmp_path):
    names = {one.name for one in fields(Settings)}
    for place in territories():
        assert set(place.demo_operator) <= names
    shown = a_house(tmp_path / "a", "quebec").config
    assert (shown["OPERATOR_ADDRESS"], shown["OPERATOR_PHONE"]) == ("1, rue de la Coopération, Québec", "+1 418 555 0100")
    assert shown["DATA_DECLARATION"] == ""
    given = read_settings({}, INSTANCE=tmp_path / "b", DEMO=True, SECRET_KEY="k" * 40, OPERATOR_NAME="Réseau Coop")
    kept = create_app(given).config
    assert (kept["OPERATOR_NAME"], kept["DATA_DECLARATION"]) == ("Réseau Coop", "D-000/2026")
    real = a_house(tmp_path / "c", "morocco", demo=False).config
    assert [name for name in territories()[0].demo_operator if real[name]] == []


def test_a_territory_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(SettingsError, match="atlantis"):
        a_house(tmp_path, "atlantis")
