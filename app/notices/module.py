"""The plate of notices."""

from app.accounts.signals import person_erased
from app.kernel.text import msg
from app.module import Entry, Module, Schedule, Work
from app.notices import jobs, listeners
from app.notices.queries.own_data import OWN_DATA
from app.notices.views import samples
from app.notices.views.listing import notices, page_context

MODULE = Module(
    name="app.notices",
    blueprints=[notices],
    subscriptions=[(person_erased, listeners.on_person_erased)],
    jobs={"notices.sweep": Work(jobs.sweep, "house")},
    schedule=(Schedule("notices.sweep", 86400),),
    menu=(Entry("account", 15, msg("Notices"), "notices.list_notices", "bell"),),
    own_data=OWN_DATA,
    page_context=page_context,
)

__all__ = ["MODULE", "samples"]
