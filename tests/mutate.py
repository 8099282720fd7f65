"""Small changes to the code, one at a time: would a test notice? `make mutate PATHS=catalog/rules/categories.py`.

Cosmic Ray makes the changes in a copy of the tree and runs the tests of the same package after each, those that name the
changed file first. What survives is printed as a diff: a test is missing there, or the change means nothing.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import WorkerOutcome, WorkResult

from app.settings import HOUSE

BIN = Path(sys.executable).parent
# `|` joins types more often than numbers, and a `-1` for a `1` in a table's width is no behaviour.
LEFT_OUT = ("core/ReplaceBinaryOperator_BitOr", "core/ReplaceUnaryOperator_Delete")
TESTS_ELSEWHERE = {"app/practice": "tests/payments", "app/console": "tests/engines", "app/settings.py": "tests/house"}
SLOWEST = 300.0  # seconds for the tests of one change
CONFIG = """[cosmic-ray]
module-path = {paths}
timeout = {timeout}
excluded-modules = []
test-command = {command}

[cosmic-ray.distributor]
name = "local"
"""


def tests_of(path: str) -> str:
    """The folder that tests a file."""
    for start, folder in TESTS_ELSEWHERE.items():
        if path.startswith(start):
            return folder
    return "tests/" + path.removeprefix("app/").split("/")[0]


def in_order(paths: list[str], tests: list[str]) -> list[str]:
    """The test files, those first that name a changed module: most changes then fall at once."""
    modules = [path.removesuffix(".py").removesuffix("/__init__").replace("/", ".") for path in paths]
    files: list[Path] = []
    for name in tests:
        files += [HOUSE / name] if name.endswith(".py") else (HOUSE / name).rglob("test_*.py")

    def far(file: Path) -> tuple[bool, bool, str]:
        text = file.read_text(encoding="utf-8")
        return (
            not any(module in text for module in modules),
            not any(module.rsplit(".", 1)[-1] in text for module in modules),
            file.name,
        )

    return [file.relative_to(HOUSE).as_posix() for file in sorted(files, key=far)]


def copy_tree(copy: Path) -> None:
    """What git knows or would know, as it stands now."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=HOUSE, check=True, capture_output=True, text=True
    ).stdout.splitlines()
    for name in listed:
        if (HOUSE / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(HOUSE / name, copy / name)


def thin_out(session: WorkDB, count: int) -> None:
    """Of all changes that could be made, `count` spread evenly."""
    items = list(session.pending_work_items)
    wanted = [item for item in items if not item.mutations[0].operator_name.startswith(LEFT_OUT)]
    step = max(1.0, len(wanted) / count)
    kept = {wanted[int(place * step)].job_id for place in range(min(count, len(wanted)))}
    for item in items:
        if item.job_id not in kept:
            session.set_result(item.job_id, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def survivors(dump: str) -> tuple[int, list[str]]:
    """How many changes were tried, and the diffs of those that no test noticed."""
    tried, found = 0, []
    for line in dump.splitlines():
        _item, result = json.loads(line)
        if result is None or result["worker_outcome"] == "skipped":
            continue
        tried += 1
        if result["test_outcome"] == "survived":
            found.append(result["diff"])
    return tried, found


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutate", description=__doc__)
    parser.add_argument("paths", nargs="+", help="files of the product")
    parser.add_argument("--tests", nargs="*", help="files or folders of tests; those of the same package when not said")
    parser.add_argument("--count", type=int, default=40, help="how many changes are tried")
    given = parser.parse_args()
    tests = in_order(given.paths, given.tests or sorted({tests_of(path) for path in given.paths}))
    with tempfile.TemporaryDirectory(prefix="tiwizi-mutate-") as folder:
        copy = Path(folder) / "tree"
        copy_tree(copy)
        command = f"env PYTHONPATH={copy} {sys.executable} -B -m pytest -x -q {' '.join(tests)}"
        config, session = Path(folder) / "config.toml", Path(folder) / "session.sqlite"
        config.write_text(
            CONFIG.format(paths=json.dumps(given.paths), timeout=SLOWEST, command=json.dumps(command)), encoding="utf-8"
        )
        run = [BIN / "cosmic-ray"]
        subprocess.run([*run, "init", config, session], cwd=copy, check=True)
        with use_db(str(session), WorkDB.Mode.open) as database:
            thin_out(database, given.count)
        if subprocess.run(command.split(), cwd=copy, check=False, stdout=subprocess.DEVNULL).returncode:
            sys.exit("tests.mutate: the tests fail before anything is changed")
        subprocess.run([*run, "exec", config, session], cwd=copy, check=True)
        dump = subprocess.run([*run, "dump", session], cwd=copy, check=True, capture_output=True, text=True).stdout
    tried, found = survivors(dump)
    print("\n".join(found))
    print(f"{tried} changes were tried; {len(found)} were noticed by no test.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
