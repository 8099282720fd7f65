"""What a browser shows a moment later is waited for: a journey that looks once is red on a busy machine."""

import ast
from collections.abc import Iterator
from pathlib import Path

from app.settings import HOUSE

JOURNEYS = HOUSE / "tests/journeys/browser"
MOMENTS = {"url", "is_visible", "is_hidden", "is_checked", "is_enabled", "input_value"}  # `expect` waits for each of these


def momentary(tree: ast.AST) -> Iterator[str]:
    for claim in ast.walk(tree):
        if isinstance(claim, ast.Assert):
            for part in ast.walk(claim.test):
                if isinstance(part, ast.Attribute) and part.attr in MOMENTS:
                    yield f"{claim.lineno}: {part.attr}"


def found_in(paths: list[Path]) -> list[str]:
    return [f"{path.name}:{one}" for path in paths for one in momentary(ast.parse(path.read_text(encoding="utf-8")))]


def test_no_journey_looks_only_once_at_what_a_browser_shows_a_moment_later():
    files = sorted(JOURNEYS.glob("*.py"))
    assert len(files) > 10
    assert found_in(files) == []


def test_a_single_look_is_noticed():
    assert list(momentary(ast.parse('assert page.url.endswith("#content")'))) == ["1: url"]
    assert list(momentary(ast.parse("assert overflow <= 0, page.url"))) == []
