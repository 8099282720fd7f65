"""An archive is one moment of the house; it goes back whole into an empty one, or not at all."""

import hashlib
import json
import shutil
import stat
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import create_engine, func, select, text, update

from app.console.data import backup
from app.engines.backup import LEFT_OUT, BackupRefused, back_up, restore_from
from app.engines.counters import open_counter
from app.engines.counters.tables import Counter
from app.engines.db import db
from app.engines.files import store
from app.engines.housekeeping import seal_journal
from app.engines.journal import altered_lines, record
from app.engines.migrating import upgrade_database
from app.engines.transactions import transaction
from app.factory import create_app
from app.kernel.actor import SYSTEM
from app.settings import make_instance, read_settings
from tests.builders.random_rows import random_rows

Dump = dict[str, list[dict[str, Any]]]


@pytest.fixture(scope="module")
def houses(tmp_path_factory) -> Callable[[int, str], Flask]:
    """(number, address of a database) -> a house with nothing in it: built once, emptied whenever it is asked for."""
    root, built = tmp_path_factory.mktemp("houses"), {}

    def empty(number: int, url: str) -> Flask:
        instance = root / f"house-{number}"
        if (number, url) not in built:
            settings = read_settings({}, INSTANCE=instance, DATABASE_URL=url, SECRET_KEY="x" * 40)
            built[number, url] = create_app(settings)
        shutil.rmtree(instance)
        make_instance(instance)
        return built[number, url]

    return empty


@pytest.fixture
def another(houses, database_url) -> Iterator[Callable[..., Flask]]:
    """Further houses, empty and without a schema: on SQLite, or on a database of their own in the PostgreSQL of this run."""
    made: list[tuple[Flask, str]] = []

    def build(form: str = "sqlite") -> Flask:
        number, url = len(made), ""
        if form == "postgresql":
            if not database_url:
                pytest.skip("PostgreSQL is not in this run")
            url = f"{database_url}_{number}"
            on_server(
                f'DROP DATABASE IF EXISTS "{name_in(url)}"',
                f"CREATE DATABASE \"{name_in(url)}\" TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'fr'",
            )
        house = houses(number, url)
        made.append((house, url))
        return house

    def on_server(*statements: str) -> None:
        server = create_engine(database_url, isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        server.dispose()

    yield build
    for house, url in made:
        with house.app_context():
            db.session.remove()
            db.engine.dispose()
        if url:
            on_server(f'DROP DATABASE "{name_in(url)}"')


def name_in(url: str) -> str:
    """The name of the database in an address."""
    return url.rsplit("/", 1)[1]


def dump() -> Dump:
    """Every row of every table, and every file."""
    db.session.remove()
    rows = {
        table.name: sorted((dict(row) for row in db.session.execute(select(table)).mappings()), key=repr)
        for table in db.metadata.sorted_tables
        if table.name not in LEFT_OUT
    }
    db.session.remove()
    return {**rows, "files": [{"key": key, "content": store.get(key)} for key in store.all_keys()]}


FILLED: dict[Path, Dump] = {}


def fill(house: Flask) -> Dump:
    """A house with a schema, random rows in its tables, sealed journal lines and three files; on SQLite made once, then
    copied.
    """
    if not house.config["SQLALCHEMY_DATABASE_URI"].startswith("sqlite"):
        return made(house)
    instance = Path(house.config["INSTANCE"])
    kept = instance.with_name("filled")
    if kept in FILLED:
        shutil.copytree(kept, instance, dirs_exist_ok=True)
    else:
        FILLED[kept] = made(house)
        with house.app_context():
            db.engine.dispose()
        shutil.copytree(instance, kept)
    return FILLED[kept]


def made(house: Flask) -> Dump:
    with house.app_context():
        upgrade_database()
        took = random_rows([t for t in db.metadata.sorted_tables if t.name not in {*LEFT_OUT, "journal_line"}], 6, 1)
        assert {"counter", "hold", "job", "letter", "person", "organisation", "ledger_set"} <= took
        with transaction():
            for number in range(5):
                record(SYSTEM, "fill", "house", number, seed=1)
        seal_journal()
        for number in range(3):
            store.put(f"pictures/ab/abc{number}.webp", bytes([number]) * 1000)
        return dump()


def is_empty(house: Flask) -> bool:
    with house.app_context(), suppress(Exception):
        left = dump()
        return not any(left.values())
    return not list((Path(house.config["INSTANCE"]) / "files").glob("**/*.webp"))


def archive_of(house: Flask, path: Path) -> Path:
    with house.app_context():
        back_up(path)
    return path


def restore(house: Flask, path: Path) -> Dump:
    with house.app_context():
        restore_from(path, verify=True)
        return dump()


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("sqlite", "sqlite"),
        ("sqlite", "postgresql"),
        ("postgresql", "sqlite"),
        ("postgresql", "postgresql"),
    ],
)
def test_a_house_goes_into_an_archive_and_back_on_either_database(another, tmp_path, source, target):
    first, second, third = another(source), another(target), another(source)
    before = fill(first)
    assert sum(map(len, before.values())) > 100
    path = archive_of(first, tmp_path / "monday.zip")
    assert restore(second, path) == before
    assert restore(third, archive_of(second, tmp_path / "tuesday.zip")) == before
    with second.app_context():
        assert altered_lines() == []
        last = max(row["id"] for row in before["counter"])
        with transaction():
            assert open_counter("stock", 4_242, 1) == last + 1
        with pytest.raises(Exception, match="only grows"), transaction() as session:
            session.execute(text("DELETE FROM journal_line"))


