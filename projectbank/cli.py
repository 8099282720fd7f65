"""`tiwizi import projects`."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from app.accounts.queries import person_with_contact, read_contact
from app.console.transfer import import_group
from app.engines.language import speaking
from app.engines.place import here
from app.engines.transactions import make_way, transaction
from app.kernel.actor import SYSTEM
from app.kernel.errors import Invalid, Refusal
from app.web.errors import refusal_text
from projectbank.gateway import rows_of, sheet_of
from projectbank.services.importing import import_sheet, look_at_sheet, office_author

WRITTEN_AT_ONCE = 10  # rows, then others have their turn


@import_group.command("projects")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--author", metavar="CONTACT", help="Whose drafts they become; the first operator's when nobody is named.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One object per line; the last one has the sums.")
@with_appcontext
def import_projects(file: Path, author: str | None, dry_run: bool, as_json: bool) -> None:
    """Read project sheets (our JSON or CSV) from FILE as drafts; a sheet is known again by its slug."""
    with speaking("en"):
        try:
            author_id, rows = _author(author), list(rows_of(file))
        except Refusal as refusal:
            click.echo(json.dumps({"problem": refusal_text(refusal)}) if as_json else refusal_text(refusal), err=not as_json)
            sys.exit(1)
        counts = {"rows": len(rows), "created": 0, "changed": 0, "unchanged": 0, "refused": 0}
        problems, seen = [], set[str]()
        with click.progressbar(rows, label="Projects", file=sys.stderr, hidden=as_json or not sys.stderr.isatty()) as bar:
            for number, row in enumerate(bar, 1):
                try:
                    counts[_write(row, author_id, seen, dry_run)] += 1
                except Refusal as refusal:
                    counts["refused"] += 1
                    problems.append({"place": number, "reason": refusal_text(refusal)})
                if number % WRITTEN_AT_ONCE == 0 and not dry_run:
                    make_way()
        _tell(counts, problems, as_json)


def _author(contact: str | None) -> int:
    """Raises Invalid("no-author")."""
    if contact is None:
        found = office_author()
    else:
        known = person_with_contact(read_contact(contact, here().key))
        found = known.id if known else None
    if found is None:
        raise Invalid("no-author")
    return found


def _write(row: Mapping[str, Any], author_id: int, seen: set[str], dry_run: bool) -> str:
    """One row in its own transaction, or only looked at: what is refused does not stop the others."""
    sheet = sheet_of(row)
    if sheet.slug in seen:
        raise Invalid("row-twice", slug=sheet.slug)
    seen.add(sheet.slug)
    said = (sheet.slug, sheet.digest, sheet.facts, sheet.texts, sheet.source, here().key)
    if dry_run:
        return look_at_sheet(*said)
    with transaction():
        return import_sheet(SYSTEM, author_id, *said)


def _tell(counts: dict[str, int], problems: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({**counts, "problems": problems}, ensure_ascii=False))
        return
    for problem in problems:
        click.echo(f"row {problem['place']}: {problem['reason']}")
    click.echo(", ".join(f"{name} {count}" for name, count in counts.items()))
