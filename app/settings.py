"""Every setting, its default and its meaning. Settings come from the environment as TIWIZI_<NAME>."""

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from email.errors import ObsoleteHeaderDefect
from email.message import EmailMessage
from email.policy import default
from importlib.util import find_spec
from pathlib import Path
from pwd import getpwuid
from typing import Any
from urllib.parse import SplitResult, urlsplit

PREFIX = "TIWIZI_"
PRACTICE_KEY = "sk_test_practice"
PRACTICE_SECRET = "whsec_practice"
HOUSE = Path(__file__).resolve().parent.parent


class SettingsError(Exception):
    """The environment holds a setting that cannot be used; the message names it."""


@dataclass(frozen=True)
class Settings:
    """The settings of one process."""

    # The folder for everything that is not code: database, files, search index, letters.
    INSTANCE: Path = HOUSE / "instance"
    # SQLAlchemy address; empty means a SQLite file in the instance folder.
    DATABASE_URL: str = ""
    # Signs the CSRF cookie and links in letters. Production refuses to start without its own.
    SECRET_KEY: str = ""
    # The modules to load, in the order of their storeys.
    MODULES: tuple[str, ...] = (
        "app.accounts",
        "app.notices",
        "app.payments",
        "catalog",
        "projectbank",
        "academy",
        "orders",
    )
    # The countries this installation serves; the first one is the default.
    TERRITORIES: tuple[str, ...] = ("morocco",)
    # Demo people, one-click sign-in, the design page, the practice card provider.
    DEMO: bool = False
    # The address people type, for links in letters, certificates and QR codes.
    PUBLIC_URL: str = "http://127.0.0.1:8000"
    # So many megabytes of finished pages a process keeps for visitors; 0 keeps none.
    PAGE_CACHE_MB: int = 64
    # So many pieces of pages, counts and tables a process keeps while nothing they rest on changes; 0 keeps none.
    KEPT_PIECES: int = 1000
    # The name of the site and of who runs it, shown in pages and on the legal pages.
    SITE_NAME: str = "Tiwizi"
    OPERATOR_NAME: str = ""
    OPERATOR_ADDRESS: str = ""
    OPERATOR_MAIL: str = ""
    OPERATOR_PHONE: str = ""
    OPERATOR_IDENTIFIER: str = ""
    # Who answers for what is published, and for personal data (OPERATOR_MAIL unless another contact is named); the
    # number under which the data are declared, where the territory's law asks for that; who keeps the machines.
    DIRECTOR_NAME: str = ""
    DATA_CONTACT: str = ""
    DATA_DECLARATION: str = ""
    HOST_NAME: str = ""
    HOST_ADDRESS: str = ""
    # console: letters are printed; smtp://user:password@host:port and smtps://… send them.
    MAIL_URL: str = "console:"
    MAIL_FROM: str = "Tiwizi <no-reply@tiwizi.example>"
    # Within so many seconds the relay has taken a letter, or counts as away; then all letters wait, first for so many
    # seconds and each time twice as long, up to forty times the first.
    MAIL_SECONDS: int = 15
    PAUSE_SECONDS: int = 15
    # Where messages to phones are handed over by HTTP; console: the demonstration prints them. Address, headers
    # ("A: b | C: d") and body may hold {to} (+212…), {digits} (212…), {text}, {token} and
    # {key} (the same when it is sent once more).
    MESSAGES_URL: str = "console:"
    MESSAGES_METHOD: str = "POST"
    MESSAGES_HEADERS: str = "Authorization: Bearer {token}"
    MESSAGES_BODY: str = '{"to": "{to}", "text": "{text}", "key": "{key}"}'
    MESSAGES_TOKEN: str = ""
    # Regular expressions looked for in the answer: what one taken says (nothing: its status is enough), one whose number
    # is none, one to be tried again.
    MESSAGES_TAKEN: str = ""
    MESSAGES_REFUSED: str = ""
    MESSAGES_AGAIN: str = ""
    # Within so many seconds the gateway has answered, or counts as away.
    MESSAGES_SECONDS: int = 15
    # Which form of search stands behind the interface; no other is built.
    SEARCH: str = "whoosh"
    # What carries jobs to the workers: sqlite (a file in the instance: one machine), postgres (in DATABASE_URL's
    # database) or redis://… (several machines). Finished jobs are kept for so many days.
    JOBS: str = "sqlite"
    KEEP_JOBS_DAYS: int = 7
    # What letters said, and to whom, is kept for so many days; a code goes as soon as its letter has been taken.
    KEEP_LETTERS_DAYS: int = 90
    # What somebody has read on their page of notices goes after so many days.
    KEEP_NOTICES_DAYS: int = 180
    # What nobody has read goes too, so many days after it was told.
    KEEP_UNREAD_NOTICES_DAYS: int = 365
    # An account made by an entry card into which nobody ever came is erased so many days after its latest card.
    KEEP_UNUSED_CARDS_DAYS: int = 90
    # off: no limits (tests, bench); on: limits on sign-in, sign-up, codes, search.
    RATE_LIMITS: bool = True
    # Opens /metrics to who sends it as a bearer token. Empty: only this machine reads them, and no proxy.
    METRICS_TOKEN: str = ""
    # Reverse proxies whose X-Forwarded-* headers are believed: how many stand before us.
    TRUSTED_PROXIES: int = 0
    # The inner addresses the house may call by HTTP, as host:port, with commas; in clear, too. Anything else it calls is
    # public and by TLS.
    OUTBOUND_ALLOW: tuple[str, ...] = ()
    # Every call to the card provider has so many seconds in all; where it answers, if not at its usual address (tests).
    CARD_SECONDS: int = 8
    STRIPE_ADDRESS: str = ""
    # The card provider. Empty: cards are off, unless DEMO brings the practice provider.
    STRIPE_SECRET_KEY: str = ""
    STRIPE_WEBHOOK_SECRET: str = ""
    # The practice card provider: a package with a plate, loaded by this name in the demo and nowhere else.
    CARD_PRACTICE: str = "app.practice"
    # The operator's commission on a sale, in basis points (1/100 of a percent) of the goods.
    COMMISSION: int = 500
    # How long goods are held for a buyer who is paying, in minutes.
    HOLD_MINUTES: int = 30
    # How much of a guest's cash orders is taken before their buyer has confirmed one, in minor units of the territory's
    # currency. -1: the territory's own figure; 0: every guest's cash order is confirmed first.
    UNCONFIRMED_CASH: int = -1
    # A named crash point at which the process kills itself (tests only).
    CRASH_AT: str = ""

    @property
    def database_url(self) -> str:
        return self.DATABASE_URL or f"sqlite:///{self.INSTANCE / 'tiwizi.db'}"

    @property
    def secure(self) -> bool:
        """Is the site reached by https? Cookies are then Secure and bear the __Host- prefix."""
        return self.PUBLIC_URL.startswith("https://")

    @property
    def practice(self) -> bool:
        """Is the practice card provider in use?"""
        return self.DEMO and not self.STRIPE_SECRET_KEY and bool(self.CARD_PRACTICE)


