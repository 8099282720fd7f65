"""The office's import of a file, looked at first and then written; and the export of everything."""

from collections.abc import Sequence

from flask import Response as FlaskResponse
from flask import g, render_template

from app.engines.transactions import transaction
from app.kernel.errors import Invalid, Refusal
from app.territories.loading import territory_named
from app.web.access import access, office
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.safety import takes_files
from app.web.visitor import actor
from catalog.forms.zones import ImportForm
from catalog.gateway.files import read_goods
from catalog.gateway.goods import Goods
from catalog.gateway.own import written
from catalog.queries.export import export_rows
from catalog.queries.office import territory_of
from catalog.services.importing import Outcome, Report, batches, import_batch, report_on
from catalog.views.blueprint import catalog
from catalog.views.office import Answer

MOST_ROWS = 5_000  # a larger file is the operator's, by the command


class LookOnly(Exception):
    """Ends a transaction that was only to show what would happen."""


@catalog.get(f"{PAGE}/sell/<slug>/products/import")
@access(office("seller", "chair"))
def import_page(slug: str) -> Answer:
    """Choose a file."""
    return render_template("catalog/office_import.html", form=ImportForm(formdata=None).fill(), report=None)


@catalog.post(f"{PAGE}/sell/<slug>/products/import")
@access(office("seller", "chair"))
@takes_files
def import_file(slug: str) -> Answer:
    """What would happen, or what has happened, row by row."""
    form = ImportForm().fill()
    try:
        sound = form.validate()
        if not form.file.data:
            raise Invalid("catalog-file-missing", "file")
        if not sound:
            return render_template("catalog/office_import.html", form=form, report=None), 422
        currency = territory_named(territory_of(g.office.id)).currency
        name, goods = read_goods(form.file.data.stream, form.format.data, currency, MOST_ROWS)
        report = _import(goods, name == "tiwizi", form.step.data != "write")
    except Refusal as refusal:
        form.show(refusal)
        return render_template("catalog/office_import.html", form=form, report=None), refusal.status
    problems = [
        (outcome.line, refusal_text(Invalid(outcome.problem.code, **outcome.problem.facts)))
        for outcome in report.listed
        if outcome.problem
    ]
    return render_template(
        "catalog/office_import.html",
        form=form,
        report=report,
        problems=problems,
        name=name,
        written=form.step.data == "write",
    )


def _import(goods: Sequence[Goods], own: bool, look: bool) -> Report:
    report = report_on(goods)
    for batch in batches(goods):
        report.add(_batch(batch, own, look))
    return report


def _batch(batch: Sequence[Sequence[Goods]], own: bool, look: bool) -> list[Outcome]:
    outcomes: list[Outcome] = []
    try:
        with transaction():
            outcomes = import_batch(actor(), g.office.id, batch, own)
            if look:
                raise LookOnly
    except LookOnly:
        return outcomes
    return outcomes


@catalog.get(f"{PAGE}/sell/<slug>/products/export.csv")
@access(office("seller", "chair"))
def export_file(slug: str) -> FlaskResponse:
    """Everything this cooperative has, in our own format."""
    return FlaskResponse(
        written(export_rows(g.office.id)),
        mimetype="text/csv",
        headers={"Content-Disposition": f"attachment; filename={slug}-products.csv"},
    )