def test_a_table_longer_than_a_plain_zip_takes_goes_along(another, tmp_path, monkeypatch):
    """Two gigabytes of rows are some millions of orders; here the bound of a plain part is a hundred letters."""
    first, second = another(), another()
    before = fill(first)
    monkeypatch.setattr("zipfile.ZIP64_LIMIT", 100)
    path = archive_of(first, tmp_path / "long.zip")
    monkeypatch.undo()
    assert restore(second, path) == before


def test_no_session_goes_along_and_the_archive_says_what_it_holds(another, tmp_path):
    house = another()
    before = fill(house)
    path = archive_of(house, tmp_path / "monday.zip")
    with zipfile.ZipFile(path) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert "tables/session.jsonl" not in archive.namelist()
    assert {name: entry["rows"] for name, entry in manifest["tables"].items()} == {
        name: len(rows) for name, rows in before.items() if name != "files"
    }
    assert not list(tmp_path.glob("*.part"))


def test_an_archive_is_never_put_over_something(another, tmp_path):
    first, second = another(), another()
    fill(first)
    path = archive_of(first, tmp_path / "monday.zip")
    with second.app_context():
        upgrade_database()
        with transaction():
            open_counter("stock", 1, 5)
        before = dump()
        with pytest.raises(BackupRefused, match="not empty: counter has rows"):
            restore_from(path, verify=True)
        assert dump() == before


def test_a_living_instance_is_not_even_migrated_by_a_restore(another, tmp_path, monkeypatch):
    first, second = another(), another()
    fill(first)
    path = archive_of(first, tmp_path / "monday.zip")
    fill(second)
    monkeypatch.setattr("app.engines.backup.upgrade_database", lambda: pytest.fail("the schema was touched"))
    with second.app_context(), pytest.raises(BackupRefused, match="not empty"):
        restore_from(path, verify=True)


def test_an_archive_is_for_its_owner_alone(another, tmp_path):
    """It holds what people have told the office."""
    house = another()
    fill(house)
    (tmp_path / "monday.zip.part").touch(mode=0o666)  # left behind by a backup that was killed
    assert stat.S_IMODE(archive_of(house, tmp_path / "monday.zip").stat().st_mode) == 0o600


def test_a_picture_that_is_replaced_while_the_archive_is_written_does_not_spoil_it(another, tmp_path, monkeypatch):
    house, second = another(), another()
    fill(house)
    listed = store.all_keys

    def slow() -> Iterator[str]:
        for key in list(listed()):
            store.remove("pictures/ab/abc1.webp")
            yield key

    monkeypatch.setattr(store, "all_keys", slow)
    path = archive_of(house, tmp_path / "monday.zip")
    monkeypatch.undo()
    assert [file["key"] for file in restore(second, path)["files"]] == ["pictures/ab/abc0.webp", "pictures/ab/abc2.webp"]


def test_a_place_that_cannot_be_written_is_told_in_one_line(another, tmp_path):
    house = another()
    fill(house)
    said = house.test_cli_runner().invoke(backup, [str(tmp_path / "no such folder" / "monday.zip")])
    assert said.exit_code == 1
    assert "cannot be written: No such file or directory" in said.output


def repacked(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The archive opened, changed, and packed again as a proper zip."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return other


def with_manifest(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, bytes]], None]:
    def rewrite(parts: dict[str, bytes]) -> None:
        manifest = json.loads(parts["manifest.json"])
        change(manifest)
        parts["manifest.json"] = json.dumps(manifest).encode()

    return rewrite


def lies(parts: dict[str, bytes]) -> None:
    parts["tables/counter.jsonl"] = parts["tables/counter.jsonl"].replace(b'"on_hand": 1', b'"on_hand": 9')


