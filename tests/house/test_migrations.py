"""One chain of migrations makes the very tables that the models describe, on every form of the database."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.engines.db import db
from app.settings import HOUSE


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
