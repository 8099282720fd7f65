"""What each landed migration was when it landed: `python -m tests.house.landed_migrations --add` notes a new one."""

import hashlib
import sys
from pathlib import Path

from app.settings import HOUSE

VERSIONS = HOUSE / "migrations" / "versions"
LANDED = Path(__file__).with_name("landed_migrations.txt")


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def landed() -> dict[str, str]:
    """{file name: digest}, as noted."""
    lines = LANDED.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def problems(noted: dict[str, str], versions: Path) -> list[str]:
    """What was done to migrations that is not done."""
    there = {path.name: digest_of(path) for path in sorted(versions.glob("*.py"))}
    found = []
    for name in sorted(there.keys() | noted.keys()):
        if name not in noted:
            found.append(f"{name} is new: `python -m tests.house.landed_migrations --add` notes its digest")
        elif name not in there:
            found.append(f"{name} has landed and is gone: instances that carried it out look for it; put it back")
        elif there[name] != noted[name]:
            found.append(f"{name} has landed and was edited: put it back as it was, and add a new migration")
    return found


def add() -> None:
    """Note the new ones; a digest that is noted stays."""
    noted = landed()
    new = {path.name: digest_of(path) for path in VERSIONS.glob("*.py") if path.name not in noted}
    lines = [f"{digest}  {name}\n" for name, digest in sorted({**new, **noted}.items())]
    LANDED.write_text("".join(lines), encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:] == ["--add"]:
        add()
    told = problems(landed(), VERSIONS)
    print("\n".join(told) or "Every landed migration is as it landed.")
    sys.exit(1 if told else 0)
