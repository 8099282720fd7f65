"""`python -m bench.holds FILE run …`: tiwizi as ever, that notes how long each transaction held SQLite's write lock.

A line of JSON for each that held it longer than NOTED. Its time is told apart: the core it used, the wait for a core (as
Linux counts it), and the rest, in which it waited for the disk or for Python; the same for its commit alone, which may go on
a little after the lock is let go. `tell_holds` reads the file.
"""

import json
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from app.__main__ import main as tiwizi
from app.engines.db import WRITING

NOTED, WORST = 0.05, 8
IMPORT = "accounts/jobs.py:go_on"
Moment = tuple[float, float, float]


def moment() -> Moment:
    """Of this thread: the clock, the seconds of a core it has used, those it has waited for one."""
    used, waited, _times = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat").read_text().split()
    return time.perf_counter(), int(used) / 1e9, int(waited) / 1e9


def between(since: Moment, until: Moment) -> dict[str, int]:
    """In milliseconds."""
    took, core, queue = (round((after - before) * 1000) for before, after in zip(since, until, strict=True))
    return {"took": took, "core": core, "queue": queue, "rest": took - core - queue}


def whose() -> str:
    """The door that opened the transaction, and who is outside of it."""
    frame, names = sys._getframe(2), list[str]()
    while frame is not None and len(names) < 2:
        file = frame.f_code.co_filename
        if ("/app/" in file or "/catalog/" in file or "/orders/" in file) and "/engines/transactions" not in file:
            names.append(f"{'/'.join(Path(file).parts[-2:])}:{frame.f_code.co_name}")
        frame = frame.f_back  # type: ignore[assignment]
    return " < ".join(names)


def note_holds(notes: Path) -> None:
    held: dict[int, Moment] = {}

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITING):
            held[threading.get_ident()] = moment()

    def ends(how: str) -> None:
        plain = getattr(DefaultDialect, how)

        def end(dialect: Any, connection: Any) -> None:
            begin, last = held.pop(threading.get_ident(), None), moment()
            plain(dialect, connection)
            if begin is None or time.perf_counter() - begin[0] < NOTED:
                return
            done = moment()
            said = {"whose": whose(), **between(begin, done), "commit": between(last, done)}
            with notes.open("a") as file:
                file.write(json.dumps(said) + "\n")

        setattr(DefaultDialect, how, end)

    event.listen(Engine, "begin", begun)
    ends("do_commit")
    ends("do_rollback")


def tell_holds(lines: Iterable[str]) -> None:
    """Print the longest, and the longest of an import."""
    notes = sorted((json.loads(line) for line in lines), key=lambda note: -note["took"])
    imports = [note for note in notes if IMPORT in note["whose"]]
    print(f"longest transactions that wrote ({len(imports)} of imports lasted over {NOTED * 1000:.0f} ms):")
    for note in [*notes[:WORST], *imports[:1]]:
        parts = ", ".join(f"{note[part]} {part}" for part in ("core", "queue", "rest"))
        print(f"  {note['took']} ms ({parts}; its commit {note['commit']['took']}) {note['whose']}")


if __name__ == "__main__":
    note_holds(Path(sys.argv.pop(1)))
    sys.exit(tiwizi())