def _read(name: str, kind: Any, text: str) -> Any:
    if kind is bool:
        if text.lower() not in {"1", "0", "on", "off", "true", "false"}:
            raise SettingsError(f"{PREFIX}{name} is 1 or 0, not {text!r}")
        return text.lower() in {"1", "on", "true"}
    if kind is int:
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{PREFIX}{name} is a whole number, not {text!r}") from None
    if kind is Path:
        return Path(text).resolve()
    if kind == tuple[str, ...]:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return text


def _refuse_strange_root(instance: Path) -> None:
    """As root in somebody else's folder every new file would be one that the service cannot write. Raises SettingsError."""
    if os.geteuid() == 0 and instance.exists() and (owner := instance.stat().st_uid) != 0:
        try:
            name = getpwuid(owner).pw_name
        except KeyError:
            name = str(owner)
        raise SettingsError(f"{instance} belongs to {name} and you are root: runuser -u {name} -- … runs it as {name}")


def make_instance(instance: Path) -> None:
    """The folder of the data, for its owner alone: it holds what people have told the office."""
    _refuse_strange_root(instance)
    try:
        instance.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as trouble:
        raise SettingsError(f"{PREFIX}INSTANCE: {instance} cannot be made: {trouble.strerror}") from None


def _demo_secret(instance: Path) -> str:
    """A demo or a developer's instance keeps a random secret of its own beside its data."""
    path = instance / "secret"
    make_instance(instance)
    if not path.exists():
        beside = instance / f".secret.{secrets.token_hex(4)}"
        beside.touch(mode=0o600)
        beside.write_text(secrets.token_hex(32))
        with suppress(FileExistsError):  # another process of the same start was first: its secret counts
            os.link(beside, path)
        beside.unlink()
    return path.read_text()


