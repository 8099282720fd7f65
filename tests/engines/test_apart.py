"""What strangers send is read in a process of its own: one at a time, bounded, without our secrets, gone afterwards."""

import os
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.engines.apart import asking
from app.engines.apart.asking import Answer, Bounds, read_apart
from app.kernel.errors import Invalid, Refusal, Unavailable
from tests.engines.readers_apart import dying, endless, greedy, measured, refusing, slow
from tests.engines.together import at_once

OTHERWISE = Invalid("could-not-be-read")
USUAL = Bounds(5, 50)


def asked(reader: Callable[..., Answer], source: Any = b"", bounds: Bounds = USUAL, **options: Any) -> Answer:
    return read_apart(reader, source, bounds, OTHERWISE, **options)


def children() -> list[str]:
    """The processes that read for us and are still there; the test runner may have others."""
    ours = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [number for number in ours if "app.engines.apart" in Path(f"/proc/{number}/cmdline").read_text()]


@pytest.fixture
def nobody_left(app: Flask) -> Iterator[None]:
    yield
    assert children() == []


def test_facts_and_parts_come_back_whole_and_no_setting_goes_along(app: Flask, nobody_left: None, monkeypatch: Any) -> None:
    monkeypatch.setenv("TIWIZI_SECRET_KEY", "CANARY")
    for source in (b"honey" * 100_000, BytesIO(b"honey" * 100_000)):
        assert asked(measured, source, factor=2) == ({"length": 1_000_000, "settings": []}, [b"honey" * 100_000])


def test_a_refusal_comes_back_as_it_was_said(app: Flask, nobody_left: None) -> None:
    with pytest.raises(Invalid) as refused:
        asked(refusing)
    assert (refused.value.code, refused.value.field, refused.value.facts) == ("not-today", "file", {"limit": 7})


@pytest.mark.parametrize(("reader", "options"), [(greedy, {"room": 60}), (dying, {}), (endless, {}), (slow, {"rest": 60})])
def test_what_takes_too_much_memory_or_time_or_breaks_is_ended(
    app: Flask, nobody_left: None, reader: Callable[..., Answer], options: dict[str, Any]
) -> None:
    began = time.monotonic()
    with pytest.raises(Invalid) as refused:
        asked(reader, bounds=Bounds(1, 50), **options)
    assert refused.value is OTHERWISE
    assert time.monotonic() - began < 30  # it would rest for a minute, or for ever


def test_less_than_the_bound_is_given(app: Flask, nobody_left: None) -> None:
    assert asked(greedy, room=30)[0] == 30 * 1024 * 1024


def test_one_is_read_after_the_other_and_who_finds_a_long_line_is_told_at_once(app: Flask, nobody_left: None) -> None:
    times: list[tuple[float, float]] = []
    refused: list[Refusal] = []
    waited: list[float] = []

    def send() -> None:
        began = time.monotonic()
        try:
            times.append(tuple(asked(slow, rest=0.1)[0]))
        except Unavailable as refusal:
            waited.append(time.monotonic() - began)
            refused.append(refusal)

    at_once(app, [send] * (asking.MOST_IN_LINE + 2))
    assert [(one.code, one.status) for one in refused] == [("reading-busy", 503)] * 2
    assert max(waited) < 0.2
    assert len(times) == asking.MOST_IN_LINE
    times.sort()
    assert all(ended <= began for (_, ended), (began, _) in pairwise(times))


def test_who_has_waited_too_long_is_sent_away(app: Flask, nobody_left: None, monkeypatch: Any) -> None:
    monkeypatch.setattr(asking, "PATIENCE_SECONDS", 0)
    told = []

    def send() -> None:
        try:
            told.append(asked(slow, rest=0.4)[1])
        except Unavailable as refusal:
            told.append(refusal.code)

    at_once(app, [send] * 3)
    assert sorted(told, key=str) == [[], "reading-busy", "reading-busy"]
