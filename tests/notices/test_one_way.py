"""All modules tell people through one place: nobody writes to the outbox but notices and, below it, accounts."""

import ast
from pathlib import Path

import pytest
from flask import Flask

from app.accounts.rules.notices import NOTICE_KINDS
from app.factory import merged
from app.settings import HOUSE
from orders.services.letters import NOTICE_KINDS as OF_ORDERS

PACKAGES = ("app", "catalog", "orders", "projectbank", "academy")


def posts(source: str) -> bool:
    """Does the code take `post` out of the engine of letters, by name or with the whole engine?"""
    return any(
        isinstance(node, ast.ImportFrom)
        and (
            (node.module == "app.engines.mail" and any(name.name == "post" for name in node.names))
            or (node.module == "app.engines" and any(name.name == "mail" for name in node.names))
        )
        for node in ast.walk(ast.parse(source))
    )


def writers(files: list[Path]) -> list[str]:
    return sorted(path.relative_to(HOUSE).as_posix() for path in files if posts(path.read_text(encoding="utf-8")))


def test_only_notices_and_accounts_write_letters() -> None:
    files = [path for package in PACKAGES for path in (HOUSE / package).rglob("*.py")]
    outside = [name for name in writers(files) if not name.startswith(("app/accounts/", "app/engines/"))]
    assert outside == ["app/notices/services/telling.py"]


@pytest.mark.parametrize("line", ["from app.engines.mail import post", "from app.engines import jobs, mail"])
def test_another_writer_would_be_noticed(line: str) -> None:
    assert posts(line)
    assert not posts("from app.engines.mail import site_address")


def test_kinds_bear_their_modules_name_and_turn_off_what_can_be_chosen(app: Flask) -> None:
    kinds = [(module.name, kind) for module in app.extensions["modules"] for kind in module.notice_kinds]
    assert len(kinds) == 8
    assert [kind.key for name, kind in kinds if kind.key.partition(".")[0] != name] == []
    assert {kind.topic for _name, kind in kinds} - {None} <= set(NOTICE_KINDS)


def test_a_kind_that_two_modules_declare_stops_the_start() -> None:
    with pytest.raises(RuntimeError, match=r"orders\.bought"):
        merged("kind of notice", [{kind.key: kind for kind in OF_ORDERS}] * 2)
