"""Kinds are records: nobody asks for one by its name outside of its registry."""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pytest
from jinja2 import Environment, nodes

from academy.rules.kinds import KINDS as QUESTIONS
from academy.rules.lessons import LESSONS
from app.kernel.actor import CHAIR, PACKER, SELLER, TREASURER
from app.kernel.actor import KINDS as ACTORS
from app.kernel.contacts import MAIL, PHONE
from app.payments.rules import METHODS
from app.settings import HOUSE
from app.web.access import KINDS as ENTRIES
from catalog.gateway.goods import ROWS
from catalog.rules.ways import WAYS
from projectbank.rules import ROLES
from tests.house.syntax import PACKAGES, name_of, trees

# What looks at the name of a kind without a sign of comparison.
LOOKS = {"in_", "not_in", "is_", "is_not", "like", "startswith", "endswith", "filter_by", "eq", "ne", "__eq__", "__ne__"}
PICKS = {"select", "reject", "selectattr", "rejectattr"}  # filters of templates that take a test and what it compares with
TEMPLATES = Environment(autoescape=True, extensions=["jinja2.ext.i18n", "jinja2.ext.do"])


@dataclass(frozen=True)
class Registry:
    """A registry of kinds: their records (or names) by name, and the files that may name several of them.

    Names that are everyday words besides (a column `mail` beside a column `phone`) make no `tables` of kinds.
    """

    records: Mapping[str, object] | Sequence[str]
    homes: frozenset[str]
    tables: bool = True

    @property
    def names(self) -> set[str]:
        return set(self.records)


REGISTRIES = {
    "question": Registry(QUESTIONS, frozenset({"academy/rules/kinds.py", "academy/forms/answers.py"})),
    "lesson": Registry(LESSONS, frozenset({"academy/rules/lessons.py"})),
    "way of delivery": Registry(WAYS, frozenset({"catalog/rules/ways.py"})),
    # The ledger's accounts bear the same two names: they say where money lies, not how it was paid.
    "method of payment": Registry(METHODS, frozenset({"app/payments/rules.py"})),
    "actor": Registry(ACTORS, frozenset({"app/kernel/actor.py"})),
    "contact": Registry((MAIL, PHONE), frozenset(), tables=False),
    "rule of entry": Registry(ENTRIES, frozenset({"app/web/access.py", "app/module.py"}), tables=False),
    "role in a group": Registry(ROLES, frozenset()),
    # An account of the ledger is called seller too.
    "role in an organisation": Registry(
        (CHAIR, TREASURER, SELLER, PACKER), frozenset({"app/payments/rules.py"}), tables=False
    ),
    "row of a file": Registry(ROWS, frozenset({"catalog/gateway/goods.py"}), tables=False),
    "key of a file": Registry(("handle:",), frozenset({"catalog/gateway/goods.py"})),
}


