"""The rule for acts that need a second person: how long they wait, and what may become of them."""

from datetime import timedelta

from app.kernel.states import States
from app.kernel.text import msg

ALONE_WAIT = timedelta(hours=48)
ACT_LAPSES = timedelta(days=14)
ACT = States(
    "act",
    "waiting",
    {
        "waiting": {
            "agree": "done",
            "decide-alone": "done",
            "refuse": "refused",
            "withdraw": "withdrawn",
            "lapse": "lapsed",
        },
        "done": {},
        "refused": {},
        "withdrawn": {},
        "lapsed": {},
    },
)
ACT_STATES = {
    "done": msg("It was done."),
    "refused": msg("The second person did not agree. Nothing was changed."),
    "withdrawn": msg("It was withdrawn. Nothing was changed."),
    "lapsed": msg("It is void: something has changed in the meantime, or nobody agreed in time. Nothing was changed."),
}
