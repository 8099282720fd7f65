"""A form that could not be taken is shown again with what was typed, and sent only by who presses once more.

Four ways lead here: a language chosen in the middle of a form, a form from before a sign-in, one of a browser that does not
say where it comes from, an answer that went wrong.
"""

from dataclasses import replace
from io import BytesIO
from urllib.parse import unquote, urlsplit

from flask import current_app, make_response, render_template, request, session
from werkzeug.wrappers import Response

from app.web.carrying import CARRIED, SHOW, Typed, carried_typed, form_of_request, typed_in_request
from app.web.errors import wants_json
from app.web.filling import fill
from app.web.safety import StaleForm, check_csrf, comes_from_us, is_author, says_nothing

# Of the form that was sent: the page is asked for without them.
OF_THE_FORM = ("CONTENT_TYPE", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE")


def show_on_wish() -> Response | None:
    """A form with the field `show_typed` writes nothing: the page it is sent to is shown with what was typed in it."""
    if request.method != "POST" or SHOW not in request.form:
        return None
    if not (comes_from_us() or says_nothing()):
        raise StaleForm()
    typed = carried_typed() if CARRIED in request.form else _chosen_language()
    here = request.full_path.rstrip("?")
    if typed is None:
        return _page_at(here)
    if says_nothing() and not comes_from_us():
        return _asked_once_more(replace(typed, page=here), 400, by_another=True)
    return shown(here, typed, 200)


def check_form() -> Response | None:
    """Only a form of our own page is taken. One of another session of this browser is shown again with what it held.

    A visitor's, of which the browser does not say where it comes from, is asked once more.
    """
    try:
        check_csrf()
    except StaleForm:
        unsaid = says_nothing()
        typed = None if wants_json() else form_of_request() if unsaid else typed_in_request()
        if typed is None:
            raise
        return _asked_once_more(typed, 400) if unsaid else shown_to_author(typed, 400)
    return None


def shown_to_author(typed: Typed, status: int) -> Response:
    """The form's page for who typed it. Anybody else is told first, and sees it when they wish to."""
    if typed.page is not None and is_author(typed.author):
        return shown(typed.page, typed, status, came_back=True)
    return _asked_once_more(typed, status, by_another=True)


def shown(address: str, typed: Typed, status: int, came_back: bool = False) -> Response:
    """The page at this address with its form filled; what was typed by itself where the form does not stand there."""
    page = _page_at(address)
    if page.status_code >= 400 and page.status_code != 405:
        return page
    notice = render_template("web/typed_notice.html", typed=typed, page=address, came_back=came_back)
    filled = fill(page.get_data(as_text=True), typed.action, typed.fields, notice) if page.status_code == 200 else None
    if filled is None:
        return _asked_once_more(typed, status)
    page.set_data(filled)
    page.status_code = status
    page.headers["Cache-Control"] = "no-store"
    return page


def _asked_once_more(typed: Typed, status: int, by_another: bool = False) -> Response:
    return make_response(render_template("web/typed_again.html", typed=typed, by_another=by_another), status)


def _chosen_language() -> Typed | None:
    """The form as it stands, sent by the choice of a language; the field says where it would have gone."""
    typed = form_of_request()
    if typed is None or not (typed.fields or typed.again):
        return None
    return Typed(request.form[SHOW][:2000], typed.page, typed.fields, typed.again, typed.author)


def _page_at(address: str) -> Response:
    """One of our pages as this browser would get it."""
    parts = urlsplit(address)
    environ = {name: value for name, value in request.environ.items() if name not in OF_THE_FORM}
    environ = {name: value for name, value in environ.items() if not name.startswith("werkzeug.")}
    path = unquote(parts.path).encode().decode("latin-1")
    environ |= {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": parts.query, "CONTENT_LENGTH": "0"}
    environ |= {"wsgi.input": BytesIO(), "REQUEST_URI": address, "RAW_URI": address}
    house = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy's own way to the application
    with house.app_context(), house.request_context(environ):
        page: Response = house.full_dispatch_request()
        page.get_data()
    session.stale = False  # type: ignore[attr-defined]  # the page has just touched it; what it took out must stay out
    return page