def escapes(parts: dict[str, bytes]) -> None:
    parts["files/../../escaped"] = b""
    with_manifest(
        lambda m: m["files"].update({"../../escaped": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"})
    )(parts)


def with_rows(line: str) -> Callable[[dict[str, bytes]], None]:
    """A table of one line that no backup of ours wrote, under a sum that fits."""

    def rewrite(parts: dict[str, bytes]) -> None:
        parts["tables/counter.jsonl"] = line.encode() + b"\n"
        digest = hashlib.sha256(parts["tables/counter.jsonl"]).hexdigest()
        with_manifest(lambda m: m["tables"].update(counter={"rows": 1, "sha256": digest}))(parts)

    return rewrite


@pytest.mark.parametrize(
    "change",
    [
        lies,
        lambda parts: parts.pop("tables/person.jsonl"),
        lambda parts: parts.pop("files/pictures/ab/abc1.webp"),
        lambda parts: parts.update({"files/pictures/ab/abc1.webp": b"another picture"}),
        lambda parts: parts.pop("manifest.json"),
        lambda parts: parts.update({"manifest.json": b"{"}),
        with_manifest(lambda m: m.update(format=99)),
        with_manifest(lambda m: m.update(schema="of the future")),
        escapes,
        lambda parts: parts.update({"manifest.json": b"[]"}),
        lambda parts: parts.update({"manifest.json": b'{"format": 1}'}),
        with_manifest(lambda m: m.update(files=[])),
        with_manifest(lambda m: m["tables"].update(counter=3)),
        with_manifest(lambda m: m["tables"].update(counter={"rows": 1})),
        with_rows('{"id": 1, "kind": "stock"}'),
        with_rows('{"id": 1, "no such column": 1}'),
        with_rows("[]"),
        with_rows("not json"),
    ],
    ids=[
        "row",
        "table-gone",
        "file-gone",
        "file",
        "no-manifest",
        "half-manifest",
        "format",
        "schema",
        "path",
        "list",
        "no-tables",
        "files",
        "entry",
        "no-sum",
        "half-row",
        "foreign-row",
        "no-row",
        "no-json",
    ],
)
def test_an_archive_that_was_tampered_with_is_refused_and_nothing_is_written(another, tmp_path, change):
    first, second = another(), another()
    fill(first)
    path = repacked(archive_of(first, tmp_path / "monday.zip"), change)
    with second.app_context(), pytest.raises(BackupRefused):
        restore_from(path, verify=True)
    assert is_empty(second)
    assert not list(tmp_path.glob("**/escaped"))


def test_an_archive_cut_anywhere_is_refused_and_nothing_is_written(another, tmp_path):
    first, second = another(), another()
    fill(first)
    whole = archive_of(first, tmp_path / "monday.zip").read_bytes()
    cut = tmp_path / "cut.zip"
    for length in [0, 1, 100, *range(len(whole) // 12, len(whole), len(whole) // 12), len(whole) - 1]:
        cut.write_bytes(whole[:length])
        with second.app_context(), pytest.raises(BackupRefused):
            restore_from(cut, verify=True)
    assert is_empty(second)


@pytest.mark.parametrize("places", [24, pytest.param(60, marks=pytest.mark.long)])
def test_no_flipped_byte_gets_into_the_house(another, tmp_path, places):
    """Each byte in its turn would take long; so many stand for them. A byte without meaning may be wrong."""
    first, second = another(), another()
    before = fill(first)
    whole = archive_of(first, tmp_path / "monday.zip").read_bytes()
    flipped, refused = tmp_path / "flipped.zip", 0
    for number in range(places):
        place = number * len(whole) // places
        flipped.write_bytes(whole[:place] + bytes([whole[place] ^ 0x5A]) + whole[place + 1 :])
        try:
            after = restore(second, flipped)
        except BackupRefused:
            refused += 1
            continue
        assert after == before
        second = another()
    assert refused * 3 >= places * 2
    assert is_empty(second)


def test_a_backup_taken_while_people_write_is_one_moment(another, tmp_path, database_url):
    house = another("postgresql" if database_url else "sqlite")
    with house.app_context():
        upgrade_database()
        with transaction():
            for subject in range(1, 9):
                open_counter("bank", subject, 100)
    stop, written = threading.Event(), []

    def moves(step: int) -> None:
        with house.app_context():
            number = 0
            while not stop.is_set():
                number += 1
                giver, taker = number % 8 + 1, (number + step) % 8 + 1
                with transaction() as session:
                    for subject in sorted({giver, taker}):
                        change = (subject == taker) - (subject == giver)
                        session.execute(
                            update(Counter)
                            .where(Counter.subject == subject)
                            .values(on_hand=Counter.on_hand + change, available=Counter.available + change)
                        )
                written.append(1)
            db.session.remove()

    writers = [threading.Thread(target=moves, args=(step,)) for step in (1, 3)]
    for writer in writers:
        writer.start()
    try:
        paths = [archive_of(house, tmp_path / f"{number}.zip") for number in range(5)]
    finally:
        stop.set()
        for writer in writers:
            writer.join(30)
    assert len(written) > 5
    for path in paths:
        with zipfile.ZipFile(path) as archive:
            rows = [json.loads(line) for line in archive.read("tables/counter.jsonl").splitlines()]
        assert sum(row["on_hand"] for row in rows) == 800
    second = another()
    with second.app_context():
        restore_from(paths[-1], verify=True)
        assert db.session.scalar(select(func.sum(Counter.on_hand))) == 800
