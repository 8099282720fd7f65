"""`python -m bench.installed …what gunicorn is told…`: a server that finds no package but those an installation has.

The environment of developers is larger, and libraries look around: structlog takes rich where it is there, stripe takes
aiohttp, and each process would be some 20 MB bigger and slower to start than those that are run.
"""

import os
import re
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import packages_distributions
from pathlib import Path

from gunicorn.app.wsgiapp import run

REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"
SERVER = {"gunicorn", "packaging"}


class Installed(MetaPathFinder):
    """Asked before all others: what is not in the lock is not there."""

    def __init__(self, lock: Path) -> None:
        named = {one.lower().replace("_", "-") for one in re.findall(r"^([\w.-]+)==", lock.read_text(), re.MULTILINE)}
        self.absent = {
            package
            for package, sources in packages_distributions().items()
            if not {source.lower().replace("_", "-") for source in sources} & (named | SERVER | {"tiwizi"})
        }

    def find_spec(self, fullname: str, *_where: object) -> ModuleSpec | None:
        if fullname.partition(".")[0] in self.absent:
            raise ModuleNotFoundError(f"not in an installation: {fullname}", name=fullname)
        return None


if __name__ == "__main__":
    lock = "scaled.txt" if os.environ.get("TIWIZI_DATABASE_URL") else "runtime.txt"
    sys.meta_path.insert(0, Installed(REQUIREMENTS / lock))
    sys.exit(run())
