"""The line to the provider: after repeated failure it says at once that cards cannot be taken, and lets one call try."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.payments.gateway.refusals import ProviderBusy, ProviderKeyRefused, ProviderUnavailable

FAILURES = 3  # in a row, before the line is closed
LONGEST = 40  # times the first wait


class Line:
    """The breaker of one process, for all its threads. Seconds are those of a clock that nobody sets."""

    def __init__(self, first_wait: float) -> None:
        self._first_wait = first_wait
        self._lock = threading.Lock()
        self._failures = 0
        self._closed_until = 0.0
        self._probing = False
        self.key_refused: bool | None = None  # not known before the first answer

    def closed(self) -> bool:
        """Would a call be refused at once?"""
        return self._probing or time.monotonic() < self._closed_until

    @contextmanager
    def call(self) -> Iterator[None]:
        """One call. Raises ProviderUnavailable at once while the line is closed, also while the probe is under way."""
        probe = self._enter()
        try:
            yield
        except ProviderBusy:
            raise
        except ProviderUnavailable as away:
            self._failed(isinstance(away, ProviderKeyRefused))
            raise
        except Exception:  # whatever else it is, the provider has answered
            self._answered()
            raise
        else:
            self._answered()
        finally:
            if probe:
                self._probing = False

    def _enter(self) -> bool:
        """Whether this call is the probe."""
        with self._lock:
            if self.closed():
                raise ProviderUnavailable()
            self._probing = self._failures >= FAILURES
            return self._probing

    def _wait(self) -> float:
        return float(min(self._first_wait * 2 ** (self._failures - FAILURES), self._first_wait * LONGEST))

    def _failed(self, key_refused: bool) -> None:
        with self._lock:
            self._failures = max(self._failures + 1, FAILURES if key_refused else 0)
            if key_refused:
                self.key_refused = True
            if self._failures >= FAILURES:
                self._closed_until = time.monotonic() + self._wait()

    def _answered(self) -> None:
        with self._lock:
            self._failures, self._closed_until, self.key_refused = 0, 0.0, False
