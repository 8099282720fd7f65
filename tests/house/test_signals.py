"""A signal that nobody sends or nobody hears does not exist: each has a sender in its module and a listener on a plate."""

import ast
from functools import cache
from importlib import import_module

from blinker import Signal

from app.factory import load_modules
from app.settings import HOUSE, Settings
from tests.house.syntax import tree_of


def announced() -> dict[str, Signal]:
    """{package.signal: the signal}, from every `signals` module."""
    return {
        f"{package}.{name}": signal
        for package in Settings.MODULES
        if (HOUSE / package.replace(".", "/") / "signals.py").exists()
        for name, signal in vars(import_module(f"{package}.signals")).items()
        if isinstance(signal, Signal)
    }


@cache
def named_in(package: str) -> set[str]:
    """Every name in the services of a package, its listeners and doors."""
    files = [path for path in (HOUSE / package.replace(".", "/")).rglob("*.py") if path.name != "signals.py"]
    return {node.id for path in files for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}


def test_every_signal_has_a_listener():
    heard = {id(signal) for module in load_modules(Settings.MODULES) for signal, _listener in module.subscriptions}
    assert len(announced()) > 8
    assert [name for name, signal in announced().items() if id(signal) not in heard] == []


def test_every_signal_is_sent_by_its_own_module():
    silent = [name for name in announced() if name.rpartition(".")[2] not in named_in(name.rpartition(".")[0])]
    assert silent == []
