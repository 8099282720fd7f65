"""One chain of migrations makes the very tables that the models describe, on every form of the database."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.engines.db import db
from app.settings import HOUSE
from tests.house.landed_migrations import VERSIONS, digest_of, landed, problems


def test_the_migrations_make_what_the_models_describe(app: Flask) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
        assert compare_metadata(context, db.metadata) == []


def test_there_is_one_chain(app: Flask) -> None:
    scripts = ScriptDirectory(str(HOUSE / "migrations"))
    assert len(scripts.get_heads()) == 1
    assert len(scripts.get_bases()) == 1


def test_the_guards_stand_after_the_migrations(app: Flask) -> None:
    triggers = {
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
        "postgresql": "SELECT DISTINCT trigger_name FROM information_schema.triggers",
    }[db.engine.dialect.name]
    assert set(db.session.execute(text(triggers)).scalars()) == {
        f"{table}_no_{verb}" for table in ("journal_line", "ledger_set", "ledger_entry") for verb in ("delete", "update")
    }


@pytest.mark.sqlite_only
def test_the_chain_can_be_walked_down_and_up(app: Flask) -> None:
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert set(db.metadata.tables) <= set(inspect(db.engine).get_table_names())


OLD_ROW = (
    "INSERT INTO organisation (slug, kind, state, territory, region, sector, drawing, labels, created_at, "
    "registration_number, ice, rib) VALUES (:slug, 'cooperative', 'draft', :territory, 'X', 'argan', 'other', '[]', "
    "'2026-11-20 10:00:00', :register, :ice, :rib)"
)
NUMBERS = "SELECT slug, i.territory, i.kind, i.value, i.sole_value FROM organisation_identifier i JOIN organisation o ON "


@pytest.mark.sqlite_only
def test_the_numbers_of_an_older_instance_move_into_the_side_table_and_back(app: Flask) -> None:
    downgrade(revision="20261123_1000")
    old = [
        {"slug": "a", "territory": "morocco", "register": "RLC 1/2026", "ice": "003114533000013", "rib": "2" * 24},
        {"slug": "b", "territory": "morocco", "register": "rlc1/2026", "ice": None, "rib": "2" * 24},
        {"slug": "c", "territory": "quebec", "register": "1160000000", "ice": None, "rib": None},
        {"slug": "d", "territory": "morocco", "register": None, "ice": None, "rib": None},
    ]
    with db.engine.begin() as connection:
        connection.execute(text(OLD_ROW), old)
    upgrade()
    with db.engine.connect() as connection:
        moved = connection.execute(text(NUMBERS + "o.id = i.organisation_id ORDER BY slug, i.kind")).all()
    assert [tuple(row) for row in moved] == [
        ("a", "morocco", "ice", "003114533000013", "003114533000013"),
        ("a", "morocco", "local_register", "RLC1/2026", "RLC1/2026"),
        ("a", "morocco", "rib", "2" * 24, None),
        ("b", "morocco", "local_register", "RLC1/2026", None),  # written with other blanks, it was let in twice
        ("b", "morocco", "rib", "2" * 24, None),
        ("c", "quebec", "neq", "1160000000", "1160000000"),
    ]
    downgrade(revision="20261123_1000")
    with db.engine.connect() as connection:
        back = connection.execute(text("SELECT slug, registration_number, ice, rib FROM organisation ORDER BY slug")).all()
    assert [tuple(row) for row in back] == [
        ("a", "RLC1/2026", "003114533000013", "2" * 24),
        ("b", None, None, "2" * 24),
        ("c", "1160000000", None, None),
        ("d", None, None, None),
    ]
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM organisation_identifier"))
        connection.execute(text("DELETE FROM organisation"))


def test_no_landed_migration_was_edited_or_taken_away():
    assert problems(landed(), VERSIONS) == []


def test_an_edited_a_lost_and_a_new_migration_are_told_apart(tmp_path: Path) -> None:
    for name in ("20260101_0900_kept.py", "20260101_0910_edited.py", "20260101_0920_lost.py"):
        (tmp_path / name).write_text("revision = 1\n", encoding="utf-8")
    noted = {path.name: digest_of(path) for path in tmp_path.iterdir()}
    (tmp_path / "20260101_0910_edited.py").write_text("revision = 1\nindex = 2\n", encoding="utf-8")
    (tmp_path / "20260101_0920_lost.py").unlink()
    (tmp_path / "20260101_0930_new.py").write_text("revision = 3\n", encoding="utf-8")
    assert problems(noted, tmp_path) == [
        "20260101_0910_edited.py has landed and was edited: put it back as it was, and add a new migration",
        "20260101_0920_lost.py has landed and is gone: instances that carried it out look for it; put it back",
        "20260101_0930_new.py is new: `python -m tests.house.landed_migrations --add` notes its digest",
    ]
