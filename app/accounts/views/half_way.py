"""A session that is half-way in: the password was right, the second step is still to come. It opens nothing."""

from datetime import datetime

from flask import redirect, session, url_for
from werkzeug.wrappers import Response

from app.accounts import gateway
from app.accounts.queries.people import Known, person_of
from app.accounts.rules.factors import HALF_OPEN
from app.accounts.views.blueprint import count, own_device
from app.kernel.clock import now


def begin_second_step(person: Known, wanted: str) -> Response:
    """A new token. It remembers the standing under which the password was right: whatever moves that on ends it."""
    until = (now() + HALF_OPEN).isoformat()
    session["half"] = {"person": person.id, "standing": person.standing, "until": until, "next": wanted}
    session.renew()  # type: ignore[attr-defined]  # the session is ours (app.web.sessions)
    return redirect(url_for("accounts.second_step"), 303)


def half_way() -> tuple[Known, str] | None:
    """The person who is half-way in, and where they were going; None when that was too long ago or something voided it."""
    found = session.get("half")
    if not isinstance(found, dict) or datetime.fromisoformat(found["until"]) <= now():
        return None
    person = person_of(int(found["person"]))
    return None if person is None or person.standing != found["standing"] else (person, str(found["next"]))


def end_half_way() -> None:
    """The second step is done, or given up."""
    session.pop("half", None)


def count_factor(person: Known) -> dict[str, str]:
    """A try of the second factor is counted before it is looked at: by person, the owner's own browser by itself.

    Gives what `was_right` gives back. Raises TooMany.
    """
    device = own_device(person)
    if device is not None:
        subjects = {"factor_device": gateway.keyed("factor-device", device)}
    else:
        subjects = {"factor_person": gateway.keyed("factor", person.id)}
    count(**subjects)
    return subjects
