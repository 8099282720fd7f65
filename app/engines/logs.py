"""Structured logs: JSON lines on standard error, one event per line, no words of people.

A line written while a request is answered bears the request's `id`, which the error page shows too.
"""

import logging
import sys
import threading
import time
from collections.abc import MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, TextIO, cast

import structlog

SILENT_SECONDS = 3600  # until the traceback of a cause that was told is told again
MOST_CAUSES = 500


class TracebackOnce:
    """The traceback of a cause in full once an hour; between, one line that names it and how often it came."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, int], tuple[float, int]] = {}
        self._telling = threading.Lock()

    def __call__(self, _logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        told = event.get("exc_info")
        error = told[1] if isinstance(told, tuple) else told if isinstance(told, BaseException) else sys.exc_info()[1]
        if not told or error is None:
            return event
        cause = _cause_of(error)
        with self._telling:
            since, times = self._told.get(cause, (0.0, 0))
            moment = time.monotonic()
            if times and moment - since < SILENT_SECONDS:
                self._told[cause] = (since, times + 1)
                event.pop("exc_info")
                event["again"] = f"{cause[0]} at {cause[1]}:{cause[2]}"
                event["times"] = times + 1
            else:
                if len(self._told) >= MOST_CAUSES:
                    self._told.clear()
                self._told[cause] = (moment, 1)
        return event


def _cause_of(error: BaseException) -> tuple[str, str, int]:
    """The kind of error, and file and line that raised it."""
    last: TracebackType | None = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None:
        return type(error).__name__, "-", 0
    return type(error).__name__, last.tb_frame.f_code.co_filename.rpartition("/site-packages/")[2], last.tb_lineno


class Lines:
    """A place for lines that never fails whoever writes them: what a full disk or a reader that has gone does not take is
    lost, and the page that was answered meanwhile is not."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, line: str) -> int:
        with suppress(OSError):
            self._file.write(line)
        return len(line)

    def flush(self) -> None:
        with suppress(OSError):
            self._file.flush()


def set_up_logs(level: int = logging.INFO) -> None:
    """structlog and the standard library's loggers write the same JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    once, lines = TracebackOnce(), Lines(sys.stderr)
    structlog.configure(
        processors=[
            *shared,
            once,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, lines)),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                once,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("tiwizi").setLevel(level)
    logging.captureWarnings(True)
