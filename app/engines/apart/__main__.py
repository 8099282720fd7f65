"""The process that reads: limits first, then the reader that was asked for, then the answer; nothing else.

In: a line of JSON (reader, options, limits), then the content to its end. Out: a line of JSON with the reader's facts or its
refusal and the lengths of the parts, then the parts. It has no settings, no secrets and no database.
"""

import json
import os
import pkgutil
import resource
import sys
from pathlib import Path
from typing import Any

from app.kernel.errors import Invalid

MEGABYTE = 1024 * 1024
STATUS = Path("/proc/self/statm")


def bound(megabytes: int, seconds: int) -> None:
    """So much memory more than now, so much processor time, no file written; pages are served before us."""
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    if STATUS.exists():
        most = int(STATUS.read_text().split()[0]) * resource.getpagesize() + megabytes * MEGABYTE
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


def answer(asked: dict[str, Any]) -> tuple[dict[str, Any], list[bytes]]:
    """What the reader makes of the content on standard input."""
    read = pkgutil.resolve_name(asked["reader"])
    bound(asked["megabytes"], asked["seconds"])
    try:
        facts, parts = read(sys.stdin.buffer.read(), **asked["options"])
    except Invalid as refusal:
        return {"refused": refusal.code, "field": refusal.field, "facts": dict(refusal.facts)}, []
    except MemoryError:
        return {"refused": "too-heavy-to-read", "field": None, "facts": {}}, []
    return {"facts": facts}, parts


def main() -> None:
    """Answer one question and end."""
    told, parts = answer(json.loads(sys.stdin.buffer.readline()))
    out = sys.stdout.buffer
    out.write(json.dumps({**told, "lengths": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        out.write(part)
    out.flush()


if __name__ == "__main__":
    main()
