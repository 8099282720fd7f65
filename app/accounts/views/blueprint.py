"""The blueprint of accounts' pages, and what its doors share."""

from flask import Blueprint, Response, current_app, make_response, render_template, request, session
from werkzeug.wrappers import Response as AnyResponse

from app.accounts.queries.known_browsers import known_browser
from app.accounts.queries.people import Known
from app.accounts.rules.entry_cards import NUMBER, number_typed
from app.accounts.rules.limits import BROWSER_LIFE
from app.accounts.rules.organisations import KINDS, ROLES, STATES
from app.accounts.services.limits import count_attempt, forgive
from app.engines.place import here
from app.engines.transactions import transaction
from app.kernel.clock import now
from app.kernel.contacts import ContactValue, contact_value
from app.kernel.errors import Refusal
from app.web.forms import Form

BEGIN = "begin"  # a button of another page of coming in, which brings what waits in a form: this one begins

accounts = Blueprint("accounts", "app.accounts", template_folder="templates")


@accounts.context_processor
def names() -> dict[str, dict[str, str]]:
    """The words of roles, states and kinds, translated where they are shown."""
    return {"role_names": ROLES, "state_names": STATES, "kinds": KINDS}


def typed_contact(text: str) -> ContactValue:
    """A contact as people of the territory in force write it. Raises Invalid."""
    return contact_value(text, here().country)


def typed_way_in(text: str) -> ContactValue:
    """By what somebody signs in: a contact, or the number of an entry card. Raises Invalid."""
    number = number_typed(text)
    return typed_contact(text) if number is None else ContactValue(NUMBER, number)


def count(**subjects: str) -> None:
    """Count one attempt under each kind=subject (hyphens for underscores); raises TooMany. Nothing when limits are off."""
    if current_app.config["RATE_LIMITS"]:
        with transaction():
            count_attempt(_kinds(subjects), now())


def _kinds(subjects: dict[str, str]) -> dict[str, str]:
    return {kind.replace("_", "-"): subject for kind, subject in subjects.items()}


def was_right(own: dict[str, str], shared: dict[str, str] | None = None) -> None:
    """What was counted under {kind: subject}, of this visitor alone and shared with others, was right: it is given back."""
    if current_app.config["RATE_LIMITS"]:
        with transaction():
            forgive(_kinds(own), _kinds(shared or {}))


def device_cookie() -> str:
    return "__Host-tiwizi-device" if current_app.config["SECURE"] else "tiwizi-device"


def device_token() -> str | None:
    """What this browser keeps since somebody has signed in with it."""
    token = request.cookies.get(device_cookie())
    return token if token and len(token) < 100 else None


def own_device(person: Known | None) -> str | None:
    """The name of this browser when the person has signed in with it before."""
    token = device_token()
    known = known_browser(person.id, token, now()) if person is not None and token else None
    return None if known is None else str(known)


def keep_device(response: AnyResponse, token: str) -> None:
    """The browser keeps by what it is known."""
    response.set_cookie(
        device_cookie(),
        token,
        max_age=int(BROWSER_LIFE.total_seconds()),
        path="/",
        secure=current_app.config["SECURE"],
        httponly=True,
        samesite="Lax",
    )


def session_row() -> int:
    """The id of the session of this request, for lists of sessions; 0 when it has no row."""
    session.get("_user_id")
    return getattr(session, "row_id", None) or 0


def refused(form: Form, refusal: Refusal, template: str, **facts: object) -> Response:
    """The form again with what was typed, and the refusal beside its field."""
    form.show(refusal)
    response = make_response(render_template(template, form=form, **facts), refusal.status)
    if "retry_after" in refusal.facts:
        response.headers["Retry-After"] = str(refusal.facts["retry_after"])
    return response
