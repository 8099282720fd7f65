"""The seal of a backup: made with a key of its own, so that whoever holds an archive alone cannot alter it unseen.

The seal is HMAC-SHA-256 over the manifest, which holds the sum of every part. The key lies in the instance, for its owner
alone, and never in an archive; a copy of it is kept elsewhere, or an archive of a lost machine could not be trusted.
"""

import hmac
import secrets
from pathlib import Path

from flask import current_app

KEY_FILE = "backup.key"
KEY_BYTES = 32


class KeyRefused(Exception):
    """A file holds no key of ours; the message says which."""


def key_file() -> Path:
    return Path(current_app.config["INSTANCE"]) / KEY_FILE


def own_key() -> bytes:
    """The key of this instance, made when it is first needed. Raises KeyRefused."""
    path = key_file()
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(f"{written(secrets.token_bytes(KEY_BYTES))}\n")
    return key_in(path)


def written(key: bytes) -> str:
    """As people copy it: 64 hexadecimal digits in groups of four."""
    digits = key.hex()
    return " ".join(digits[place : place + 4] for place in range(0, len(digits), 4))


def key_in(path: Path) -> bytes:
    """The key that a file holds, however its groups are parted. Raises KeyRefused."""
    try:
        key = bytes.fromhex("".join(path.read_text("utf-8").replace("-", " ").split()))
    except (OSError, ValueError):
        raise KeyRefused(f"{path} holds no key of a backup") from None
    if len(key) != KEY_BYTES:
        raise KeyRefused(f"{path} holds no key of a backup")
    return key


def seal_of(key: bytes, manifest: bytes) -> str:
    return hmac.new(key, manifest, "sha256").hexdigest()


def seal_fits(key: bytes, manifest: bytes, seal: bytes) -> bool:
    return hmac.compare_digest(seal_of(key, manifest).encode(), seal)
