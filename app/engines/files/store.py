"""Where files lie: a local folder. Names are made by us, never taken from an upload."""

import os
import re
import secrets
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from flask import current_app

from app.kernel.errors import NotFound
from app.kernel.sources import Source

PART = re.compile(r"[a-z0-9-]{1,60}(\.[a-z0-9]{1,10})?")


def _folder() -> Path:
    return Path(current_app.config["INSTANCE"]) / "files"


def is_key(key: str) -> bool:
    """Is it a name like `pictures/ab/abcdef….webp`, as we make them?"""
    parts = key.split("/")
    return len(parts) == 3 and all(PART.fullmatch(part) for part in parts)


def _path(key: str) -> Path:
    if not is_key(key):
        raise NotFound()
    return _folder() / key


def new_key(kind: str, ending: str) -> str:
    name = secrets.token_hex(16)
    return f"{kind}/{name[:2]}/{name}.{ending}"


def put(key: str, content: Source) -> None:
    """Store the whole content under the key, or nothing: written beside, synced, then renamed; a file in pieces."""
    path = _path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("wb") as out:
            shutil.copyfileobj(BytesIO(content) if isinstance(content, bytes) else content, out)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
        sync(path.parent)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def sync(path: Path) -> None:
    """What was written, or the new name in a folder, survives a power cut too: a row that names it may be stored next."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def get(key: str) -> bytes:
    try:
        return _path(key).read_bytes()
    except FileNotFoundError:
        raise NotFound() from None


def open_file(key: str) -> BinaryIO:
    try:
        return _path(key).open("rb")
    except FileNotFoundError:
        raise NotFound() from None


def path_of(key: str) -> Path:
    path = _path(key)
    if not path.is_file():
        raise NotFound()
    return path


def remove(key: str) -> None:
    _path(key).unlink(missing_ok=True)


def stored_at(key: str) -> datetime:
    """When the file was written, UTC."""
    return datetime.fromtimestamp(path_of(key).stat().st_mtime, UTC)


def all_keys() -> Iterator[str]:
    folder = _folder()
    for path in sorted(folder.glob("*/*/*")):
        if not path.name.startswith("."):
            yield path.relative_to(folder).as_posix()