def strings_in(node: ast.AST) -> set[str]:
    return {one.value for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def literals(node: ast.expr) -> set[str]:
    """The strings of a constant, or of a tuple, list, set or frozenset({…}) of them; a call or a name has none."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("frozenset", "set", "tuple"):
        return set().union(*map(literals, node.args))
    return strings_in(node) if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Set) else set()


def keys_of(node: ast.AST) -> set[str]:
    """The keys of a table that is written where it is used."""
    return {key.value for key in node.keys if isinstance(key, ast.Constant)} if isinstance(node, ast.Dict) else set()


def constants_of(tree: ast.AST) -> dict[str, set[str]]:
    """{name: its strings} of what is given a name in a file."""
    return {
        target.id: literals(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@cache
def compared_in(tree: ast.AST) -> list[tuple[int, set[str], bool]]:
    """(line, strings, whether they are only the keys of a table) where strings are compared with, matched or looked up."""
    constants = constants_of(tree)

    def compared(*operands: ast.expr) -> set[str]:
        return set().union(
            *(literals(node) | keys_of(node) for node in operands),
            *(constants.get(node.id, set()) for node in operands if isinstance(node, ast.Name)),
        )

    places = []
    for node in ast.walk(tree):
        found: set[str] = set()
        if isinstance(node, ast.Compare):
            found = compared(node.left, *node.comparators)
        elif isinstance(node, ast.MatchValue):
            found = strings_in(node)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOOKS:
            found = compared(*node.args, *(word.value for word in node.keywords))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            found = keys_of(node.func.value)
        elif isinstance(node, ast.Subscript):
            found = keys_of(node.value)
        elif isinstance(node, ast.Dict):
            found = keys_of(node)
        if found:
            places.append((node.lineno, found, isinstance(node, ast.Dict)))
    return places


def asked_in_code(tree: ast.AST, names: set[str], tables: bool = True) -> Iterator[tuple[int, str]]:
    """(line, name) where a name is compared with, matched, looked for in a column, or decides in a table of its own."""
    for line, found, table in compared_in(tree):
        if not table or (tables and len(found & names) > 1):
            yield from ((line, name) for name in sorted(found & names))


def strings_of(node: nodes.Node, named: Mapping[str, set[str]]) -> set[str]:
    """The strings an operand of a template is made of."""
    match node:
        case nodes.Const(value=str() as text):
            return {text, *text.split()}
        case nodes.List(items=items) | nodes.Tuple(items=items):
            return set().union(*(strings_of(item, named) for item in items))
        case nodes.Dict(items=pairs):
            return set().union(*(strings_of(pair.key, named) for pair in pairs))
        case nodes.Name(name=name):
            return named.get(name, set())
    return set()


def looks(node: nodes.Node) -> bool:
    """Is it a filter that picks by a test, or a method that compares?"""
    if isinstance(node, nodes.Filter):
        return node.name in PICKS
    return isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr) and node.node.attr in LOOKS


@cache
def compared_in_template(text: str) -> list[set[str]]:
    """The strings of each place in a template that compares with, tests for, picks by or looks up."""
    tree, places = TEMPLATES.parse(text), []
    named: dict[str, set[str]] = {}
    for line in tree.find_all(nodes.Assign):
        if isinstance(line.target, nodes.Name):
            named[line.target.name] = strings_of(line.node, {})
    for node in tree.find_all((nodes.Compare, nodes.Test, nodes.Filter, nodes.Call, nodes.Getitem)):
        operands: list[nodes.Node] = []
        if isinstance(node, nodes.Compare):
            operands = [node.expr, *(operand.expr for operand in node.ops)]
        elif isinstance(node, nodes.Test) or looks(node):
            operands = node.args
        elif isinstance(node, nodes.Getitem) and isinstance(node.node, nodes.Dict):
            operands = [node.node]
        places.append(set().union(*(strings_of(operand, named) for operand in operands)))
    return places


def asked_in_template(text: str, names: set[str]) -> Iterator[str]:
    """Names that are compared with, tested for, picked by or looked up in a template."""
    for found in compared_in_template(text):
        yield from sorted(names & found)


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=REGISTRIES)
def test_no_kind_is_asked_for_by_its_name_in_code(registry):
    assert [
        f"{name}:{line} asks for {kind}"
        for name, tree in trees()
        if name not in registry.homes and not name.startswith("migrations/")
        for line, kind in asked_in_code(tree, registry.names, registry.tables)
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
        'NUMBER = "numeric"\nif kind == NUMBER: pass',
        'ASKED = ("numeric", "other")\nif kind in ASKED: pass',
        'if kind.startswith("numeric"): pass',
        'select(Question).filter_by(kind="numeric")',
        'Question.kind.is_not("numeric")',
        'page = {"numeric": number_page}.get(kind)',
        'page = {"numeric": number_page}[kind]',
        'if kind in {"numeric": 1}: pass',
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
        '{% if kind == "numeric" %}{% endif %}',
        "{{ 1 if 'numeric' != question.kind else 2 }}",
        '{% if kind in ("other", "numeric") %}{% endif %}',
        '{% if a %}{% elif kind not in ["numeric"] %}{% endif %}',
        '{% if kind in "numeric other" %}{% endif %}',
        '{% if kind is eq("numeric") %}{% endif %}',
        '{% if kind.startswith("numeric") %}{% endif %}',
        '{% set number = "numeric" %}{% if kind == number %}{% endif %}',
        '{{ {"numeric": 1}[kind] }}',
        '{{ questions | selectattr("kind", "eq", "numeric") | list }}',
        '{{ row(open=(kind == "numeric")) }}',
    ],
)
def test_whoever_asks_for_a_kind_in_a_template_is_found(text):
    assert list(asked_in_template(text, {"numeric"})) == ["numeric"]


def test_a_template_that_names_a_kind_without_asking_is_left_alone():
    text = '<input inputmode="numeric">{{ field(f, inputmode="numeric") }} if kind == "numeric" {{ icon("numeric") }}'
    assert list(asked_in_template(text, {"numeric"})) == []
