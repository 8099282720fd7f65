"""Secrets: argon2 for passwords, keyed hashes for codes and for what is counted, sealed secrets."""

import base64
import hmac
import secrets
from datetime import timedelta
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.fernet import Fernet, InvalidToken
from flask import current_app

from app.accounts.rules.entry_cards import CODE_DIGITS as CARD_CODE_DIGITS
from app.accounts.rules.entry_cards import NUMBER_DIGITS
from app.accounts.rules.factors import PRINTED_CODES, PRINTED_DIGITS
from app.accounts.rules.limits import CODE_DIGITS
from app.accounts.rules.passwords import normal_password

# 19 MiB, two passes, one lane: about 20 ms, so that eight sign-ins at once stay within a small machine's memory.
_PASSES, _MEMORY = 2, 19 * 1024
_hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY, parallelism=1)
# What an unknown contact's password is compared with, so that the answer takes as long as for a known one: a hash of nothing
# that anybody knows, written as the hasher writes one, but without the time that making it takes.
_SALT, _HASH = (base64.b64encode(secrets.token_bytes(length)).rstrip(b"=").decode() for length in (16, 32))
_NOBODY = f"$argon2id$v=19$m={_MEMORY},t={_PASSES},p=1${_SALT}${_HASH}"


def hash_password(password: str) -> str:
    """The argon2 hash of a password. Slow on purpose: never inside a transaction."""
    return _hasher.hash(normal_password(password))


def password_fits(password_hash: str | None, password: str) -> bool:
    """Does the password belong to the hash? As slow when there is no hash."""
    try:
        return _hasher.verify(password_hash or _NOBODY, normal_password(password)) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def unused_cards_kept() -> timedelta:
    """For how long after its latest card an account stays into which nobody ever came."""
    return timedelta(days=current_app.config["KEEP_UNUSED_CARDS_DAYS"])


def keyed(*parts: object) -> str:
    """A hash that nobody can guess backwards without the installation's secret."""
    text = "\x1f".join(map(str, parts))
    return hmac.new(current_app.config["SECRET_KEY"].encode(), text.encode(), "sha256").hexdigest()


def paper_ticket(paper_id: int, person_id: int, until: int) -> str:
    """What shows one paper to one person until a moment (seconds of the epoch), and to nobody else."""
    return f"{paper_id}-{until}-{keyed('paper', paper_id, person_id, until)[:32]}"


def new_code() -> str:
    """Six digits."""
    return f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"


def new_sign_in_number() -> str:
    """The number of an entry card; it never begins with 0, as a phone's does."""
    return f"{10 ** (NUMBER_DIGITS - 1) + secrets.randbelow(9 * 10 ** (NUMBER_DIGITS - 1))}"


def new_card_code() -> str:
    """The one-time code of an entry card."""
    return f"{secrets.randbelow(10**CARD_CODE_DIGITS):0{CARD_CODE_DIGITS}}"


def new_secret() -> str:
    """The secret of a letter's link."""
    return secrets.token_urlsafe(24)


def _seals() -> Fernet:
    """A key of its own, derived from the installation's secret."""
    key = hmac.new(current_app.config["SECRET_KEY"].encode(), b"sealed secrets of apps", "sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def sealed(secret: str) -> str:
    """A secret as it is stored: worth nothing to whoever reads the database alone."""
    return _seals().encrypt(secret.encode()).decode()


def unsealed(text: str) -> str | None:
    """The secret again; None when it was sealed under another secret of the installation."""
    try:
        return _seals().decrypt(text.encode()).decode()
    except InvalidToken:
        return None


def new_printed_codes() -> list[str]:
    """The codes of a list, none twice."""
    codes: set[str] = set()
    while len(codes) < PRINTED_CODES:
        codes.add(f"{secrets.randbelow(10**PRINTED_DIGITS):0{PRINTED_DIGITS}}")
    return sorted(codes)


def printed_hash(person_id: int, code: str) -> str:
    """What is stored of a code of the list."""
    return keyed("printed", person_id, code)


def first_run_key() -> str:
    """The key of the page that makes the first operator, bound to the installation's secret and a random file of its own."""
    path = _first_run_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(16))
    return keyed("first-run", path.read_text())[:40]


def first_run_key_fits(key: str) -> bool:
    """Is this the printed key? Never once it was used, and never where none was printed."""
    return _first_run_file().exists() and hmac.compare_digest(first_run_key().encode(), key.encode())


def forget_first_run_key() -> None:
    """The key was used."""
    _first_run_file().unlink(missing_ok=True)


def _first_run_file() -> Path:
    return Path(current_app.config["INSTANCE"]) / "first-run"
