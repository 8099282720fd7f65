"""One chain of migrations makes the very tables that the models describe, on every form of the database."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import inspect, text

from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.identifiers import identifier_value
from app.engines.db import db
from app.engines.mail import recipient_mark
from app.settings import HOUSE
from app.territories.loading import territory_named
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
        ("b", "RLC1/2026 ", None, "2" * 24),  # a blank tells it apart, as it was before
        ("c", "1160000000", None, None),
        ("d", None, None, None),
    ]
    upgrade()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM organisation_identifier"))
        connection.execute(text("DELETE FROM organisation"))


BEARER = (
    "INSERT INTO organisation (id, slug, kind, state, territory, region, sector, drawing, labels, created_at) VALUES "
    "(:id, :slug, 'cooperative', 'verified', :territory, 'X', 'argan', 'other', '[]', '2026-11-20 10:00:00')"
)
NUMBER = "INSERT INTO organisation_identifier VALUES (:id, :kind, :territory, :value, :sole)"
# (bearer, territory, kind, as it was written, has the sole right to it, as it is read, still alone)
WRITTEN = [
    (901, "morocco", "ice", "٠٠٣١١٤٥٣٣٠٠٠٠١٣", True, "003114533000013", True),
    (901, "morocco", "local_register", "١٢٣", True, "123", True),
    (901, "morocco", "rib", "225-010-" + "0" * 18, False, "225010" + "0" * 18, False),
    (902, "morocco", "ice", "003-114-533-000-013", True, "003-114-533-000-013", False),  # the same number, and younger
    (902, "morocco", "local_register", "123", True, "123", False),
    (903, "morocco", "local_register", "RC\u200f–٧", True, "RC-7", True),
    (904, "morocco", "local_register", "123", False, "123", False),  # known before as a second bearer
    (905, "quebec", "neq", "11 600 000 01", True, "1160000001", True),
    (906, "quebec", "ice", "003114533000013", True, "003114533000013", True),  # foreign to it: `check` names it
    (906, "quebec", "local_register", "55", True, "55", True),
    (906, "quebec", "neq", "123", True, "123", True),  # no NEQ, and the number of two cooperatives elsewhere
]


def numbers_now() -> list[tuple[int, str, str, str | None]]:
    rows = "SELECT organisation_id, kind, value, sole_value FROM organisation_identifier ORDER BY organisation_id, kind"
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(rows))]


def write_bearers() -> None:
    with db.engine.begin() as connection:
        bearers = dict(sorted({(row[0], row[1]) for row in WRITTEN}))
        connection.execute(text(BEARER), [{"id": id_, "slug": f"o{id_}", "territory": key} for id_, key in bearers.items()])
        rows = [
            {"id": id_, "territory": key, "kind": kind, "value": value, "sole": value if alone else None}
            for id_, key, kind, value, alone, *_ in WRITTEN
        ]
        connection.execute(text(NUMBER), rows)


def take_bearers_away() -> None:
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM organisation_identifier"))
        connection.execute(text("DELETE FROM organisation"))


@pytest.mark.sqlite_only
def test_numbers_written_before_are_read_as_the_pages_read_them_and_carried_back(app: Flask) -> None:
    before = "20261127_1100"
    downgrade(revision=before)
    write_bearers()
    upgrade()
    read = [(id_, kind, value, value if alone else None) for id_, _, kind, _, _, value, alone in WRITTEN]
    assert numbers_now() == read
    sound = {(key, kind.key): kind for key in ("morocco", "quebec") for kind in territory_named(key).identifiers}
    for id_, key, kind, _, _, value, alone in WRITTEN:
        if alone and (key, kind) in sound and id_ != 906:
            assert identifier_value(sound[key, kind], value) == value
    named = sorted(line for line in broken_accounts() if "number" in line)
    assert named == [
        "organisation o902 bears a number that is another one's: ice",
        "organisation o902 bears a number that is another one's: local_register",
        "organisation o904 bears a number that is another one's: local_register",
        "organisation o906 bears a number of a kind unknown in its territory: ice",
        "organisation o906 bears a number of a kind unknown in its territory: local_register",
    ]
    db.session.rollback()
    downgrade(revision=before)
    upgrade()
    assert numbers_now() == read
    downgrade(revision="20261123_1000")
    with db.engine.connect() as connection:
        back = connection.execute(text("SELECT id, registration_number, ice, rib FROM organisation ORDER BY id")).all()
    assert [tuple(row) for row in back] == [
        (901, "123", "003114533000013", "225010" + "0" * 18),
        (902, "123 ", "003-114-533-000-013", None),
        (903, "RC-7", None, None),
        (904, "123  ", None, None),
        (905, "1160000001", None, None),
        (906, "123   ", "003114533000013 ", None),
    ]
    upgrade()
    assert numbers_now() == [row for row in read if row[:2] != (906, "local_register")]  # there was one column for both
    take_bearers_away()


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


@pytest.mark.sqlite_only
def test_keys_of_letters_written_before_name_nobody_and_are_those_of_today(app: Flask) -> None:
    before, to = "20261127_1010", "nora@example.org"
    facts = "channel, recipient, subject, body, language, unique_key, written_at, secret, refused_address"
    downgrade(revision=before)
    with db.engine.begin() as connection:
        for key in (f"order:7:shipped:mail:{to}", "purchase:9:lapsed", None):
            connection.execute(
                text(
                    f"INSERT INTO letter ({facts}) VALUES ('mail', :to, 's', 'b', 'fr', :key, '2026-11-27 10:00:00', 0, 0)"
                ),
                {"to": to, "key": key},
            )
    upgrade()
    keys = text("SELECT unique_key FROM letter ORDER BY id")
    with db.engine.connect() as connection:
        assert connection.execute(keys).scalars().all() == [
            f"order:7:shipped:mail:{recipient_mark(to)}",
            "purchase:9:lapsed",
            None,
        ]
    downgrade(revision=before)
    with db.engine.connect() as connection:
        assert connection.execute(keys).scalars().all()[0] == f"order:7:shipped:mail:{to}"
    upgrade()
