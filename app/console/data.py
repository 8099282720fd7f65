"""Commands over the data: check, backup, restore, demo, jobs, search."""

import io
import json
import logging
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import OperationalError, ProgrammingError

from app.engines import journal
from app.engines.backup import BackupRefused, back_up, restore_from
from app.engines.db import db
from app.engines.housekeeping import rebuild_search, seal_journal
from app.engines.jobs import retry_failed_jobs, run_due_jobs
from app.engines.language import LANGUAGES, language, speaking, translate
from app.engines.logs import set_up_logs
from app.engines.migrating import upgrade_database
from app.engines.place import home, standing_in
from app.engines.sealing import KeyRefused, key_file, key_in
from app.engines.transactions import transaction
from app.kernel.typed import own_whole
from app.module import Progress
from app.territories.loading import name_in, territories, territory_named


def say(as_json: bool, sentence: str, **facts: object) -> None:
    """One line: words on a terminal, an object for a machine."""
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else sentence)


def _report(problems: Iterable[str], as_json: bool) -> None:
    lines = list(problems)
    for problem in lines:
        say(as_json, problem, problem=problem)
    say(as_json, f"{len(lines)} problems" if lines else "Everything holds.", problems=len(lines))
    if lines:
        sys.exit(1)


@click.command()
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
def check(as_json: bool) -> None:
    """Check every invariant; exit 1 and a list when one fails. What needs a person is told apart and fails nothing."""
    problems = list(_problems(current_app.extensions["checks"]))
    for sentence in _attention(problems):
        say(as_json, f"needs a person: {sentence}", needs_a_person=sentence)
    _report(problems, as_json)


def _attention(problems: list[str]) -> Iterator[str]:
    """Not asked where tables are missing: the problems say it."""
    for asked in current_app.extensions["attention"].values():
        try:
            yield from asked()
        except (OperationalError, ProgrammingError):
            if not problems:
                raise
            db.session.rollback()


def _problems(checks: Mapping[str, Callable[[], Iterable[str]]]) -> Iterator[str]:
    """The schema first: where it is wrong, a check that trips over it says so, and the others go on."""
    wrong = list(checks["schema"]())
    yield from wrong
    for name, problems in checks.items():
        if name == "schema":
            continue
        try:
            yield from problems()
        except (OperationalError, ProgrammingError):
            if not wrong:
                raise
            db.session.rollback()
            yield f"{name}: cannot be checked before the schema is right"


def known_seal(_context: click.Context, _parameter: click.Parameter, text: str | None) -> tuple[int, str] | None:
    if text is None:
        return None
    number, _, seal = text.partition(":")
    sequence = own_whole(number)
    if sequence is None or not seal:
        raise click.BadParameter("SEQUENCE:SEAL, as an earlier run told it")
    return sequence, seal


@click.command("verify-journal")
@click.option("--json", "as_json", is_flag=True)
@click.option(
    "--known",
    callback=known_seal,
    metavar="SEQUENCE:SEAL",
    help="The last seal of an earlier run or of the log: lines cut off at the end are found by it.",
)
@with_appcontext
def verify_journal(as_json: bool, known: tuple[int, str] | None) -> None:
    """Name every journal line that was altered; tell the last seal, to be kept elsewhere."""
    seal_journal()
    problems = journal.altered_lines()
    if known is not None and not journal.continues(*known):
        problems.append(f"journal: line {known[0]} of the sequence is not the one that was known")
    last = journal.head()
    if last is not None:
        say(as_json, f"Last seal: {last[0]}:{last[1]}", sequence=last[0], seal=last[1])
    _report(problems, as_json)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_appcontext
