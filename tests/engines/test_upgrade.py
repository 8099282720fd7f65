"""An instance made by the first version that ran, with its data, is brought to today's schema and holds.

`first_instance.sql.gz` is the demo as commit 9dd72d8 of 23 November 2026 made it, dumped as SQL.
"""

import gzip
import sqlite3
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest
from sqlalchemy import create_engine

from app.engines.db import db
from app.engines.files.named import files_of
from tests.engines.test_schema import LATEST_GOODS, terminal
from tests.schema import described

pytestmark = [pytest.mark.sqlite_only, pytest.mark.operating]
DUMP = Path(__file__).parent / "first_instance.sql.gz"


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    """The stored instance, as an operator has it the moment before the upgrade; its files hold anything."""
    with closing(sqlite3.connect(tmp_path / "tiwizi.db")) as connection:
        connection.executescript(gzip.decompress(DUMP.read_bytes()).decode())
        names = [name for (name,) in connection.execute("SELECT file_key FROM lesson_file")]
    for key in chain.from_iterable(map(files_of, names)):
        path = tmp_path / "files" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"as stored then")
    return tmp_path


def rows(instance: Path, table: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(instance / "tiwizi.db")) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY id").fetchall()


def test_the_upgraded_instance_has_the_schema_of_a_fresh_one_and_all_its_data_and_a_lost_index_is_named(app, instance):
    before = {table: rows(instance, table) for table in ("ledger_entry", "journal_line", "enrolment")}
    assert [len(found) for found in before.values()] == [102, 588, 2]
    assert len(rows(instance, "product")) == 80
    code, said = terminal(instance, "check")
    assert code == 1
    assert f"schema: index {LATEST_GOODS} of table product is missing" in said

    assert terminal(instance, "db", "upgrade")[0] == 0

    upgraded = create_engine(f"sqlite:///{instance / 'tiwizi.db'}")
    assert described(upgraded) == described(db.engine)
    upgraded.dispose()
    assert terminal(instance, "check") == (0, ["Everything holds."])
    assert {table: rows(instance, table) for table in before} == before
    assert len(rows(instance, "product")) == 80

    with closing(sqlite3.connect(instance / "tiwizi.db")) as connection:
        connection.execute(f"DROP INDEX {LATEST_GOODS}")
    assert terminal(instance, "check") == (
        1,
        [f"schema: index {LATEST_GOODS} of table product is missing", "1 problems"],
    )
