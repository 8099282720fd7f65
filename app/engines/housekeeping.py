"""The house's own recurring work and its own invariants."""

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from itertools import chain

from flask import current_app
from sqlalchemy import text

from app.engines import counters, jobs, journal, mail, pauses, recurring, sessions, tallies
from app.engines.db import db
from app.engines.files.named import forget_unnamed, missing_files
from app.engines.lanes import Work
from app.engines.schema import schema_problems
from app.engines.search import outbox
from app.engines.transactions import make_way, transaction
from app.kernel.clock import now

log = logging.getLogger("tiwizi.journal")
house_log = logging.getLogger("tiwizi.house")
KEEP_UNNAMED = timedelta(days=1)


def seal_journal() -> None:
    """Seal what was written; the log keeps the last seal, out of reach of whoever holds the database."""
    sealed = 0
    while (unsealed := journal.unsealed_lines()).lines:
        jobs.keep_working()
        with transaction():
            sealed += journal.seal_lines(unsealed)
        make_way()
    last = journal.head()
    db.session.rollback()
    if sealed and last is not None:
        log.info("journal sealed", extra={"sequence": last[0], "seal": last[1]})


def fold_tallies() -> None:
    """What has been added to a count becomes one row again."""
    folded = 1
    while folded:
        jobs.keep_working()
        with transaction():
            folded = tallies.fold()
        make_way()


def drain_search() -> None:
    """Bring what has changed into the index, batch by batch."""
    while outbox.drain(current_app.extensions["search"], current_app.extensions["search_kinds"]):
        jobs.keep_working()


def rebuild_search() -> int:
    """The index from nothing but the database; returns how many documents."""
    kinds = current_app.extensions["search_kinds"].values()
    return outbox.rebuild(current_app.extensions["search"], chain.from_iterable(give(None) for give in kinds))


def optimise_search() -> None:
    current_app.extensions["search"].optimise()


def sweep() -> None:
    """Forget what has expired. Holds count as free from their end on; their rows go with the next taking."""
    with transaction():
        sessions.forget_expired_sessions(now())
        jobs.forget_done_jobs(now() - timedelta(days=current_app.config["KEEP_JOBS_DAYS"]))
        mail.forget_words(now(), timedelta(days=current_app.config["KEEP_LETTERS_DAYS"]))


def forget_files() -> None:
    """Files that nobody names any more go after a day: whoever is about to name one has long done so."""
    forgotten = forget_unnamed(now() - KEEP_UNNAMED)
    if forgotten:
        house_log.info("files forgotten", extra={"files": forgotten})


def database_problems() -> Iterable[str]:
    """SQLite's own check of the file and of foreign keys."""
    if db.engine.dialect.name == "sqlite":
        rows = db.session.execute(text("PRAGMA integrity_check")).scalars().all()
        yield from (f"database: {row}" for row in rows if row != "ok")
        for row in db.session.execute(text("PRAGMA foreign_key_check")):
            yield f"database: row {row[1]} of {row[0]} points to a missing {row[2]}"


HOUSE_JOBS = {
    "house.seal-journal": Work(seal_journal, "house"),
    "house.fold-tallies": Work(fold_tallies, "house"),
    "house.sweep": Work(sweep, "house"),
    "house.forget-files": Work(forget_files, "house"),
    outbox.DRAIN_JOB: Work(drain_search, "search"),
    "house.optimise-search": Work(optimise_search, "search"),
    mail.SEND_JOB: Work(mail.send_letter, "letters"),
    mail.SEND_SOON_JOB: Work(mail.send_letter, "letters", priority=10),
    mail.MESSAGE_JOB: Work(mail.send_letter, "messages"),
    mail.MESSAGE_SOON_JOB: Work(mail.send_letter, "messages", priority=10),
}
HOUSE_SCHEDULE = [
    ("house.seal-journal", 60),
    (outbox.DRAIN_JOB, 60),
    ("house.fold-tallies", 600),
    ("house.sweep", 3600),
    ("house.forget-files", 86400),
    ("house.optimise-search", 86400),
]
HOUSE_CHECKS: dict[str, Callable[[], Iterable[str]]] = {
    "schema": schema_problems,
    "database": database_problems,
    "files": missing_files,
    "counters": counters.broken_counters,
    "journal": journal.altered_lines,
}
HOUSE_ATTENTION: dict[str, Callable[[], Iterable[str]]] = {
    "jobs": jobs.failed_jobs,
    "recurring jobs": recurring.worrying_recurring_jobs,
    "lanes": pauses.long_pauses,
    "letters": mail.letters_for_a_person,
}
