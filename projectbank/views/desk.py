"""The office's side: sheets by state, reading one, publishing or returning it."""

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.engines.transactions import transaction
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.web import reading
from app.web.access import access, operator
from app.web.addresses import PAGE
from app.web.errors import refusal_text
from app.web.paging import Page, page_number
from app.web.regions import region_name, sector_name
from app.web.visitor import actor
from projectbank.forms import DecisionForm, WithdrawalForm
from projectbank.permissions import may_decide
from projectbank.queries.desk import QUEUE, count_by_state, file_of, queue
from projectbank.queries.sheet_page import sheet_page
from projectbank.services.deciding import publish_sheet, return_sheet, withdraw_sheet
from projectbank.views.blueprint import projectbank
from projectbank.views.sheet import sheet_words
from projectbank.views.showing import KIND_WORDS, STATE_WORDS, address_of

LINES_A_PAGE = 30
QUEUE_WORDS = {**STATE_WORDS, "submitted": msg("To read"), "returned": msg("Returned")}
DECISION_WORDS = {"published": msg("Published"), "returned": msg("Returned"), "withdrawn": msg("Withdrawn")}


@projectbank.get(f"{PAGE}/desk/projects")
@access(operator)
def desk_projects() -> str:
    """What waits for the office, and what it decided."""
    state = reading.choice("state", QUEUE, QUEUE[0])
    number = page_number()
    counts = count_by_state()
    lines = queue(state, (number - 1) * LINES_A_PAGE, LINES_A_PAGE)
    return render_template(
        "projectbank/desk_projects.html",
        state=state,
        lines=lines,
        page=Page(lines, number, LINES_A_PAGE, counts.get(state, 0)),
        kind_words={kind: translate(words) for kind, words in KIND_WORDS.items()},
        region_name=region_name,
        sector_name=sector_name,
        tabs=[
            (translate(QUEUE_WORDS[key]), url_for("projectbank.desk_projects", state=key), key == state, counts.get(key, 0))
            for key in QUEUE
        ],
    )


def _detail(
    sheet_id: int, form: DecisionForm, withdrawal: WithdrawalForm, status: int = 200, problem: str | None = None
) -> tuple[str, int]:
    """The page; `problem` says why a decision came too late."""
    page = sheet_page(actor(), language(), sheet_id=sheet_id)
    if page.sheet.state not in QUEUE:
        raise NotFound()
    form.version.data = withdrawal.version.data = str(page.sheet.version)
    author, decided = file_of(sheet_id)
    decisions = [(translate(DECISION_WORDS[one.decision]), one) for one in decided]
    return render_template(
        "projectbank/desk_project.html",
        **sheet_words(page),
        form=form,
        withdrawal=withdrawal,
        decisions=decisions,
        author=author,
        problem=problem,
        may_decide=may_decide(actor(), page.sheet.author_id),
    ), status


@projectbank.get(f"{PAGE}/desk/projects/<int:sheet_id>")
@access(operator)
def desk_project(sheet_id: int) -> tuple[str, int]:
    """A sheet as the office reads it, with what was decided before."""
    return _detail(sheet_id, DecisionForm(formdata=None), WithdrawalForm(formdata=None))


def _refused(
    sheet_id: int, decision: DecisionForm, withdrawal: WithdrawalForm, sent: DecisionForm | WithdrawalForm, refusal: Refusal
) -> tuple[str, int]:
    """The page as it stands now with the reason that was typed; who may not decide gets the usual answer."""
    if refusal.status not in (409, 422):
        raise refusal
    if refusal.status == 422:
        sent.show(refusal)
    return _detail(sheet_id, decision, withdrawal, refusal.status, refusal_text(refusal) if refusal.status == 409 else None)


@projectbank.post(f"{PAGE}/desk/projects/<int:sheet_id>")
@access(operator)
def decide(sheet_id: int) -> Response | tuple[str, int]:
    """Publish or return; of two people deciding at once the second is told."""
    form = DecisionForm()
    if not form.validate():
        return _detail(sheet_id, form, WithdrawalForm(formdata=None), 422)
    page = sheet_page(actor(), language(), sheet_id=sheet_id)
    version = own_whole(form.version.data) or 0
    publishing = form.decision.data == "publish"
    try:
        with transaction():
            if publishing:
                publish_sheet(actor(), sheet_id, version, address_of("projectbank.project", slug=page.sheet.slug))
            else:
                return_sheet(
                    actor(), sheet_id, version, form.reason.data or "", address_of("projectbank.edit", sheet_id=sheet_id)
                )
    except Refusal as refusal:
        return _refused(sheet_id, form, WithdrawalForm(formdata=None), form, refusal)
    said = translate("Published.") if publishing else translate("Returned. The author gets your reason in a letter.")
    flash(said, "success")
    return redirect(url_for("projectbank.desk_projects"), 303)


@projectbank.post(f"{PAGE}/desk/projects/<int:sheet_id>/withdraw")
@access(operator)
def withdraw(sheet_id: int) -> Response | tuple[str, int]:
    """Take a published sheet off the public pages."""
    form = WithdrawalForm()
    if not form.validate():
        return _detail(sheet_id, DecisionForm(formdata=None), form, 422)
    version = own_whole(form.version.data) or 0
    try:
        with transaction():
            withdraw_sheet(actor(), sheet_id, version, form.reason.data or "", address_of("projectbank.my_projects"))
    except Refusal as refusal:
        return _refused(sheet_id, DecisionForm(formdata=None), form, form, refusal)
    flash(translate("Withdrawn. The author gets your reason in a letter."), "success")
    return redirect(url_for("projectbank.desk_projects", state="archived"), 303)
