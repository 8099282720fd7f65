"""The syntax of the product's files, read once for all tests that look at it."""

import ast
import gc
from functools import cache
from pathlib import Path

from app.settings import HOUSE

PACKAGES = ("app", "catalog", "orders", "projectbank", "academy", "migrations")


def product_files(packages: tuple[str, ...] = PACKAGES) -> list[Path]:
    return sorted(
        path for package in packages for path in (HOUSE / package).rglob("*.py") if "__pycache__" not in path.parts
    )


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    """Its syntax. Nobody changes it."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def trees(packages: tuple[str, ...] = PACKAGES) -> list[tuple[str, ast.Module]]:
    """(name, syntax) of each product file: a million nodes, which the search for garbage passes over from then on."""
    gc.disable()
    try:
        return [(name_of(path), tree_of(path)) for path in product_files(packages)]
    finally:
        gc.freeze()
        gc.enable()