def _split(name: str, address: str, schemes: set[str]) -> SplitResult:
    """The parts of an address of one of the schemes, with a host. Raises SettingsError."""
    try:
        parts = urlsplit(address)
        whole = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, half a bracket
        whole = False
    if not whole:
        wanted = " or ".join(f"{scheme}://…" for scheme in sorted(schemes))
        raise SettingsError(f"{PREFIX}{name} is not an address like {wanted}")  # not repeated: it may hold a password
    return parts


def _public_url(address: str) -> str:
    """Scheme, host and port, as links are built on it."""
    parts = _split("PUBLIC_URL", address, {"http", "https"})
    if parts.path.strip("/") or parts.query or parts.fragment or parts.username:
        raise SettingsError(f"{PREFIX}PUBLIC_URL has nothing behind its host, unlike {address!r}")
    return f"{parts.scheme}://{parts.netloc}"


def _sender(text: str) -> None:
    """The name and the address letters come from: one sender. Raises SettingsError."""
    header = EmailMessage(default)
    try:
        header["From"] = text
        found = [one for one in header["From"].addresses if one.username and one.domain]
        wrong = [one for one in header["From"].defects if not isinstance(one, ObsoleteHeaderDefect)]  # a dot in a name
    except (ValueError, IndexError):  # of two lines; an end the mail library trips over
        found, wrong = [], []
    if len(found) != 1 or wrong:
        raise SettingsError(f"{PREFIX}MAIL_FROM is not one sender like {Settings.MAIL_FROM!r}: {text!r}")


def _carrier(carrier: str, database: str) -> None:
    """What carries jobs is one we know, and what it needs is there. Raises SettingsError."""
    if carrier == "postgres" and not database.startswith("postgresql"):
        raise SettingsError(f"{PREFIX}JOBS is postgres, and {PREFIX}DATABASE_URL names no PostgreSQL")
    if carrier.partition(":")[0] in {"redis", "rediss"}:
        _split("JOBS", carrier, {"redis", "rediss"})
        if find_spec("redis") is None:
            raise SettingsError(f"{PREFIX}JOBS needs the package redis: it comes with requirements/scaled.txt")
    elif carrier not in {"sqlite", "postgres"}:
        raise SettingsError(f"{PREFIX}JOBS is sqlite, postgres or redis://…")  # not repeated: it may hold a password


def _allowed(hosts: tuple[str, ...]) -> None:
    """Each is host:port. Raises SettingsError."""
    for host in hosts:
        parts = _split("OUTBOUND_ALLOW", f"http://{host}", {"http"})
        if parts.port is None or f"{parts.netloc.lower()}" != host or parts.username or "/" in host:
            raise SettingsError(f"{PREFIX}OUTBOUND_ALLOW names host:port in small letters, unlike {host!r}")