def backup(file: Path) -> None:
    """Write database and files into one archive; exit 1 and a list when a file that a row names is not there."""
    first = not key_file().exists()
    try:
        made = back_up(file)
    except KeyRefused as refused:
        sys.exit(f"tiwizi: {refused}")
    except OSError as trouble:
        sys.exit(f"tiwizi: {file} cannot be written: {trouble.strerror}")
    if first:
        click.echo(f"Archives are sealed with {key_file()}: keep a copy of it elsewhere, it is in no archive.", err=True)
    click.echo(f"{file}: {made.rows} rows, {made.files} files")
    if made.missing:
        for line in made.missing:
            click.echo(f"tiwizi: {line}", err=True)
        sys.exit(f"tiwizi: {len(made.missing)} files are missing in the archive. Is TIWIZI_INSTANCE the right folder?")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--verify", is_flag=True, help="Compare the archive with its own sums and with what was restored.")
@click.option("--key", type=click.Path(dir_okay=False, path_type=Path), help="The file with the key that sealed it.")
@click.option("--unsealed", is_flag=True, help="Trust the archive without a key: who could have altered it, nobody knows.")
@with_appcontext
def restore(file: Path, verify: bool, key: Path | None, unsealed: bool) -> None:
    """Put an archive back into an empty instance."""
    if (key is None) is not unsealed:
        sys.exit("tiwizi: say --key FILE, the key that sealed it, or --unsealed for an archive that you trust without one")
    try:
        counts = restore_from(file, verify, None if key is None else key_in(key))
    except (BackupRefused, KeyRefused) as refused:
        sys.exit(f"tiwizi: {refused}")
    click.echo(f"{file}: {counts['rows']} rows, {counts['files']} files restored" + (", verified" if verify else ""))


def shown_on(bar: Any) -> Progress:
    """Progress as a bar of the terminal."""

    def show(done: int, total: int) -> None:
        bar.length = total
        bar.update(done - bar.pos)

    return show


@click.group()
def demo() -> None:
    """Demonstration data."""


def language_of_terminal() -> str:
    """The language the terminal is set to, when it is one of ours; English otherwise."""
    wanted = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return wanted[:2] if wanted[:2] in LANGUAGES else "en"


def refuse_demo(key: str) -> None:
    """End with a sentence in the reader's language where demonstration data has no place: before anything is written."""
    wanted = territory_named(key)
    if not current_app.config["DEMO"]:
        code = "not-a-demonstration"
    elif key not in current_app.config["TERRITORIES"]:
        code = "territory-not-served"
    elif not wanted.demo_data:
        code = "no-demonstration-data"
    else:
        return
    with speaking(language_of_terminal()):
        name = name_in(wanted.names, language())
        sys.exit(f"tiwizi: {translate(current_app.extensions['refusals'][code], territory=name)}")


@demo.command("load")
@click.option("--territory", "key", type=click.Choice([one.key for one in territories()]), help="The first one served.")
@click.option("--size", default="small", type=click.Choice(["small", "large"]))
@with_appcontext
def load_demo(key: str | None, size: str) -> None:
    """Fill an empty demonstration with a territory's data; a filled one is left as it is."""
    territory = territory_named(key) if key else home()
    refuse_demo(territory.key)
    with standing_in(territory.key):
        fill_demo(size)


def fill_demo(size: str) -> None:
    set_up_logs(logging.WARNING)
    upgrade_database()
    modules = [module for module in current_app.extensions["modules"] if module.demo is not None]
    for module in modules:
        with click.progressbar(length=1, label=f"{module.name:16}", file=sys.stderr) as bar:
            module.demo(size, shown_on(bar))
    with redirect_stdout(io.StringIO()):  # the letters of the demo's past are read on its letter page
        run_due_jobs(1_000_000)
    rebuild_search()


@click.group()
def jobs() -> None:
    """Jobs and letters waiting in the database."""


@jobs.command("run")
@with_appcontext
def run_jobs() -> None:
    """Run everything that is due, then end."""
    click.echo(f"{run_due_jobs(1_000_000)} jobs")


@jobs.command("retry")
@with_appcontext
def retry_jobs() -> None:
    """Let work that was given up, such as letters of a long outage, be tried anew."""
    with transaction():
        count = retry_failed_jobs()
    click.echo(f"{count} jobs wait again")


@click.group()
def search() -> None:
    """The search index."""


@search.command("rebuild")
@with_appcontext
def rebuild() -> None:
    """Build the index anew from the database."""
    click.echo(f"{rebuild_search()} documents")
