"""Backup and restore: every row of every table and every file, in one archive with its own sums.

The archive is a zip: `manifest.json` (tables with counts and sums, files with sums), its `seal` (sealing), one JSON-lines
file a table, and the files. Rows are read in one transaction, so the archive is one moment of the database; files are only
ever added under new names, so those that the rows name are there, but for what somebody takes away while it is written. The
same archive restores into SQLite and PostgreSQL.
"""

import hashlib
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Date, Table, Text, collate, func, insert, inspect, literal, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.engines.db import Moment, db
from app.engines.files import store
from app.engines.files.named import named_files
from app.engines.generations import renew_epoch
from app.engines.migrating import upgrade_database
from app.engines.sealing import own_key, seal_fits, seal_of
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.errors import NotFound

FORMAT = 1
BATCH = 500
# What reading a damaged or foreign zip raises, depending on which byte is wrong.
DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    KeyError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
# Whoever restores signs in again; the schema comes from the migrations; nothing kept by a process holds afterwards.
LEFT_OUT = {"session", "alembic_version", "generation"}


class BackupRefused(Exception):
    """The archive is damaged or the instance is not empty; the message says which."""


def _tables() -> list[Table]:
    return [table for table in db.metadata.sorted_tables if table.name not in LEFT_OUT]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _rich(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """A line's values as the columns want them."""
    rich = dict(row)
    for name in row.keys() & table.c.keys():
        kind = table.c[name].type
        if row[name] is not None and isinstance(kind, Moment | Date):
            rich[name] = (datetime if isinstance(kind, Moment) else date).fromisoformat(row[name])
    return rich


def _lines(session: Session, table: Table) -> Iterator[bytes]:
    """The rows in primary-key order (the same whatever the database's collation), one JSON object a line."""
    plain = session.get_bind().dialect.name == "postgresql"
    keys = [
        collate(column, "C") if plain and isinstance(column.type, Text) else column for column in table.primary_key.columns
    ]
    rows = session.execute(select(table).order_by(*keys), execution_options={"yield_per": BATCH})
    for row in rows.mappings():
        values = {name: _plain(value) for name, value in row.items()}
        yield json.dumps(values, ensure_ascii=False, sort_keys=True).encode() + b"\n"


@dataclass(frozen=True)
class BackedUp:
    """What an archive holds, and a line for each file that a row names and that was not there to be taken."""

    rows: int
    files: int
    missing: Sequence[str]


def back_up(path: Path) -> BackedUp:
    """Write the archive beside, for its owner alone, then rename it: also when files are missing, for the rest is there."""
    beside = path.with_name(path.name + ".part")
    beside.unlink(missing_ok=True)
    beside.touch(mode=0o600)
    session = db.session()
    session.rollback()
    if db.engine.dialect.name == "postgresql":
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        with zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as archive:
            made = _write_archive(archive, session)
        store.sync(beside)
        beside.replace(path)
        store.sync(path.absolute().parent)
    finally:
        session.rollback()
        beside.unlink(missing_ok=True)
    return made


def _write_archive(archive: zipfile.ZipFile, session: Session) -> BackedUp:
    tables = {table.name: _write_table(archive, session, table) for table in _tables()}
    files: dict[str, str] = {}
    for key in store.all_keys():
        try:
            content = store.get(key)
        except NotFound:  # a picture that was replaced since the list was made
            continue
        files[key] = hashlib.sha256(content).hexdigest()
        archive.writestr(f"files/{key}", content)
    manifest = {
        "format": FORMAT,
        "made_at": now().isoformat(),
        "schema": _schema_version(session),
        "tables": tables,
        "files": files,
    }
    told = json.dumps(manifest, sort_keys=True).encode()
    archive.writestr("manifest.json", told)
    archive.writestr("seal", seal_of(own_key(), told))
    missing = [f"{row} names {key}, which is not there" for row, key in named_files(session) if key not in files]
    return BackedUp(sum(entry["rows"] for entry in tables.values()), len(files), missing)


def _write_table(archive: zipfile.ZipFile, session: Session, table: Table) -> dict[str, Any]:
    digest, count = hashlib.sha256(), 0
    with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:  # some are longer than 2 GB
        for line in _lines(session, table):
            out.write(line)
            digest.update(line)
            count += 1
    return {"rows": count, "sha256": digest.hexdigest()}


def _schema_version(session: Session) -> str | None:
    version: str | None = session.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return version


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except DAMAGE as trouble:
        raise BackupRefused(f"damaged: {name}") from trouble


def _sum_of(archive: zipfile.ZipFile, name: str) -> str:
    """Of a part, which is never in memory as a whole."""
    try:
        with archive.open(name) as part:
            return hashlib.file_digest(part, "sha256").hexdigest()  # type: ignore[arg-type]  # a zip's part has no file number
    except DAMAGE as trouble:
        raise BackupRefused(f"damaged: {name}") from trouble


def _manifest(archive: zipfile.ZipFile) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads(_read(archive, "manifest.json"))
    except ValueError as trouble:
        raise BackupRefused("damaged: manifest.json") from trouble
    if not _is_manifest(manifest):
        raise BackupRefused("damaged: manifest.json")
    if manifest.get("format") != FORMAT:
        raise BackupRefused(f"unknown format {manifest.get('format')!r}")
    return manifest


def _is_manifest(read: Any) -> bool:
    if not (isinstance(read, dict) and isinstance(read.get("tables"), dict) and isinstance(read.get("files"), dict)):
        return False
    entries = read["tables"].values()
    return "schema" in read and all(
        isinstance(entry, dict) and isinstance(entry.get("rows"), int) and isinstance(entry.get("sha256"), str)
        for entry in entries
    )


def _verify_archive(archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    """Every part is there, has the sum the manifest says, and goes where one of ours would."""
    wanted = {f"tables/{name}.jsonl": entry["sha256"] for name, entry in manifest["tables"].items()}
    wanted.update({f"files/{key}": digest for key, digest in manifest["files"].items()})
    for name, digest in wanted.items():
        if _sum_of(archive, name) != digest:
            raise BackupRefused(f"damaged: {name}")
    strange = sorted(set(archive.namelist()) - set(wanted) - {"manifest.json", "seal"})
    if strange:
        raise BackupRefused(f"altered: {strange[0]} is not in the manifest")
    foreign = [key for key in manifest["files"] if not store.is_key(key)]
    if foreign:
        raise BackupRefused(f"not a file of ours: {foreign[0]}")


def _verify_seal(archive: zipfile.ZipFile, key: bytes) -> None:
    """Nobody without the key has written the manifest, or altered it since."""
    manifest = _read(archive, "manifest.json")
    if "seal" not in archive.namelist():
        raise BackupRefused("not sealed: it was made by an older version, or its seal was taken off")
    if not seal_fits(key, manifest, _read(archive, "seal")):
        raise BackupRefused("altered, or sealed with another key: manifest.json")


def restore_from(path: Path, verify: bool, key: bytes | None = None) -> dict[str, int]:
    """Put an archive into an empty instance; nothing is written unless every sum holds, and the seal where a key is given.

    Raises BackupRefused.
    """
    try:
        archive = zipfile.ZipFile(path)
    except DAMAGE as trouble:
        raise BackupRefused("damaged: not an archive, or cut short") from trouble
    with archive:
        if key is not None:
            _verify_seal(archive, key)
        manifest = _manifest(archive)
        _verify_archive(archive, manifest)
        _refuse_filled()  # first of all: a living instance of an older version is not even migrated
        upgrade_database()
        _refuse_foreign(manifest)
        for name in manifest["files"]:
            store.put(name, archive.read(f"files/{name}"))
        try:
            with transaction() as session:
                _restore_rows(session, archive, manifest)
                renew_epoch(session)
        except (SQLAlchemyError, ValueError, TypeError, AttributeError) as trouble:
            for name in manifest["files"]:
                store.remove(name)
            raise BackupRefused("its rows do not fit the tables: it was not made by tiwizi backup") from trouble
    if verify:
        _verify_restored(manifest)
    return {"rows": sum(entry["rows"] for entry in manifest["tables"].values()), "files": len(manifest["files"])}


def _refuse_filled() -> None:
    there = set(inspect(db.engine).get_table_names())
    for table in _tables():
        if table.name not in there:
            continue
        if db.session.execute(select(literal(1)).select_from(table).limit(1)).first() is not None:
            raise BackupRefused(f"the instance is not empty: {table.name} has rows")
    db.session.rollback()  # nothing of this stands in the migrations' way


def _refuse_foreign(manifest: dict[str, Any]) -> None:
    """Rows go back into the schema they came from; a newer one is reached by migrating afterwards."""
    schema = _schema_version(db.session())
    unknown = set(manifest["tables"]) - {table.name for table in _tables()}
    if unknown or manifest["schema"] != schema:
        raise BackupRefused(f"made by another version: its schema is {manifest['schema']}, this one's is {schema}")


def _restore_rows(session: Session, archive: zipfile.ZipFile, manifest: dict[str, Any]) -> None:
    known = {table.name: table for table in _tables()}
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
    for name, table in known.items():
        if name not in manifest["tables"]:
            continue
        with archive.open(f"tables/{name}.jsonl") as lines:
            rows: list[dict[str, Any]] = []
            for line in lines:
                rows.append(_rich(table, json.loads(line)))
                if len(rows) == BATCH:
                    session.connection().execute(insert(table), rows)
                    rows = []
            if rows:
                session.connection().execute(insert(table), rows)
        _restart_sequence(session, table)


def _restart_sequence(session: Session, table: Table) -> None:
    """PostgreSQL's counters go on after the restored ids."""
    column = table.autoincrement_column
    if column is not None and session.get_bind().dialect.name == "postgresql":
        following = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
        session.execute(select(func.setval(func.pg_get_serial_sequence(table.name, column.name), following, False)))


def _verify_restored(manifest: dict[str, Any]) -> None:
    """What now stands in the database and in the folder has the sums of the archive."""
    session = db.session()
    for table in _tables():
        if table.name in manifest["tables"]:
            digest = hashlib.sha256()
            for line in _lines(session, table):
                digest.update(line)
            if digest.hexdigest() != manifest["tables"][table.name]["sha256"]:
                raise BackupRefused(f"after the restore {table.name} differs from the archive")
    for key, wanted in manifest["files"].items():
        if hashlib.sha256(store.get(key)).hexdigest() != wanted:
            raise BackupRefused(f"after the restore {key} differs from the archive")
