"""`tiwizi import products` and `tiwizi export products`."""

import json
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import click
from flask.cli import with_appcontext

from app.console.transfer import export_group, import_group
from app.engines.files.pictures import Picture, store_picture
from app.engines.language import speaking
from app.engines.long_work import WRITING_SECONDS
from app.engines.transactions import make_way, transaction
from app.kernel.actor import SYSTEM
from app.kernel.clock import now
from app.kernel.errors import Invalid, Refusal
from app.kernel.text import LANGUAGES
from app.territories.loading import territory_named
from app.web.errors import refusal_text
from catalog.gateway.archive import Archive, is_archive, write_archive
from catalog.gateway.formats import FORMATS, Taken, read_map, table_in, taken_from
from catalog.gateway.goods import Problem
from catalog.gateway.headers import FATES
from catalog.gateway.own import written
from catalog.gateway.report import (
    LOOKED_AT_ONCE,
    READY_AT_ONCE,
    RESULTS,
    Outcome,
    Report,
    batches,
    report_on,
)
from catalog.gateway.sheet_out import written_sheet
from catalog.gateway.table import MAX_BYTES
from catalog.queries.export import export_pictures, export_rows
from catalog.queries.looking import Look
from catalog.queries.office import organisation_id_of, territory_of
from catalog.queries.standing import Batch, known_products
from catalog.rules.products import MAX_PICTURES
from catalog.services.importing import import_in_time


@import_group.command("products")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--cooperative", required=True, metavar="SLUG", help="Whose products they become.")
@click.option("--format", "format_", default="auto", type=click.Choice(FORMATS), show_default=True)
@click.option(
    "--map",
    "map_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help='JSON: our field to the file\'s column, such as {"title": "Nom", "price": "Prix"}.',
)
@click.option("--language", type=click.Choice(LANGUAGES), help="The language of Latin texts; found out when not said.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One object per line; the last one has the sums.")
@with_appcontext
def import_products(
    file: Path, cooperative: str, format_: str, map_file: Path | None, language: str | None, dry_run: bool, as_json: bool
) -> None:
    """Read products from FILE. Rows without a price become drafts; pictures are not fetched."""
    with speaking("en"):
        organisation_id = organisation_id_of(cooperative)
        if organisation_id is None:
            _stop(f"there is no cooperative {cooperative}", as_json)
        try:
            archive = Archive(file) if is_archive(file) else None
            taken = _read(file, archive, format_, map_file, organisation_id, language)
        except Refusal as refusal:
            _stop(refusal_text(refusal), as_json)
        name, goods = taken.name, taken.goods
        said = {"step": "read", "format": name, "rows": len(goods), "columns": dict(taken.columns)}
        _say(as_json, f"{file.name}: {len(goods)} rows, format {name}", **said)
        report = _taken(organisation_id, taken, archive, dry_run, as_json)
        _tell(report, dry_run, as_json)


