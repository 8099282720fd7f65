"""The list of what one was told, and the counter in the frame of every page."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.engines.language import language, translate
from app.engines.notice_kinds import notice_labels
from app.engines.transactions import transaction
from app.kernel.actor import Actor
from app.kernel.clock import now
from app.kernel.text import msg
from app.kernel.typed import own_whole
from app.notices.queries.listing import notices_of, unread_count
from app.notices.rules import COUNTED, in_language
from app.notices.services.reading import read_notice, read_notices
from app.web.access import access, signed_in
from app.web.addresses import PAGE
from app.web.paging import Page, page_number
from app.web.visitor import actor

SIZE = 20
notices = Blueprint("notices", "app.notices", template_folder="templates")


def page_context(who: Actor) -> Mapping[str, Any]:
    """The bell of a signed-in person: how much is unread, as it is shown. Visitors have none."""
    if who.person_id is None:
        return {"unread": None}
    count = unread_count(who.person_id)
    return {"unread": count, "unread_shown": f"{COUNTED - 1}+" if count >= COUNTED else str(count)}


@notices.get(f"{PAGE}/notices")
@access(signed_in)
def list_notices() -> str:
    """What one was told, the latest first."""
    number = page_number()
    rows, total = notices_of(actor().person_id or 0, number, SIZE)
    return render_template("notices/notices.html", page=Page(rows, number, SIZE, total), labels=notice_labels())


@notices.post(f"{PAGE}/notices/<int:notice_id>/open")
@access(signed_in)
def open_notice(notice_id: int) -> Response:
    """It is read, and the page it is about opens."""
    with transaction():
        path = read_notice(actor(), notice_id, now())
    return redirect(in_language(path, language()), 303)


@notices.post(f"{PAGE}/notices/read")
@access(signed_in)
def read_all() -> Response:
    """Everything up to the latest on the page is read."""
    with transaction():
        read_notices(actor(), own_whole(request.form.get("until")) or 0, now())
    flash(translate(msg("All notices are marked as read.")), "success")
    return redirect(url_for("notices.list_notices"), 303)
