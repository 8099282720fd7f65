"""The rule for long work: what may become of it, and how long its end is told."""

from datetime import timedelta

from app.kernel.states import States
from app.kernel.text import msg

KEEP_ENDED = timedelta(days=30)
LONG_WORK = States(
    "long-work",
    "under-way",
    {"under-way": {"finish": "done", "cancel": "cancelled", "stop": "stopped"}, "done": {}, "cancelled": {}, "stopped": {}},
)
REFUSALS = {
    "long-work-broke": msg(
        "A fault of the site stopped it; the office sees it. What is left was not written: send it again later."
    ),
    "long-work-ended": msg("This work has ended already."),
    "long-work-under-way": msg(
        "Another piece of work of this kind is under way here. Wait for its end, or call it off, then send yours again."
    ),
}
