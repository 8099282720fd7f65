"""The plate of accounts."""

from flask import Flask

from app.accounts.cli import COMMANDS
from app.accounts.demo import DEMO_PASSWORD
from app.accounts.demo.loading import load
from app.accounts.jobs import sweep
from app.accounts.queries.invariants import broken_accounts
from app.accounts.rules.refusals import REFUSALS
from app.accounts.search import organisation_documents
from app.accounts.views import account, desk, entry, first_run, joining, members, offices
from app.accounts.views.blueprint import accounts
from app.accounts.views.cards import CARDS, STEPS
from app.accounts.views.visitor import visitor_of
from app.kernel.text import msg
from app.module import Entry, Module, Schedule, SearchKind, Work

DOORS = (account, desk, entry, first_run, joining, members, offices)
CHAIR, EDITORS, BANKERS = frozenset({"chair"}), frozenset({"chair", "seller"}), frozenset({"chair", "treasurer"})


def start(app: Flask) -> None:
    """The loader of the current person, the one password of the demo's people, the address of the first run."""
    app.login_manager.user_loader(visitor_of)  # type: ignore[attr-defined]  # Flask-Login adds it to the application
    app.extensions["first_run_address"] = first_run.first_run_address
    if app.config["DEMO"]:
        app.extensions["demo_password"] = DEMO_PASSWORD


MODULE = Module(
    name="accounts",
    blueprints=(accounts,),
    commands=COMMANDS,
    jobs={"accounts.sweep": Work(sweep, "house")},
    schedule=(Schedule("accounts.sweep", 3600),),
    search_kinds=(SearchKind("organisation", organisation_documents),),
    cards=CARDS,
    steps=STEPS,
    menu=(
        Entry("account", 20, msg("Profile and contacts"), "accounts.account", "user"),
        Entry("account", 30, msg("Organisations"), "accounts.organisations", "stall"),
        Entry("account", 40, msg("Password"), "accounts.password", "key"),
        Entry("account", 50, msg("Sessions"), "accounts.sessions", "lock"),
        Entry("account", 60, msg("Preferences"), "accounts.preferences", "settings"),
        Entry("office", 10, msg("Office"), "accounts.office", "home"),
        Entry("office", 70, msg("Profile"), "accounts.office_facts", "edit", EDITORS),
        Entry("office", 80, msg("Members"), "accounts.office_members", "people"),
        Entry("office", 90, msg("Bank details"), "accounts.office_bank", "bank", BANKERS),
        Entry("desk", 20, msg("Organisations"), "accounts.desk_organisations", "stall"),
    ),
    refusals=REFUSALS,
    checks={"accounts": broken_accounts},
    demo=load,
    start=start,
)
