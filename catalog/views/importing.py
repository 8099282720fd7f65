"""The office's import of a file, looked at first and then written; and the export of everything."""

from collections.abc import Mapping, Sequence

from flask import Response as FlaskResponse
from flask import flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.services import begin_long_work
from app.engines.language import language, translate
from app.engines.long_work import packed
from app.engines.transactions import make_way, transaction
from app.kernel.actor import CHAIR, SELLER
from app.kernel.clock import now
from app.kernel.errors import Conflict, Invalid, Refusal
from app.kernel.text import msg
from app.territories.loading import territory_named
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.safety import takes_files
from app.web.visitor import actor
from catalog.forms.columns import ColumnLine, HeadersForm, said_of
from catalog.forms.zones import ImportForm
from catalog.gateway.files import read_goods
from catalog.gateway.formats import Taken
from catalog.gateway.goods import Problem
from catalog.gateway.headers import MOST_ASKED, SAMPLES, STARTS_WITH
from catalog.gateway.own import written
from catalog.gateway.report import LOOKED_AT_ONCE, WRITTEN_AT_ONCE, Became, Report, batches, report_on
from catalog.gateway.sheet_out import MIME, written_sheet
from catalog.queries.export import export_rows
from catalog.queries.looking import Look
from catalog.queries.mappings import columns_said
from catalog.queries.office import territory_of
from catalog.queries.plans import begins_with_nothing
from catalog.queries.standing import known_products
from catalog.services.importing import import_batch
from catalog.services.long_import import LONG_IMPORT, import_portions
from catalog.services.mappings import remember_columns
from catalog.views.blueprint import catalog
from catalog.views.office import Answer

MOST_ROWS = 5_000  # a larger file is the operator's, by the command
RESULT_WORDS = {
    "created": msg("Taken as a new product"),
    "changed": msg("Brought up to the file"),
    "unchanged": msg("Stayed as it was"),
    "refused": msg("Not taken"),
}
FATE_WORDS = {
    "taken": msg("Taken"),
    "kept": msg("Counted, and not fetched"),
    "ignored": msg("Ignored: it says nothing to us"),
    "asked": msg("Not known: you were asked"),
}
SAID = msg("Kept for files with these columns. Choose the file once more.")
AS_DRAFT = msg("%(result)s (a draft)")
WRITTEN_ON_THE_SPOT = 50  # rows, which take about a second; more of them are long work


@catalog.get(f"{PAGE}/sell/<slug>/products/import")
@access(office(SELLER, CHAIR))
def import_page(slug: str) -> Answer:
    """Choose a file."""
    return render_template("catalog/office_import.html", form=ImportForm(formdata=None).fill(), report=None)


@catalog.post(f"{PAGE}/sell/<slug>/products/import")
@access(office(SELLER, CHAIR))
@takes_files
def import_file(slug: str) -> Answer:
    """What would happen, or what has happened, row by row; a large file is written as long work, which has its own page."""
    form = ImportForm().fill()
    try:
        sound = form.validate()
        if not form.file.data:
            raise Invalid("catalog-file-missing", "file")
        if not sound:
            return render_template("catalog/office_import.html", form=form, report=None), 422
        currency = territory_named(territory_of(g.office.id)).currency
        said = columns_said(g.office.id)
        taken = read_goods(form.file.data.stream, form.format.data, currency, MOST_ROWS, said)
        known = known_products(g.office.id, taken.goods)
        if STARTS_WITH not in said.get(taken.headers, {}) and begins_with_nothing(taken, known):
            return _ask(taken.headers, {}), 422
        if form.step.data == "write" and len(taken.goods) > WRITTEN_ON_THE_SPOT:
            return _write_later(taken, known)
        report = (_write if form.step.data == "write" else _look)(taken, known)
    except Refusal as refusal:
        if "asked" in refusal.facts:
            return _ask(refusal.facts["headers"], refusal.facts["asked"]), refusal.status
        form.show(refusal)
        return render_template("catalog/office_import.html", form=form, report=None), refusal.status
    return render_template(
        "catalog/office_import.html",
        form=form,
        report=report,
        problems=[(outcome.line, _sentence(outcome.problem)) for outcome in report.listed if outcome.problem],
        notes=[(line, _sentence(note)) for line, note in report.notes],
        products=[(one.name, one.line, _became(one)) for one in report.products],
        columns=[(column, translate(FATE_WORDS[fate])) for column, fate in report.columns.items()],
        written=form.step.data == "write",
    )


