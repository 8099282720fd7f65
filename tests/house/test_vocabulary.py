"""The words of the code: one word for one thing, as docs/glossary.md lists them."""

import ast
from collections.abc import Callable, Iterator

import pytest

from app.factory import load_modules
from app.settings import Settings
from tests.house.syntax import trees

PACKAGES = ("app", "catalog", "orders", "projectbank", "academy")
Finding = Callable[[ast.Module], Iterator[str]]


def names_in(target: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(target) if isinstance(node, ast.Name)}


def pages(tree: ast.Module) -> Iterator[str]:
    """Own beginnings of addresses: a PAGE or LANG of its own, or the beginning written out."""
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets) if {"PAGE", "LANG"} & {name for t in targets for name in names_in(t)}:
                yield f"{node.lineno}: a PAGE"
            case ast.AnnAssign(target=ast.Name(id="PAGE" | "LANG")):
                yield f"{node.lineno}: a PAGE"
            case ast.Constant(value=str(text)) if ":lang>" in text:
                yield f"{node.lineno}: the beginning of addresses written out"


def counted_places(tree: ast.Module) -> Iterator[str]:
    """A count of `enumerate` called place: from 1 it is a number, from 0 an index, in an order a position."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.For(target=target, iter=ast.Call(func=ast.Name(id="enumerate")))
                | ast.comprehension(target=target, iter=ast.Call(func=ast.Name(id="enumerate")))
            ) if "place" in names_in(target):
                yield f"{target.lineno}: place counts"


def vague_fields(tree: ast.Module) -> Iterator[str]:
    """A field of a class called found or one."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for line in node.body:
                match line:
                    case ast.AnnAssign(target=ast.Name(id="found" | "one" as name)):
                        yield f"{line.lineno}: {node.name}.{name}"


def vague_parameters(tree: ast.Module) -> Iterator[str]:
    """A parameter called found or one, of a function or a lambda."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.arg in ("found", "one"):
            yield f"{node.lineno}: parameter {node.arg}"


def wishes(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == "Wish":
            yield f"{node.lineno}: class Wish"


def findings(finding: Finding) -> list[str]:
    return [f"{name}:{said}" for name, tree in trees(PACKAGES) for said in finding(tree)]


def misnamed(subscriptions: list[tuple[str, str]]) -> list[str]:
    """Of (signal's name, listener's name), those that do not go together: one listener hears one signal."""
    return [
        f"{listener} hears {signal}" for signal, listener in subscriptions if listener != f"on_{signal.replace('-', '_')}"
    ]


def test_a_listener_is_called_after_its_signal():
    heard = [
        (signal.name, listener.__name__)
        for module in load_modules(Settings.MODULES)
        for signal, listener in module.subscriptions
    ]
    assert len(heard) > 8
    assert misnamed(heard) == []


def test_a_listener_of_another_name_would_be_seen():
    pairs = [
        ("payment-settled", "on_payment_settled"),
        ("payment-settled", "hear_payment_settled"),
        ("organisation-suspended", "on_organisation_verified"),
    ]
    assert misnamed(pairs) == [
        "hear_payment_settled hears payment-settled",
        "on_organisation_verified hears organisation-suspended",
    ]


def test_the_beginning_of_addresses_is_said_once():
    assert [line.partition(":")[0] for line in findings(pages)] == ["app/web/addresses.py"] * 2  # its name and its text


def test_nothing_that_counts_is_called_a_place():
    assert findings(counted_places) == []


def test_no_field_is_called_found_or_one():
    assert findings(vague_fields) == []


def test_no_parameter_is_called_found_or_one():
    assert findings(vague_parameters) == []


def test_a_wish_is_what_a_buyer_asks_for_and_nothing_else():
    assert [line.partition(":")[0] for line in findings(wishes)] == ["orders/rules/purchases.py"]


@pytest.mark.parametrize(
    ("finding", "source", "said"),
    [
        (pages, 'PAGE = "/<any(fr,ar,en):lang>"', ["1: a PAGE", "1: the beginning of addresses written out"]),
        (pages, "LANG: str = other", ["1: a PAGE"]),
        (pages, 'get("/<any(fr,ar,en):lang>/basket")', ["1: the beginning of addresses written out"]),
        (pages, 'get(f"/sitemap/<any(fr,ar):lang>/{name}")', ["1: the beginning of addresses written out"]),
        (pages, 'from app.web.addresses import PAGE\nget(f"{PAGE}/basket")', []),
        (counted_places, "for place, line in enumerate(lines):\n    pass", ["1: place counts"]),
        (counted_places, "[place for place, line in enumerate(lines, 1)]", ["1: place counts"]),
        (counted_places, "{n: x for n, (place, x) in enumerate(pairs)}", ["1: place counts"]),
        (counted_places, "for number, line in enumerate(lines, 1):\n    place = line.place", []),
        (vague_fields, "class Hits:\n    found: list[int]\n    more: bool", ["2: Hits.found"]),
        (vague_fields, "class Pair:\n    one: int = 0", ["2: Pair.one"]),
        (vague_fields, "class Hits:\n    def of(self):\n        found: int = 1", []),
        (vague_parameters, "def f(one, *, found=None): ...", ["1: parameter one", "1: parameter found"]),
        (vague_parameters, "people.sort(key=lambda one: one.name)", ["1: parameter one"]),
        (vague_parameters, "names = [one.name for one in people]\nfound = look(other=1)", []),
        (wishes, "class Wish:\n    pass\nclass Wished:\n    pass", ["1: class Wish"]),
    ],
)
def test_each_would_be_seen(finding: Finding, source: str, said: list[str]) -> None:
    assert list(finding(ast.parse(source))) == said