def _read(
    file: Path, archive: Archive | None, format_: str, map_file: Path | None, organisation_id: int, language: str | None
) -> Taken:
    if archive is None and file.stat().st_size > MAX_BYTES:
        raise Invalid("catalog-file-too-large", limit=MAX_BYTES // (1024 * 1024))
    table = table_in(archive.table() if archive else file.read_bytes())
    columns = read_map(map_file.read_bytes(), table.columns) if map_file else None
    currency = territory_named(territory_of(organisation_id)).currency
    return taken_from(table, format_, currency, columns, language)


def _taken(organisation_id: int, taken: Taken, archive: Archive | None, dry_run: bool, as_json: bool) -> Report:
    """Looked at by reading alone, or written in pieces between which others have their turn."""
    goods, own = taken.goods, taken.name == "tiwizi"
    report, known = report_on(goods, taken.columns), known_products(organisation_id, goods)
    look = Look(organisation_id, own, known, now())
    quiet = as_json or not sys.stderr.isatty()
    with click.progressbar(length=len(goods), label="Products", file=sys.stderr, hidden=quiet) as bar:
        for batch in batches(goods, LOOKED_AT_ONCE if dry_run else READY_AT_ONCE):
            outcomes = look.at(batch) if dry_run else _written(organisation_id, batch, own, known, archive)
            products = [vars(product) for product in report.add_products(batch, outcomes)]
            bar.update(len(outcomes))
            if as_json:
                step = {"step": "look" if dry_run else "write", "done": report.done, **report.counts, "products": products}
                click.echo(json.dumps(step, ensure_ascii=False))
    return report


def _written(
    organisation_id: int, batch: Batch, own: bool, known: Mapping[str, int], archive: Archive | None
) -> list[Outcome]:
    pictures = _stored(archive, [group for group in batch if group[0].product_key not in known]) if archive else {}
    outcomes: list[Outcome] = []
    while batch:
        with transaction():
            until = time.monotonic() + WRITING_SECONDS
            done = import_in_time(SYSTEM, organisation_id, batch, own, known, until, pictures)
        outcomes += [outcome for product in done for outcome in product]
        batch = batch[len(done) :]
        make_way()
    return outcomes


def _stored(archive: Archive, batch: Batch) -> dict[str, list[Picture]]:
    """The pictures of new products, read from the archive and stored; one that cannot be read is told and left out."""
    stored: dict[str, list[Picture]] = {}
    for group in batch:
        for name in [name for row in group for name in row.files][:MAX_PICTURES]:
            try:
                content = archive.picture(name)
                if content is not None:
                    stored.setdefault(group[0].product_key, []).append(store_picture(content))
            except Refusal as refusal:
                click.echo(f"{name}: {refusal_text(refusal)}", err=True)
    return stored


def _tell(report: Report, dry_run: bool, as_json: bool) -> None:
    problems = [{"place": f"line {one.line}", "reason": reason_of(one)} for one in report.listed]
    sums: Mapping[str, Any] = {
        "rows": report.rows,
        **report.counts,
        "drafts": report.drafts,
        "problems": problems,
        "notes": [{"place": f"line {line}", "note": sentence_of(note)} for line, note in report.notes],
        "columns": dict(report.columns),
        "pictures_not_fetched": report.pictures,
        "dry_run": dry_run,
    }
    if as_json:
        click.echo(json.dumps(sums, ensure_ascii=False))
        return
    for problem in problems:
        click.echo(f"{problem['place']}: {problem['reason']}")
    for product in report.products:
        click.echo(f"line {product.line}: {product.name}: {product.result}{', a draft' if product.draft else ''}")
    for line, note in report.notes:
        click.echo(f"line {line}: {sentence_of(note)}")
    for fate in FATES:
        if those := [column for column, became in report.columns.items() if became == fate]:
            click.echo(f"columns {fate}: {', '.join(those)}")
    click.echo(
        ", ".join(f"{count} {name}" for name, count in report.counts.items())
        + f" of {report.rows} rows, {report.drafts} of them drafts"
        + (f"; {report.pictures} pictures were not fetched" if report.pictures else "")
        + ("; nothing was written" if dry_run else "")
    )


def reason_of(outcome: Outcome) -> str:
    """The sentence of a refused row."""
    return sentence_of(outcome.problem) if outcome.problem else ""


def sentence_of(problem: Problem) -> str:
    """What a problem or a note says."""
    return refusal_text(Invalid(problem.code, **problem.facts))


def _say(as_json: bool, sentence: str, **facts: Any) -> None:
    click.echo(json.dumps(facts, ensure_ascii=False) if as_json else sentence)


def _stop(reason: str, as_json: bool) -> NoReturn:
    if as_json:
        nothing = {"rows": 0, **dict.fromkeys(RESULTS, 0), "drafts": 0, "problems": [{"place": "file", "reason": reason}]}
        click.echo(json.dumps(nothing, ensure_ascii=False))
    click.echo(f"tiwizi: {reason}", err=True)
    sys.exit(1)


@export_group.command("products")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--cooperative", required=True, metavar="SLUG", help="Whose products are written.")
@with_appcontext
def export_products(file: Path, cooperative: str) -> None:
    """Write all products of a cooperative into FILE as `import products` reads them; into *.xlsx as a spreadsheet, into
    *.zip with their pictures."""
    organisation_id = organisation_id_of(cooperative)
    if organisation_id is None:
        _stop(f"there is no cooperative {cooperative}", False)
    archived = file.suffix.casefold() == ".zip"
    rows = list(export_rows(organisation_id, archived))
    try:
        if archived:
            count = write_archive(file, written(rows), export_pictures(organisation_id))
        else:
            arabic = sum(row["source"] == "ar" for row in rows) * 2 > len(rows)
            file.write_bytes(written_sheet(rows, arabic) if file.suffix.casefold() == ".xlsx" else written(rows))
    except OSError as refused:
        _stop(f"{file}: {refused.strerror}", False)
    click.echo(f"{file}: {len(rows)} rows" + (f", {count} pictures" if archived else ""))