def _ask(headers: str, asked: Mapping[str, Sequence[str]]) -> str:
    """What do these columns say, with some of what stands in each? And how many are there, where none of them says it?"""
    form = HeadersForm(formdata=None).fill()
    form.known_by.data = headers
    lines = [
        (ColumnLine(formdata=None, prefix=f"c{index}-").fill(header), samples)
        for index, (header, samples) in enumerate(asked.items())
    ]
    return render_template("catalog/office_import_columns.html", form=form, lines=lines)


@catalog.post(f"{PAGE}/sell/<slug>/products/import/columns")
@access(office(SELLER, CHAIR))
def say_columns(slug: str) -> Answer:
    """What the columns of a file say, kept for all files with the same ones."""
    form = HeadersForm().fill()
    count = min(MOST_ASKED, sum(1 for name in request.form if name.endswith("-means")))
    lines = [ColumnLine(prefix=f"c{index}-").fill() for index in range(count)]
    said = said_of(lines)
    if not form.validate() or said is None:
        return render_template("catalog/office_import_columns.html", form=form, lines=_shown(lines)), 422
    there = {} if lines else columns_said(g.office.id).get(form.known_by.data, {})  # asked of nothing but the stock
    try:
        with transaction():
            columns = {**{name: column for name, column in there.items() if name != STARTS_WITH}, **said}
            remember_columns(actor(), g.office.id, form.known_by.data, columns, form.starts_with)
    except Invalid as refusal:
        form.show(refusal)
        return render_template("catalog/office_import_columns.html", form=form, lines=_shown(lines)), refusal.status
    flash(translate(SAID), "success")
    return redirect(url_for("catalog.import_page", slug=slug), 303)


def _shown(lines: Sequence[ColumnLine]) -> list[tuple[ColumnLine, list[str]]]:
    """With the samples that stood beside them."""
    return [(line, request.form.getlist(f"c{index}-column-sample")[:SAMPLES]) for index, line in enumerate(lines)]


def _sentence(problem: Problem) -> str:
    return refusal_text(Invalid(problem.code, **problem.facts))


def _became(product: Became) -> str:
    result = translate(RESULT_WORDS[product.result])
    return translate(AS_DRAFT, result=result) if product.draft and product.result != "refused" else result


def _look(taken: Taken, known: Mapping[str, int]) -> Report:
    """What would happen; nothing is written and nobody waits."""
    goods, own = taken.goods, taken.name == "tiwizi"
    report, look = report_on(goods, taken.columns), Look(g.office.id, own, known, now())
    for batch in batches(goods, LOOKED_AT_ONCE):
        report.add_products(batch, look.at(batch))
    return report


def _write(taken: Taken, known: Mapping[str, int]) -> Report:
    """In pieces, each in a transaction of its own that is over before others notice."""
    goods, own = taken.goods, taken.name == "tiwizi"
    report = report_on(goods, taken.columns)
    for batch in batches(goods, WRITTEN_AT_ONCE):
        with transaction():
            outcomes = import_batch(actor(), g.office.id, batch, own, known)
        report.add_products(batch, outcomes)
        make_way()
    return report


def _write_later(taken: Taken, known: Mapping[str, int]) -> Response:
    """As long work; to the page of the one that is under way, when there is one."""
    pieces = packed(import_portions(taken.goods, taken.name == "tiwizi", known))
    try:
        with transaction():
            work_id = begin_long_work(actor(), LONG_IMPORT, g.office.id, pieces, now())
    except Conflict as busy:
        flash(refusal_text(busy), "error")
        work_id = busy.facts["work"]
    return redirect(url_for("accounts.long_work", work_id=work_id), 303)


@catalog.get(f"{PAGE}/sell/<slug>/products/export.csv")
@access(office(SELLER, CHAIR))
def export_file(slug: str) -> FlaskResponse:
    """Everything this cooperative has, in our own format."""
    return FlaskResponse(
        written(export_rows(g.office.id)),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={slug}-products.csv"},
    )


@catalog.get(f"{PAGE}/sell/<slug>/products/export.xlsx")
@access(office(SELLER, CHAIR))
def export_sheet(slug: str) -> FlaskResponse:
    """The same as a spreadsheet, from right to left for who reads Arabic."""
    return FlaskResponse(
        written_sheet(export_rows(g.office.id), language() == "ar"),
        mimetype=MIME,
        headers={"Content-Disposition": f"attachment; filename={slug}-products.xlsx"},
    )
