"""The walls hold, and each falls when somebody leans a ladder against it."""

import configparser
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import HOUSE, Settings

PACKAGES = ("app", "catalog", "orders", "projectbank", "academy")
DOORS_OF_MODULE = {"services", "queries", "signals"}
LINT = Path(sys.executable).parent / "lint-imports"

# (a file, a line leaned against the wall, words of the contract that must break)
VIOLATIONS = [
    ("catalog/queries/__init__.py", "import orders.models", "The house stands"),
    ("academy/rules/courses.py", "import projectbank.queries", "The house stands"),
    ("app/web/reading.py", "import app.accounts.models", "The house stands"),
    ("app/kernel/units.py", "import app.settings", "The house stands"),
    ("app/engines/journal.py", "import app.web.forms", "The house stands"),
    ("orders/models.py", "import orders.services.placing", "Inside a module"),
    ("catalog/queries/__init__.py", "import catalog.services.products", "Inside a module"),
    ("projectbank/views/__init__.py", "import projectbank.demo", "Inside a module"),
    ("orders/services/placing.py", "import app.engines.transactions", "open a transaction"),
    ("catalog/queries/offers.py", "import app.engines.transactions", "open a transaction"),
    ("orders/services/placing.py", "import flask", "know that there is a web"),
    ("academy/queries/__init__.py", "import app.web.paging", "know that there is a web"),
    ("app/kernel/text.py", "import flask", "know that there is a web"),
    ("orders/rules/amounts.py", "import sqlalchemy", "Rules need no database"),
    ("app/accounts/rules/limits.py", "import app.engines.db", "Rules need no database"),
    ("app/web/access.py", "import app.factory", "Nothing imports the factory"),
    ("app/web/shell.py", "import catalog.queries", "by name only"),
    ("app/web/shell.py", "import app.console", "known to commands"),
    ("app/console/data.py", "import app.accounts.services", "no module and no page"),
    ("orders/queries/__init__.py", "import catalog.models", "catalog is entered"),
    ("orders/services/placing.py", "import catalog.rules", "catalog is entered"),
    ("orders/views/__init__.py", "import academy.permissions", "academy is entered"),
    ("orders/views/__init__.py", "import projectbank.models", "projectbank is entered"),
    ("orders/services/placing.py", "import app.payments.models", "app.payments is entered"),
    ("catalog/permissions.py", "import app.accounts.rules", "app.accounts is entered"),
    ("app/factory.py", "import app.practice.module", "loaded by name"),
    ("app/payments/module.py", "import app.practice.server", "loaded by name"),
    ("catalog/queries/cards.py", "from app.engines.counters.reading import Counter", "moved by their engine"),
    ("catalog/queries/cards.py", "import app.engines.counters.tables", "moved by their engine"),
    ("orders/views/buyer.py", "import app.engines.db", "A view writes nothing"),
    ("catalog/views/market.py", "import sqlalchemy", "A view writes nothing"),
    ("projectbank/views/groups.py", "import app.accounts.models", "A view writes nothing"),
    ("app/payments/views/pay.py", "import app.engines.counters", "A view writes nothing"),
    ("orders/services/basket.py", "import catalog.queries.offers", "catalog is entered"),
    ("orders/services/placing.py", "import app.payments.services.ledger", "app.payments is entered"),
    ("orders/queries/checks.py", "import app.payments.queries.ledger", "app.payments is entered"),
    ("projectbank/views/groups.py", "import app.accounts.services.limits", "app.accounts is entered"),
    ("orders/views/buyer.py", "import academy.queries.learning", "academy is entered"),
    ("orders/views/buyer.py", "import projectbank.queries.sheet_lists", "projectbank is entered"),
    ("app/practice/server.py", "import app.engines.db", "knows nothing of the house"),
]


def lint(folder: Path) -> tuple[int, str]:
    done = subprocess.run(
        [LINT, "--no-cache"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree without what is not code."""
    folder = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(
            HOUSE / package,
            folder / package,
            ignore=lambda where, names: [
                name
                for name in names
                if name == "__pycache__" or ((Path(where) / name).is_file() and not name.endswith(".py"))
            ],
        )
    shutil.copy(HOUSE / "setup.cfg", folder)
    return folder


def test_the_walls_hold(copy):
    code, told = lint(copy)
    assert code == 0, told
    assert "0 broken" in told


def cases() -> list[object]:
    """The first leaning against each wall is tried always, the others in the long run."""
    known: set[str] = set()
    found = []
    for file, line, contract in VIOLATIONS:
        marks = [pytest.mark.long] if contract in known else []
        known.add(contract)
        found.append(pytest.param(file, line, contract, id=f"{file}: {line}", marks=marks))
    return found


@pytest.mark.parametrize(("file", "line", "contract"), cases())
def test_each_wall_falls_when_leaned_against(copy, file, line, contract):
    path = copy / file
    if not path.exists():
        path = (
            copy / file.replace("/__init__.py", ".py")
            if file.endswith("__init__.py")
            else copy / file.replace(".py", "/__init__.py")
        )
    before = path.read_text()
    path.write_text(f"{before}\n{line}\n")
    try:
        code, told = lint(copy)
    finally:
        path.write_text(before)
    assert code != 0, told
    broken = [text for text in told.splitlines() if "BROKEN" in text]
    assert any(contract in text for text in broken), told


def rooms_of(module: str) -> set[str]:
    folder = HOUSE / module.replace(".", "/")
    names = {path.stem for path in folder.glob("*.py")} | {
        path.name for path in folder.iterdir() if (path / "__init__.py").exists()
    }
    return names - {"__init__"}


def contracts() -> configparser.ConfigParser:
    config = configparser.ConfigParser()
    config.read(HOUSE / "setup.cfg")
    return config


@pytest.mark.parametrize("module", [name for name in Settings.MODULES if name != "app.notices"])
def test_every_room_of_a_module_has_its_wall(module):
    """A new room is protected from the day it is built."""
    config, short = contracts(), module.removeprefix("app.")
    protected = (
        set(config[f"importlinter:contract:own-{short}"]["protected_modules"].split()) if module != "orders" else None
    )
    private = {f"{module}.{room}" for room in rooms_of(module) - DOORS_OF_MODULE}
    private |= {f"{module}.services.*", f"{module}.queries.*"}  # only their fronts are for others
    if module == "app.accounts":
        private.discard("app.accounts.models")  # the tables of people and organisations are everyone's
    assert protected is None or protected == private
    assert module in config["importlinter:contract:rooms"]["containers"].split()
    assert f"{module}.views" in config["importlinter:contract:views"]["source_modules"].split()


def test_the_walls_name_every_top_level_package():
    config = contracts()
    built = {path.parent.name for path in HOUSE.glob("*/module.py")} - {"app"}
    assert built == set(PACKAGES) - {"app"}
    assert set(config["importlinter"]["root_packages"].split()) == set(PACKAGES)
    assert set(config["importlinter:contract:names"]["forbidden_modules"].split()) == built
