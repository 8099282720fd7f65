"""`tiwizi check` names a schema that is not what the code expects: a waiting migration, and each thing that differs."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app.engines.db import db
from app.engines.schema import schema_problems
from app.settings import HOUSE
from tests.schema import described

LATEST_GOODS = "ix_product_organisation_id_published_at"
FIRST_CHAIN = "20261123_1000"  # where instances of the first days stand

# (what somebody did by hand, how it is undone on PostgreSQL, the words for it)
DEEDS = [
    (
        f"DROP INDEX {LATEST_GOODS}",
        f"CREATE INDEX {LATEST_GOODS} ON product (organisation_id, listed, published_at, id, permitted_until)",
        f"schema: index {LATEST_GOODS} of table product is missing",
    ),
    (
        "CREATE INDEX ix_by_hand ON product (slug)",
        "DROP INDEX ix_by_hand",
        "schema: index ix_by_hand of table product is not known to the code",
    ),
    (
        "ALTER TABLE product ADD COLUMN colour TEXT",
        "ALTER TABLE product DROP COLUMN colour",
        "schema: column colour of table product is not known to the code",
    ),
    (
        "ALTER TABLE address DROP COLUMN street",
        "ALTER TABLE address ADD COLUMN street TEXT NOT NULL",
        "schema: column street of table address is missing",
    ),
    (
        "ALTER TABLE search_word RENAME TO search_words",
        "ALTER TABLE search_words RENAME TO search_word",
        "schema: table search_word is missing",
    ),
]


def do(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def test_a_new_instance_has_no_problem(app):
    assert list(schema_problems()) == []


@pytest.mark.parametrize(("deed", "undone", "words"), DEEDS, ids=[words for _, _, words in DEEDS])
def test_what_somebody_changed_by_hand_is_named(app, deed, undone, words):
    do(deed)
    try:
        assert list(schema_problems()) == [words]
    finally:
        do(undone)


def test_an_index_over_other_columns_is_named_once(app):
    do("DROP INDEX ix_product_listed_category", "CREATE INDEX ix_product_listed_category ON product (listed)")
    try:
        assert list(schema_problems()) == ["schema: index ix_product_listed_category of table product has another shape"]
    finally:
        do(
            "DROP INDEX ix_product_listed_category",
            "CREATE INDEX ix_product_listed_category ON product (listed, category, price_from)",
        )


@pytest.mark.sqlite_only
def test_a_guard_that_was_taken_away_is_named(app):
    do("DROP TRIGGER ledger_entry_no_update")
    assert list(schema_problems()) == ["schema: the guard ledger_entry_no_update of table ledger_entry is missing"]


@pytest.mark.sqlite_only
def test_a_check_and_a_rule_on_emptiness_that_were_written_out_are_named(app):
    """SQLite's tables are text: this is how somebody would change them."""
    with db.engine.connect() as connection:
        driver = connection.connection.driver_connection
        driver.rollback()
        driver.executescript(
            "PRAGMA writable_schema=ON;"
            "UPDATE sqlite_master SET sql = replace(sql, 'amount_positive', 'amount_any') WHERE name = 'payable';"
            "UPDATE sqlite_master SET sql = replace(sql, 'purpose TEXT NOT NULL', 'purpose TEXT') WHERE name = 'payable';"
            "PRAGMA writable_schema=RESET;"
        )
    db.engine.dispose()
    assert list(schema_problems()) == [
        "schema: column purpose of table payable differs in whether it may be empty",
        "schema: constraint ck_payable_amount_any of table payable is not known to the code",
        "schema: constraint ck_payable_amount_positive of table payable is missing",
    ]


@pytest.mark.sqlite_only
def test_a_table_without_its_primary_key_is_named(app):
    with db.engine.connect() as connection:
        written = connection.execute(text("SELECT sql FROM sqlite_master WHERE name = 'address'")).scalar_one()
    without = re.sub(r"CONSTRAINT pk_address PRIMARY KEY \(person_id\),?", "", written)
    assert without != written
    do("DROP TABLE address", without)
    assert list(schema_problems()) == ["schema: the primary key of table address has another shape"]


def test_a_guard_that_was_put_to_sleep_is_named(app):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("SQLite's triggers do not sleep")
    do("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_update")
    try:
        assert list(schema_problems()) == ["schema: the guard ledger_entry_no_update of table ledger_entry is missing"]
    finally:
        do("ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_no_update")


@pytest.mark.operating
def test_a_waiting_migration_is_named_and_the_upgrade_makes_the_schema_of_a_fresh_instance(app):
    """An instance of the first days: it stands where the first chain ended, and lacks the index."""
    fresh = described(db.engine)
    downgrade(revision=FIRST_CHAIN)
    do(f"DROP INDEX {LATEST_GOODS}")
    named = list(schema_problems())
    assert "schema: migration 20261127_0900 waits: `tiwizi db upgrade` carries it out" in named
    assert f"schema: index {LATEST_GOODS} of table product is missing" in named
    upgrade()
    assert described(db.engine) == fresh
    assert list(schema_problems()) == []


def test_a_database_of_a_newer_version_is_named(app):
    stands = db.session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
    db.session.rollback()
    do("UPDATE alembic_version SET version_num = '20991231_2359'")
    try:
        assert list(schema_problems()) == [
            "schema: the database was made by a newer version: its migration 20991231_2359 is not known to the code"
        ]
    finally:
        do(f"UPDATE alembic_version SET version_num = '{stands}'")


def terminal(instance: Path, *words: str, **settings: str) -> tuple[int, list[str]]:
    """`tiwizi <words>` on an instance: how it ended, and its lines."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TIWIZI_")}
    done = subprocess.run(
        [sys.executable, "-m", "app", *words],
        env={**kept, "PYTHONPATH": str(HOUSE), "TIWIZI_INSTANCE": str(instance), **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


@pytest.mark.sqlite_only
@pytest.mark.operating
def test_a_check_that_stumbles_over_a_missing_table_says_so_and_the_others_go_on(app, tmp_path):
    shutil.copy(app.config["INSTANCE"] / "empty.db", tmp_path / "tiwizi.db")
    with closing(sqlite3.connect(tmp_path / "tiwizi.db")) as connection:
        connection.execute("DROP TABLE hold")
    assert terminal(tmp_path, "check") == (
        1,
        [
            "schema: table hold is missing",
            "counters: cannot be checked before the schema is right",
            "order-holds: cannot be checked before the schema is right",
            "3 problems",
        ],
    )


@pytest.mark.sqlite_only
@pytest.mark.operating
def test_the_tables_of_a_module_that_is_not_installed_are_left_alone(tmp_path):
    assert terminal(tmp_path, "db", "upgrade", TIWIZI_MODULES="app.accounts")[0] == 0
    assert terminal(tmp_path, "check", TIWIZI_MODULES="app.accounts") == (0, ["Everything holds."])
