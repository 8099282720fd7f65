"""The code keeps the rules of the house: short files, plain names, one place that commits, no imports in functions."""

import ast
import configparser
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import HOUSE
from tests.house.syntax import PACKAGES, name_of, product_files, trees

FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers"}
# The house's database is committed in one place; whoosh's index is closed in one place of its own.
COMMITS = {"app/engines/transactions.py": "session", "app/engines/search/index.py": "writer"}
BEGINS = ("commit", "begin")  # a savepoint (begin_nested) ends nothing
MIGRATIONS = HOUSE / "migrations/versions"
LONGEST_FILE, LONGEST_TEST = 400, 600  # lines
# Where text becomes digits, signs or addresses; the search folds what it looks for, the practice provider stands outside.
READS_TEXT = {
    "app/kernel/typed.py",
    "app/kernel/contacts.py",
    "app/kernel/names.py",
    "app/engines/search/folding.py",
    "app/engines/search/analysis.py",
    "app/territories/legal.py",  # a fact of its own files
}
OWN_READERS = {
    *("isdigit", "isdecimal", "isnumeric", "phonenumbers", "parseaddr"),
    *("IntegerField", "DecimalField", "FloatField", "IntegerRangeField", "DecimalRangeField"),
}
CALLED_FROM_OUTSIDE = {  # by SQLAlchemy, Huey, Flask, Werkzeug, Flask-Login, WTForms, html.parser: found by their names
    *("process_bind_param", "process_result_value", "_set_signal_handlers", "open_session", "get_id", "Meta"),
    "self_group",
    *("_get_file_stream", "ensure_sync"),
    *("post_validate", "validate_phone", "validate_mail", "validate_terms", "_value"),
    *("handle_starttag", "handle_endtag", "handle_data"),
}
PATTERNS = {"startswith", "istartswith", "like", "ilike", "regexp_match"}
WIDE = 140  # columns of a template


def every_file() -> list[Path]:
    tests = [path for path in (HOUSE / "tests").rglob("*.py") if "__pycache__" not in path.parts]
    return product_files() + tests


def longer_than(most: int, paths: list[Path]) -> dict[str, int]:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return {name: length for name, length in lengths.items() if length > most}


def test_there_are_files_to_look_at():
    assert len(product_files()) > 150


def test_transactions_are_closed_in_one_place():
    found = {}
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BEGINS:
                found.setdefault(name, set()).add(f"{ast.unparse(node.func.value)}.{node.func.attr}")
    migrations = {name for name in found if name.startswith("migrations/")}
    assert {name: calls for name, calls in found.items() if name not in migrations} == {
        name: {f"{receiver}.commit"} for name, receiver in COMMITS.items()
    }


def test_no_product_file_is_long():
    """A room that passes about 300 lines becomes a folder; a migration that has landed stays as it is."""
    assert longer_than(LONGEST_FILE, [path for path in product_files() if path.parent != MIGRATIONS]) == {}


def test_no_test_file_is_long():
    tests = [path for path in every_file() if path.is_relative_to(HOUSE / "tests")]
    assert len(tests) > 120
    assert longer_than(LONGEST_TEST, tests) == {}


def test_a_long_file_is_noticed(tmp_path, monkeypatch):
    monkeypatch.setattr("tests.house.syntax.HOUSE", tmp_path)
    for length in (LONGEST_FILE, LONGEST_FILE + 1):
        (tmp_path / f"of_{length}.py").write_text("line = 1\n" * length)
    assert longer_than(LONGEST_FILE, list(tmp_path.iterdir())) == {f"of_{LONGEST_FILE + 1}.py": LONGEST_FILE + 1}


def test_nothing_is_imported_inside_a_function():
    found = []
    for name, tree in trees():
        for function in ast.walk(tree):
            if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                found += [
                    f"{name}:{node.lineno}" for node in ast.walk(function) if isinstance(node, ast.Import | ast.ImportFrom)
                ]
                found += [
                    f"{name}:{node.lineno}"
                    for node in ast.walk(function)
                    if isinstance(node, ast.Call) and ast.unparse(node.func) == "__import__"
                ]
    assert found == []


def test_modules_are_loaded_by_the_factory_alone():
    assert [name for name, tree in trees() if "import_module" in ast.dump(tree)] == ["app/factory.py"]


def test_no_file_has_a_name_that_says_nothing():
    assert [
        name_of(path) for path in every_file() if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES
    ] == []


def test_every_file_says_what_it_is_in_one_line():
    silent = []
    for path in product_files():
        text = path.read_text(encoding="utf-8")
        if text.strip() and not (ast.get_docstring(ast.parse(text)) or "").strip():
            silent.append(name_of(path))
    assert [name for name in silent if not name.startswith("migrations/")] == []


