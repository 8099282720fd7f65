"""Conditions of templates: which outcomes the written pages have shown, and how a page would read were one otherwise.

The house of the tests makes its templates with `Watched`, which marks each condition, each part of it that `and` and `or`
join, and each loop that says something when there is nothing. A mark lets its value pass; while pages are written down it
notes whether it held.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import current_app
from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame

Sides = dict[str, dict[str, set[bool]]]
Turned = frozenset[tuple[str, str]]
LETTERS = {(): ".", (True,): "t", (False,): "f", (False, True): "b"}


class _Watch:
    """What is noted at this moment, {template: {condition: what it was}}, and which conditions are turned round."""

    def __init__(self) -> None:
        self.sides: Sides | None = None
        self.turned: Turned = frozenset()
        self.found: dict[str, list[str]] = {}

    def seen(self, value: Any, template: str, condition: str) -> Any:
        if self.sides is None:
            return value
        if (template, condition) in self.turned:
            value = not value
        self.sides.setdefault(template, {}).setdefault(condition, set()).add(bool(value))
        return value


WATCH = _Watch()


def _seen(value: Any, template: str, condition: str) -> Any:
    return WATCH.seen(value, template, condition)


def _seen_many(value: Any, template: str, condition: str) -> Any:
    return WATCH.seen(list(value), template, condition) or []


MARKS = {"seen": _seen, "seen_many": _seen_many}


class Watched(CodeGenerator):
    """Writes the code of a template whose conditions are marked."""

    def visit_Template(self, node: nodes.Template, frame: Frame | None = None) -> None:  # the name is Jinja’s
        marker = Marker(self.name or "")
        marker.mark(node)
        WATCH.found[self.name or ""] = marker.found
        super().visit_Template(node, frame)


def watch(environment: Environment) -> None:
    """Every template that is made from here on is watched."""
    environment.filters |= MARKS
    environment.code_generator_class = Watched


class Marker:
    """Marks the conditions of one template; `found` are their words in the order of the template."""

    def __init__(self, template: str) -> None:
        self.found: list[str] = []
        self._template = template
        self._within: set[int] = set()

    def mark(self, tree: nodes.Template) -> None:
        for node in list(tree.find_all((nodes.If, nodes.CondExpr, nodes.For, nodes.And, nodes.Or))):
            if isinstance(node, nodes.For):
                node.test = self._whole(node.test) if node.test else None
                node.iter = self._marked(node.iter, "seen_many") if node.else_ else node.iter
            elif isinstance(node, nodes.If | nodes.CondExpr):
                node.test = self._whole(node.test)
            elif id(node) not in self._within:  # the last of them is what is shown
                node.left = self._parts(node.left)

    def _whole(self, test: nodes.Expr) -> nodes.Expr:
        joined = isinstance(test, nodes.And | nodes.Or)
        text = told(test)
        test = self._parts(test)
        return self._marked(test, text=text) if joined else test

    def _parts(self, test: nodes.Expr) -> nodes.Expr:
        if isinstance(test, nodes.And | nodes.Or):
            self._within.add(id(test))
            test.left, test.right = self._parts(test.left), self._parts(test.right)
            return test
        if isinstance(test, nodes.Not):
            test.node = self._parts(test.node)
            return test
        return test if isinstance(test, nodes.Literal) else self._marked(test)

    def _marked(self, test: nodes.Expr, mark: str = "seen", text: str = "") -> nodes.Expr:
        text = text or told(test)
        again = sum(one.partition(" #")[0] == text for one in self.found)
        key = f"{text} #{again + 1}" if again else text
        self.found.append(key)
        said = [nodes.Const(one, lineno=test.lineno) for one in (self._template, key)]
        return nodes.Filter(test, mark, said, [], None, None, lineno=test.lineno)


def conditions(environment: Environment, template: str, source: str) -> list[str]:
    """The conditions of a template as they are called here, in its order."""
    marker = Marker(template)
    marker.mark(environment.parse(source))
    return marker.found


JOINS = {nodes.And: "and", nodes.Or: "or", nodes.Add: "+", nodes.Sub: "-", nodes.Mul: "*", nodes.Mod: "%"}
SIGNS = {"eq": "==", "ne": "!=", "gt": ">", "gteq": ">=", "lt": "<", "lteq": "<=", "in": "in", "notin": "not in"}


def told(node: nodes.Node | None) -> str:
    """An expression as it would be written."""
    match node:
        case nodes.Name():
            return str(node.name)
        case nodes.Const():
            return repr(node.value)
        case nodes.Getattr():
            return f"{told(node.node)}.{node.attr}"
        case nodes.Getitem():
            return f"{told(node.node)}[{told(node.arg)}]"
        case nodes.Filter(name="seen" | "seen_many"):
            return told(node.node)
        case nodes.Filter():
            return f"{told(node.node)}|{node.name}{_given(node) if node.args or node.kwargs else ''}"
        case nodes.Call():
            return f"{told(node.node)}{_given(node)}"
        case nodes.Test():
            return f"{told(node.node)} is {node.name}{_given(node) if node.args else ''}"
        case nodes.Not():
            return f"not {told(node.node)}"
        case nodes.Compare():
            return told(node.expr) + "".join(f" {SIGNS[one.op]} {told(one.expr)}" for one in node.ops)
        case nodes.BinExpr():
            return f"({told(node.left)} {JOINS[type(node)]} {told(node.right)})"
        case nodes.Tuple() | nodes.List():
            return f"({', '.join(map(told, node.items))})"
        case nodes.Concat():
            return " ~ ".join(map(told, node.nodes))
        case nodes.CondExpr():
            return f"({told(node.expr1)} if {told(node.test)} else {told(node.expr2)})"
        case nodes.Slice():
            return f"{told(node.start)}:{told(node.stop)}"
        case None:
            return ""
    return type(node).__name__.lower()


def _given(node: Any) -> str:
    given = [*map(told, node.args), *(f"{one.key}={told(one.value)}" for one in node.kwargs)]
    return f"({', '.join(given)})"


@contextmanager
def sides_noted(sides: Sides) -> Iterator[None]:
    """What conditions are meanwhile is noted there."""
    current_app.extensions["frames"].clear()  # of every page's head and foot one is kept: it is made anew
    WATCH.sides = sides
    try:
        yield
    finally:
        WATCH.sides = None


@contextmanager
def turned(which: Turned) -> Iterator[None]:
    """These (template, condition) are the contrary of what they are."""
    WATCH.turned = which
    try:
        yield
    finally:
        WATCH.turned = frozenset()


def written_out(sides: Sides) -> str:
    """A line for each template: of each condition, in its order, whether it was true, false, both or never asked."""
    lines = []
    for template in sorted(sides):
        seen = (sides[template].get(one, set()) for one in WATCH.found[template])
        lines.append(f"{template} {''.join(LETTERS[tuple(sorted(one))] for one in seen)}\n")
    return "".join(lines)


def read_sides(lines: str) -> dict[str, list[set[bool]]]:
    """{template: what each of its conditions was, in its order} of what was written out."""
    sides = {letter: set(seen) for seen, letter in LETTERS.items()}
    return {
        name: [sides[one] for one in letters] for name, _, letters in (line.partition(" ") for line in lines.splitlines())
    }
