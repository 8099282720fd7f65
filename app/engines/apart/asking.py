"""Asking for something to be read apart: one process at a time, started for it and gone afterwards."""

import fcntl
import json
import logging
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import IO, Any, cast

from flask import current_app

from app.kernel.errors import Invalid, Unavailable
from app.kernel.sources import Source
from app.settings import HOUSE

log = logging.getLogger("tiwizi.apart")
# A reader takes the content and its options; it gives facts that JSON can say and parts that are bytes, or raises Invalid.
Answer = tuple[Any, list[bytes]]

MOST_IN_LINE = 4  # of the server's threads, the one that is being served included; the others serve pages meanwhile
PATIENCE_SECONDS = 20
_LOOK_AGAIN_SECONDS = 0.03
_line = threading.BoundedSemaphore(MOST_IN_LINE)


@dataclass(frozen=True)
class Bounds:
    """What a reader may take: seconds, by the clock and of the processor; megabytes more than it needs to start."""

    seconds: int
    megabytes: int


def read_apart(reader: Callable[..., Answer], source: Source, bounds: Bounds, otherwise: Invalid, **options: Any) -> Answer:
    """What `reader`, a function of a module, makes of the source in a process of its own.

    Raises its refusals; `otherwise` when it is beyond its bounds or broken by what it reads; Unavailable("reading-busy")
    when too many wait. Call it before the transaction.
    """
    asked = {
        "reader": f"{reader.__module__}:{reader.__qualname__}",
        "options": options,
        **asdict(bounds),
    }
    with _turn():
        told, parts = _ask(asked, source, bounds.seconds)
    if told is None or told.get("refused") == "too-heavy-to-read":
        log.warning("could not be read", extra={"reader": reader.__qualname__, "heavy": told is not None})
        raise otherwise
    if "refused" in told:
        raise Invalid(told["refused"], told["field"], **told["facts"])
    return told["facts"], parts


@contextmanager
def _turn() -> Iterator[None]:
    """One process at a time on this machine, whichever server or worker asks; who waits too long is sent away."""
    if not _line.acquire(blocking=False):
        raise Unavailable("reading-busy", retry_after=PATIENCE_SECONDS)
    try:
        with (Path(current_app.config["INSTANCE"]) / "reading.lock").open("w") as turn:
            end = time.monotonic() + PATIENCE_SECONDS
            while not _is_ours(turn.fileno()):
                if time.monotonic() > end:
                    raise Unavailable("reading-busy", retry_after=PATIENCE_SECONDS)
                time.sleep(_LOOK_AGAIN_SECONDS)
            yield
    finally:
        _line.release()


def _is_ours(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _ask(asked: dict[str, Any], source: Source, seconds: int) -> tuple[dict[str, Any] | None, list[bytes]]:
    """The answer; None when there is none. It is killed when its time is over by the clock, not only by the processor's."""
    process = subprocess.Popen(
        [sys.executable, "-m", "app.engines.apart"],
        cwd=HOUSE,
        env={"PYTHONUTF8": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    alarm = threading.Timer(seconds, process.kill)
    alarm.start()
    try:
        with suppress(BrokenPipeError), process:
            to_it, from_it = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
            to_it.write(json.dumps(asked).encode() + b"\n")
            shutil.copyfileobj(BytesIO(source) if isinstance(source, bytes) else source, to_it)
            to_it.close()
            return _read(from_it)
        return None, []
    finally:
        alarm.cancel()


def _read(out: IO[bytes]) -> tuple[dict[str, Any] | None, list[bytes]]:
    line = out.readline()
    if not line.endswith(b"\n"):
        return None, []
    told = json.loads(line)
    parts = [out.read(length) for length in told["lengths"]]
    whole = [len(part) for part in parts] == told["lengths"]
    return (told, parts) if whole else (None, [])