def readings(tree: ast.Module) -> Iterator[str]:
    """Whatever makes digits, signs or addresses out of a text by itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            word = node.attr if isinstance(node, ast.Attribute) else node.id
            if word in OWN_READERS:
                yield word
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if node.value == "NFKC" or any(c.isdecimal() and not c.isascii() for c in node.value):
                yield node.value
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from {one.name for one in node.names} & OWN_READERS


def test_what_people_type_is_read_in_the_kernel_alone():
    found = {name: set(readings(tree)) for name, tree in trees() if not name.startswith("app/practice/")}
    assert {name: words for name, words in found.items() if words and name not in READS_TEXT} == {}
    assert [name for name in READS_TEXT if not found[name]] == []


def test_what_begins_so_is_asked_in_one_way():
    """A pattern reads every row; `begins_with` is found by an index."""
    found = []
    for name, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            of = node.func.value
            column = isinstance(of, ast.Attribute) and isinstance(of.value, ast.Name) and of.value.id[:1].isupper()
            escaped = {"autoescape", "escape"} & {given.arg for given in node.keywords}
            if node.func.attr in PATTERNS and (column or escaped):
                found.append(f"{name}:{node.lineno}")
    assert found == []


def test_nothing_is_left_for_later():
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    texts = [
        path
        for package in PACKAGES
        for ending in ("*.py", "*.html", "*.css", "*.js")
        for path in (HOUSE / package).rglob(ending)
    ]
    assert [name_of(path) for path in texts if mark.search(path.read_text(encoding="utf-8"))] == []


def test_a_type_that_is_not_looked_at_says_why():
    """`# type: ignore[code]  # reason`: the code names one mistake, the words say why it is none."""
    looked_away = re.compile(r"#\s*type:\s*ignore(.*)$", re.MULTILINE)
    found = [
        f"{name_of(path)}: {match.group()}"
        for path in product_files()
        for match in looked_away.finditer(path.read_text(encoding="utf-8"))
        if not re.match(r"\[[a-z,-]+\]  # \w.{8,}", match[1])
    ]
    assert found == []


def test_types_are_looked_at_everywhere():
    settings = configparser.ConfigParser()
    settings.read(HOUSE / "setup.cfg")
    assert set(settings["mypy"]["files"].replace(",", " ").split()) == set(PACKAGES)
    assert settings["mypy"]["strict"] == "True"


def test_no_exception_is_swallowed():
    """`except …: pass` hides; `contextlib.suppress` with its reason says so."""
    found = []
    for name, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and (
                node.type is None or all(isinstance(line, ast.Pass) for line in node.body)
            ):
                found.append(f"{name}:{node.lineno}")
    assert found == []


def test_templates_hold_no_script_no_style_and_no_handler():
    """Before any page is rendered: what the content policy would refuse is not written."""
    bad = re.compile(
        r"<style|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:|<script(?![^>]*\bsrc=)(?![^>]*application/ld\+json)",
        re.IGNORECASE,
    )
    found = [
        f"{name_of(path)}: {match.group()}"
        for package in PACKAGES
        for path in (HOUSE / package).rglob("*.html")
        if (match := bad.search(path.read_text(encoding="utf-8")))
    ]
    assert found == []


def test_no_line_of_a_template_is_long():
    found = {
        f"{name_of(path)}:{number}": len(line)
        for package in PACKAGES
        for path in (HOUSE / package).rglob("*.html")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > WIDE
    }
    assert found == {}


def test_no_page_asks_another_host():
    asks = re.compile(
        r"(?:src|href|action|srcset|poster|data)\s*=\s*[\"'](?:https?:)?//|@import|url\(\s*[\"']?(?:https?:)?//",
        re.IGNORECASE,
    )
    links = re.compile(r"<a\s[^>]*href\s*=\s*[\"']https?://[^>]*>", re.IGNORECASE)
    found = []
    for package in PACKAGES:
        for ending in ("*.html", "*.css", "*.js"):
            for path in (HOUSE / package).rglob(ending):
                text = links.sub("", path.read_text(encoding="utf-8"))
                found += [f"{name_of(path)}: {match.group()}" for match in asks.finditer(text)]
    assert found == []


def test_prose_is_the_only_door_for_html_of_people():
    """`|safe` is used by nobody, and text becomes markup in few known places."""
    assert [
        name_of(path)
        for package in PACKAGES
        for path in (HOUSE / package).rglob("*.html")
        if re.search(r"\|\s*safe\b|autoescape\s+false", path.read_text(encoding="utf-8"))
    ] == []


WAITING = {  # what has no caller in the product yet, and who will call it
    "lines_of": "the history of a thing at the desk; tests read the journal by it",
    "taxes_on": "tax on a sale",
    "sector_named": "a sector read as people write it, in files of ideas",
    "creation_step": "the legal steps of a founding group",
    "mermaid": "the diagrams of the documentation",
}


def crash_points(tree: ast.AST) -> set[str]:
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return {str(call.args[0].value) for call in calls if call.func.id == "crash_point"}


def test_the_process_is_killed_at_every_crash_point():
    """A point that no test kills at says nothing; the tests that kill name it."""
    points = set().union(*(crash_points(tree) for _name, tree in trees()))
    killing = [text for path in (HOUSE / "tests").rglob("*.py") if "kill" in (text := path.read_text(encoding="utf-8"))]
    assert len(points) > 20
    assert [point for point in sorted(points) if not any(f'"{point}"' in text for text in killing)] == []


def test_every_function_has_a_caller():
    """A name that stands once in the product is called by nobody, unless a framework finds it by its decorator or base."""
    texts = [path.read_text(encoding="utf-8") for path in product_files()]
    texts += [path.read_text(encoding="utf-8") for package in PACKAGES for path in (HOUSE / package).rglob("*.html")]
    counted = Counter(word for text in texts for word in re.findall(r"[A-Za-z_]\w*", text))
    alone = {
        node.name
        for name, tree in trees()
        if not name.startswith("migrations/")
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and counted[node.name] == 1 and not node.decorator_list
        if not node.name.startswith("__")
    }
    assert alone - CALLED_FROM_OUTSIDE == set(WAITING)


@pytest.mark.parametrize("words", [("render_template_string",), ("eval(",), ("exec(",), ("pickle.load",), ("yaml.load(",)])
def test_dangerous_tools_are_not_used(words):
    assert [
        name_of(path)
        for path in product_files()
        for word in words
        if re.search(rf"(?<![\w.]){re.escape(word)}", path.read_text(encoding="utf-8"))
    ] == []
