"""Readers that a process of its own loads: well and badly behaved. It imports nothing, so that it starts at once."""

import os
import time
from typing import Any

from app.kernel.errors import Invalid


def measured(content: bytes, factor: int) -> tuple[Any, list[bytes]]:
    return {"length": len(content) * factor, "settings": sorted(name for name in os.environ if "TIWIZI" in name)}, [content]


def slow(_content: bytes, rest: float) -> tuple[Any, list[bytes]]:
    began = time.time()
    time.sleep(rest)
    return [began, time.time()], []


def refusing(_content: bytes) -> tuple[Any, list[bytes]]:
    raise Invalid("not-today", "file", limit=7)


def greedy(_content: bytes, room: int) -> tuple[Any, list[bytes]]:
    return len(bytearray(room * 1024 * 1024)), []


def endless(_content: bytes) -> tuple[Any, list[bytes]]:
    while True:
        pass


def dying(_content: bytes) -> tuple[Any, list[bytes]]:
    os.abort()
