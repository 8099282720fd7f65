"""What was typed in a form, on its way back into it: in a hidden field, or in a session that has just begun."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from urllib.parse import unquote, urlsplit

from flask import current_app, request, session
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.web.access import safe_next
from app.web.safety import SAFE_METHODS, comes_from_us

CARRIED_LONGEST = 270_000  # characters, as text: a long lesson in three languages
PIECE = 90_000  # of them in one hidden field: less than what a field may hold
CARRIED = "typed"  # the hidden fields that hold all of it, piece by piece
SHOW = "show_typed"  # a form with this field writes nothing: the page it is sent to is shown, filled
PAGE_OF_FORM = "form_page"  # where a form stood that was filled by us
# What nobody finds in a page's source: passwords and codes are typed again.
SECRETS = frozenset(("present", "password", "code", "factor_code", "factor_password", "factor_passkey"))
OURS = frozenset(("csrf_token", CARRIED, SHOW, PAGE_OF_FORM))


@dataclass(frozen=True)
class Typed:
    """A form that was sent: where to, from which page (None when unknown), what was in it and by whom.

    `again` names what must be typed or chosen once more: ("password", name) and ("file", name). `author` is a mark of the
    person in this browser (`safety.author_mark`).
    """

    action: str
    page: str | None
    fields: tuple[tuple[str, str], ...]
    again: tuple[tuple[str, str], ...]
    author: str

    def text(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, separators=(",", ":"))

    def pieces(self) -> list[str]:
        """The text, as the hidden fields named `CARRIED` hold it."""
        text = self.text()
        return [text[begin : begin + PIECE] for begin in range(0, len(text), PIECE)]


def kept_fields() -> list[tuple[str, str]]:
    """What goes from one page to the next in hidden fields: all that this form brings but what is typed again."""
    return [(name, text) for name, text in request.form.items(multi=True) if name not in OURS | SECRETS]


def typed_in_request() -> Typed | None:
    """What this request brings from a page of ours; None when nothing was typed, or more than can be carried."""
    if request.method in SAFE_METHODS or not comes_from_us():
        return None
    typed = form_of_request()
    return typed if typed is not None and (typed.fields or typed.again) else None


def form_of_request() -> Typed | None:
    """The form that was sent, wherever it comes from; None when it is more than can be carried."""
    try:
        fields, files = tuple(kept_fields()), sorted(name for name, file in request.files.items() if file.filename)
    except HTTPException:  # too large to be read at all
        return None
    secret = sorted(name for name in SECRETS if request.form.get(name))
    again = (*(("password", name) for name in secret), *(("file", name) for name in files))
    author = request.form.get("csrf_token", "")[8:16]
    typed = Typed(request.full_path.rstrip("?"), _page_of_form(), fields, again, author)
    return typed if len(typed.text()) <= CARRIED_LONGEST else None


def read_typed(text: str | None) -> Typed | None:
    """What `Typed.text` wrote; None for anything else."""
    if not text or len(text) > CARRIED_LONGEST:
        return None
    try:
        found = json.loads(text)
        action, page = safe_next(str(found["action"])), _readable(str(found["page"] or ""))
        fields, again, author = _pairs(found["fields"]), _pairs(found["again"]), str(found["author"])[:8]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
    return Typed(action, page, fields, again, author) if action is not None else None


def carried_typed() -> Typed | None:
    """What the page that this form stands on carries; None when it carries nothing that we wrote."""
    return read_typed("".join(request.form.getlist(CARRIED)))


def carried_pieces() -> list[str]:
    """The same, for the hidden fields of the page that follows."""
    carried = carried_typed()
    return carried.pieces() if carried is not None else []


def keep_typed() -> None:
    """In the session that begins: what the sign-in page carried, until its form is shown (`take_typed`)."""
    carried = carried_typed()
    if carried is not None:
        session[CARRIED] = carried.text()


def take_typed() -> Typed | None:
    """What the session kept, once."""
    return read_typed(session.pop(CARRIED, None))


def _pairs(listed: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(name), str(value)) for name, value in listed)


def _page_of_form() -> str | None:
    """Where the form stands: as it says itself, or as the browser does."""
    own = request.form.get(PAGE_OF_FORM)
    if own:
        return _readable(own)
    told = urlsplit(request.referrer or "")
    if told.netloc not in {request.host, urlsplit(current_app.config["PUBLIC_URL"]).netloc}:
        return None
    return _readable(f"{told.path}?{told.query}" if told.query else told.path)


def _readable(address: str | None) -> str | None:
    """The address when it is one of our pages, which can be opened."""
    address = safe_next(address)
    if address is None:
        return None
    try:
        current_app.url_map.bind("").match(unquote(urlsplit(address).path), method="GET")
    except (HTTPException, RequestRedirect):
        return None
    return address