def _messages(values: dict[str, Any]) -> None:
    """The gateway's address, way of asking and patterns can be used. Raises SettingsError."""
    if values.get("MESSAGES_URL", "console:") != "console:":
        parts = _split("MESSAGES_URL", values["MESSAGES_URL"], {"http", "https"})
        if parts.scheme == "http" and f"{parts.hostname}:{parts.port or 80}" not in values.get("OUTBOUND_ALLOW", ()):
            raise SettingsError(
                f"{PREFIX}MESSAGES_URL would go in clear: https://…, or its host:port in {PREFIX}OUTBOUND_ALLOW"
            )
    if values.get("MESSAGES_METHOD", "POST") not in {"POST", "PUT", "GET"}:
        raise SettingsError(f"{PREFIX}MESSAGES_METHOD is POST, PUT or GET")
    for line in values.get("MESSAGES_HEADERS", "").split("|"):
        if line.strip() and not re.fullmatch(r"\s*[A-Za-z0-9-]+\s*:[\x20-\x7e]*", line):
            raise SettingsError(f"{PREFIX}MESSAGES_HEADERS is written Name: value | Name: value")  # it may hold a key
    for name in ("MESSAGES_TAKEN", "MESSAGES_REFUSED", "MESSAGES_AGAIN"):
        try:
            re.compile(values.get(name, ""))
        except re.error as trouble:
            raise SettingsError(f"{PREFIX}{name} is no regular expression: {trouble}") from None


UNREAD = ("SEARCH",)  # named for what is to come; until then only their default is true
BOUNDS = {
    "COMMISSION": (0, 10_000),
    "HOLD_MINUTES": (1, 24 * 60),
    "UNCONFIRMED_CASH": (-1, 10**12),
    "TRUSTED_PROXIES": (0, 10),
    "KEEP_JOBS_DAYS": (1, 3650),
    "KEEP_LETTERS_DAYS": (1, 3650),
    "KEEP_NOTICES_DAYS": (1, 3650),
    "KEEP_UNREAD_NOTICES_DAYS": (1, 3650),
    "KEEP_UNUSED_CARDS_DAYS": (14, 3650),  # a card opens for fourteen days
    "MAIL_SECONDS": (1, 45),
    "MESSAGES_SECONDS": (1, 45),
    "PAUSE_SECONDS": (1, 600),
    "CARD_SECONDS": (1, 8),
}


def _check(values: dict[str, Any]) -> None:
    """What would only fail later, when a letter is sent or a link followed, fails at the start. Raises SettingsError."""
    if "PUBLIC_URL" in values:
        values["PUBLIC_URL"] = _public_url(values["PUBLIC_URL"])
    if values.get("MAIL_URL", "console:") != "console:":
        _split("MAIL_URL", values["MAIL_URL"], {"smtp", "smtps"})
    if "MAIL_FROM" in values:
        _sender(values["MAIL_FROM"])
    _carrier(values.get("JOBS", Settings.JOBS), values.get("DATABASE_URL", ""))
    _messages(values)
    _allowed(values.get("OUTBOUND_ALLOW", ()))
    for name in UNREAD:
        if values.get(name, getattr(Settings, name)) != getattr(Settings, name):
            raise SettingsError(f"{PREFIX}{name} can only be {getattr(Settings, name)!r}: nothing else is built yet")
    for name, (least, most) in BOUNDS.items():
        if name in values and not least <= values[name] <= most:
            raise SettingsError(f"{PREFIX}{name} is between {least} and {most}, not {values[name]}")


def read_settings(environment: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from the environment; `given` values win (tests). Raises SettingsError."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    for field in fields(Settings):
        text = environment.get(PREFIX + field.name)
        if text is not None and field.name not in given:
            values[field.name] = _read(field.name, field.type, text)
    values.update(given)
    _check(values)
    settings = Settings(**values)
    if not settings.SECRET_KEY:
        if settings.secure:
            raise SettingsError(f"{PREFIX}SECRET_KEY is not set: a public site needs its own secret")
        values["SECRET_KEY"] = _demo_secret(settings.INSTANCE)
    elif settings.secure and len(settings.SECRET_KEY) < 32:
        raise SettingsError(f"{PREFIX}SECRET_KEY is shorter than 32 characters")
    if settings.practice:
        values.setdefault("STRIPE_WEBHOOK_SECRET", PRACTICE_SECRET)
    return Settings(**values)
