"""Private papers: an organisation's file, and the one way in which any paper is opened."""

import hmac
from typing import Any
from urllib.parse import urlsplit

from flask import flash, g, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from app.accounts.forms.papers import PaperForm
from app.accounts.gateway import paper_ticket
from app.accounts.queries.papers import file_for, papers_about
from app.accounts.rules.papers import FILE_KINDS, FILE_ROLES, OPEN_FOR, ORGANISATION
from app.accounts.services.papers import add_file_paper, open_paper, remove_paper
from app.accounts.views.blueprint import accounts, refused
from app.engines.files.store import path_of
from app.engines.language import translate
from app.engines.transactions import transaction
from app.kernel.actor import require_person
from app.kernel.clock import now
from app.kernel.errors import NotFound, Refusal
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.web.access import access, office, safe_next, signed_in
from app.web.addresses import PAGE
from app.web.papers import paper_of_request
from app.web.reading import words
from app.web.safety import takes_files
from app.web.visitor import actor

Page = str | tuple[str, int] | Response


def _facts() -> dict[str, Any]:
    return {
        "office": g.office,
        "papers": papers_about(g.office.id, ORGANISATION),
        "paper_kinds": FILE_KINDS,
        "ticket": words("paper"),
    }


@accounts.get(f"{PAGE}/sell/<slug>/papers")
@access(office(*FILE_ROLES))
def office_papers(slug: str) -> Page:
    """What the organisation has given to the office, and another paper."""
    return render_template("accounts/office_papers.html", form=PaperForm(), **_facts())


@accounts.post(f"{PAGE}/sell/<slug>/papers")
@access(office(*FILE_ROLES))
@takes_files
def save_paper(slug: str) -> Page:
    """A paper more, made anew before the transaction."""
    form = PaperForm()
    if not form.validate():
        return render_template("accounts/office_papers.html", form=form, **_facts()), 422
    try:
        stored = paper_of_request()
        with transaction():
            add_file_paper(actor(), g.office.id, form.kind.data, form.number.data or "", form.expires_on.data, stored, now())
    except Refusal as refusal:
        return refused(form, refusal, "accounts/office_papers.html", **_facts())
    flash(translate(msg("The paper is kept. The office can read it.")), "success")
    return redirect(url_for("accounts.office_papers", slug=slug), 303)


@accounts.post(f"{PAGE}/sell/<slug>/papers/<int:paper_id>/remove")
@access(office(*FILE_ROLES))
def drop_paper(slug: str, paper_id: int) -> Response:
    """Nobody opens it any more."""
    with transaction():
        remove_paper(actor(), g.office.id, paper_id, now())
    flash(translate(msg("The paper is taken away.")), "success")
    return redirect(url_for("accounts.office_papers", slug=slug), 303)


@accounts.post(f"{PAGE}/papers/<int:paper_id>/open")
@access(signed_in)
def do_open_paper(paper_id: int) -> Response:
    """Write down who opens it, then show it to them for some minutes: by itself, or on the page that asked."""
    me, until = require_person(actor()), int((now() + OPEN_FOR).timestamp())
    with transaction():
        open_paper(actor(), paper_id)
    ticket = paper_ticket(paper_id, me, until)
    back = urlsplit(safe_next(request.form.get("back")) or "").path
    return redirect(f"{back}?paper={ticket}#opened-paper" if back else url_for("accounts.paper_file", ticket=ticket), 303)


@accounts.get("/files/papers/<ticket>")
@access(signed_in)
def paper_file(ticket: str) -> Response:
    """An opened paper, for who opened it, while they still may: nobody keeps it on the way, and nothing in it runs."""
    paper, until = (own_whole(part) for part in [*ticket.split("-", 2), "", ""][:2])
    if paper is None or until is None or until < now().timestamp():
        raise NotFound()
    if not hmac.compare_digest(paper_ticket(paper, require_person(actor()), until).encode(), ticket.encode()):
        raise NotFound()
    response = send_file(path_of(file_for(actor(), paper)), mimetype="image/webp", download_name=f"{paper}.webp")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
