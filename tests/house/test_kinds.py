"""Kinds are records: nobody asks for one by its name outside of its registry."""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from academy.rules.kinds import KINDS as QUESTIONS
from academy.rules.lessons import LESSONS
from app.payments.rules import METHODS
from app.settings import HOUSE
from catalog.rules.ways import WAYS
from tests.house.test_code import PACKAGES, name_of, trees

ASKING = re.compile(r"(?:==|!=)\s*[\"']([\w-]+)[\"']|[\"']([\w-]+)[\"']\s*(?:==|!=)")
AMONG = re.compile(r"\bin\s*[(\[]([^)\]]*)[)\]]")
QUOTED = re.compile(r"[\"']([\w-]+)[\"']")
CODE = re.compile(r"{[{%](.*?)[%}]}", re.DOTALL)


@dataclass(frozen=True)
class Registry:
    """A registry of kinds: their records by name, and the files that may name several of them."""

    records: Mapping[str, object]
    homes: frozenset[str]

    @property
    def names(self) -> set[str]:
        return set(self.records)


REGISTRIES = {
    "question": Registry(QUESTIONS, frozenset({"academy/rules/kinds.py", "academy/forms/answers.py"})),
    "lesson": Registry(LESSONS, frozenset({"academy/rules/lessons.py"})),
    "way of delivery": Registry(WAYS, frozenset({"catalog/rules/ways.py"})),
    # The ledger's accounts bear the same two names: they say where money lies, not how it was paid.
    "method of payment": Registry(METHODS, frozenset({"app/payments/rules.py"})),
}


def strings_in(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def literals(node: ast.expr) -> set[str]:
    """The strings of a constant, or of a tuple, list, set or frozenset({…}) of them; a call or a name has none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("frozenset", "set", "tuple"):
        return set().union(*map(literals, node.args))
    return strings_in(node) if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Set) else set()


def asked_in_code(tree: ast.AST, names: set[str]) -> Iterator[tuple[int, str]]:
    """(line, name) where a name is compared with, matched, looked for in a column, or decides in a table of its own."""
    for node in ast.walk(tree):
        found: set[str] = set()
        if isinstance(node, ast.Compare):
            found = set().union(*map(literals, (node.left, *node.comparators)))
        elif isinstance(node, ast.MatchValue):
            found = strings_in(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("in_", "not_in"):
            found = set().union(*map(literals, node.args))
        elif isinstance(node, ast.Dict):
            keys = {key.value for key in node.keys if isinstance(key, ast.Constant)}
            found = keys & names if len(keys & names) > 1 else set()
        yield from ((node.lineno, name) for name in sorted(found & names))


def asked_in_template(text: str, names: set[str]) -> Iterator[str]:
    for code in CODE.findall(text):
        found = {one or other for one, other in ASKING.findall(code)}
        for among in AMONG.findall(code):
            found |= set(QUOTED.findall(among))
        yield from sorted(found & names)


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
def test_no_kind_is_asked_for_by_its_name_in_code(registry):
    assert [
        f"{name}:{line} asks for {kind}"
        for name, tree in trees()
        if name not in registry.homes and not name.startswith("migrations/")
        for line, kind in asked_in_code(tree, registry.names)
    ] == []


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
def test_no_kind_is_asked_for_by_its_name_in_a_template(registry):
    assert [
        f"{name_of(path)} asks for {kind}"
        for package in PACKAGES
        for path in sorted((HOUSE / package).rglob("*.html"))
        for kind in asked_in_template(path.read_text(encoding="utf-8"), registry.names)
    ] == []


@pytest.mark.parametrize(
    "line",
    [
        'if question.kind == "numeric": pass',
        'if "numeric" != kind: pass',
        'slots = () if kind in ("numeric", "other") else None',
        'slots = () if kind not in frozenset({"numeric"}) else None',
        'match kind:\n    case "numeric": pass',
        'select(Question).where(Question.kind == "numeric")',
        'select(Question).where(Question.kind.in_(["numeric"]))',
        'NAMES = {"numeric": 1, "several": 2}',
    ],
)
def test_whoever_asks_for_a_kind_in_code_is_found(line):
    assert "numeric" in [name for _line, name in asked_in_code(ast.parse(line), {"numeric", "several"})]


@pytest.mark.parametrize(
    "line",
    [
        'KINDS["numeric"]',
        'add("numeric", kind=kind)',
        'facts = {"numeric": True}',
        "if kind.name == other.name: pass",
        'if kind == "else": pass',
    ],
)
def test_whoever_only_names_a_kind_is_left_alone(line):
    assert list(asked_in_code(ast.parse(line), {"numeric", "several"})) == []


@pytest.mark.parametrize(
    "text",
    [
        '{% if kind == "numeric" %}',
        "{{ 1 if 'numeric' != question.kind else 2 }}",
        '{% if kind in ("other", "numeric") %}',
        '{% if a %}{% elif kind not in ["numeric"] %}',
    ],
)
def test_whoever_asks_for_a_kind_in_a_template_is_found(text):
    assert list(asked_in_template(text, {"numeric"})) == ["numeric"]


def test_a_template_that_names_a_kind_without_asking_is_left_alone():
    text = '<input inputmode="numeric">{{ field(f, inputmode="numeric") }} if kind == "numeric" {{ icon("numeric") }}'
    assert list(asked_in_template(text, {"numeric"})) == []
