"""The numbers that stand in the midst of the code: bounds of a look-up, days of a promise, sizes of a drawing.

Those with a name, and what a function takes unless it is told another, are read by `test_limits.py`.
"""

import ast
from collections.abc import Iterator

from tests.house.syntax import PACKAGES, trees
from tests.kinds.written import check_kept

ELSEWHERE = ("app/practice/", "app/console/", *(f"{one}/demo" for one in ("catalog", "orders", "projectbank", "academy")))
PRODUCT = tuple(one for one in PACKAGES if one != "migrations")
Function = ast.FunctionDef | ast.AsyncFunctionDef


def numbers_within() -> dict[str, str]:
    """{module: its functions, each with the numbers in its body} but for none, one and the place of an element."""
    found = {}
    for name, tree in trees(PRODUCT):
        if not name.startswith(ELSEWHERE):
            told = [f"{title}: {' '.join(numbers)}" for title, body in functions(tree) if (numbers := list(said(body)))]
            found.update({name: "\n".join(told) + "\n"} if told else {})
    return found


def functions(tree: ast.Module) -> Iterator[tuple[str, Function]]:
    """(name, function) of those of the module and of its classes."""
    for node in tree.body:
        if isinstance(node, Function):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{one.name}", one) for one in node.body if isinstance(one, Function))


def said(function: Function) -> Iterator[str]:
    nodes = [node for statement in function.body for node in ast.walk(statement)]
    places = {id(node.slice) for node in nodes if isinstance(node, ast.Subscript)}
    for node in nodes:
        if isinstance(node, ast.Constant) and type(node.value) in (int, float) and id(node) not in places:
            yield from [] if node.value in (0, 1) else [repr(node.value)]


def test_no_number_within_the_code_is_changed_unseen(write_pages: bool) -> None:
    """Each stands a second time in `pages/numbers_within.txt`, under the function that says it."""
    check_kept("numbers_within", numbers_within(), write_pages)
