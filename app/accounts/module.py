"""The plate of accounts."""

from flask import Flask

from app.accounts.cli import COMMANDS
from app.accounts.demo import DEMO_PASSWORD
from app.accounts.demo.letters import write_samples
from app.accounts.demo.loading import load
from app.accounts.jobs import carry_out, forget_unused_cards, go_on, sweep
from app.accounts.queries.invariants import broken_accounts
from app.accounts.queries.own_data import OWN_DATA, ties
from app.accounts.rules import long_work as long_work_rules
from app.accounts.rules.papers import FILE_ROLES
from app.accounts.rules.refusals import REFUSALS
from app.accounts.search import organisation_documents
from app.accounts.services.bank import BANK
from app.accounts.services.long_work import GO_ON_JOB
from app.accounts.services.verification import VERDICT_ACT
from app.accounts.views import (
    account,
    acts,
    again,
    desk,
    desk_people,
    entry,
    entry_cards,
    factors,
    first_run,
    joining,
    long_work,
    members,
    offices,
    own_data,
    papers,
    passkeys,
    second_step,
    undelivered,
)
from app.accounts.views.blueprint import accounts
from app.accounts.views.cards import CARDS, STEPS
from app.accounts.views.visitor import visitor_of
from app.kernel.actor import CHAIR, SELLER, TREASURER
from app.kernel.text import msg
from app.module import Entry, Module, Schedule, SearchKind, Work

DOORS = (
    account,
    acts,
    again,
    desk,
    desk_people,
    entry,
    entry_cards,
    factors,
    first_run,
    joining,
    long_work,
    members,
    offices,
    own_data,
    papers,
    passkeys,
    second_step,
    undelivered,
)
EDITORS, BANKERS = frozenset({CHAIR, SELLER}), frozenset({CHAIR, TREASURER})


def start(app: Flask) -> None:
    """The loader of the current person, what is asked before dear acts, the demo's one password, the first run's address."""
    app.login_manager.user_loader(visitor_of)  # type: ignore[attr-defined]  # Flask-Login adds it to the application
    app.before_request(again.lead_to_set_up)
    app.before_request(again.ask_before_dear_acts)
    app.extensions["sign_in_on_the_spot"] = entry.sign_in_on_the_spot
    app.extensions["first_run_address"] = first_run.first_run_address
    if app.config["DEMO"]:
        app.extensions["demo_password"] = DEMO_PASSWORD


MODULE = Module(
    name="accounts",
    blueprints=(accounts,),
    commands=COMMANDS,
    jobs={
        "accounts.sweep": Work(sweep, "house"),
        "accounts.carry-out": Work(carry_out, "house"),
        "accounts.forget-unused-cards": Work(forget_unused_cards, "house"),
        GO_ON_JOB: Work(go_on, "long"),
    },
    schedule=(
        Schedule("accounts.sweep", 3600),
        Schedule("accounts.carry-out", 300),
        Schedule("accounts.forget-unused-cards", 86400),
    ),
    search_kinds=(SearchKind("organisation", organisation_documents),),
    cards=CARDS,
    steps=STEPS,
    menu=(
        Entry("account", 20, msg("Profile and contacts"), "accounts.account", "user"),
        Entry("account", 30, msg("Organisations"), "accounts.organisations", "stall"),
        Entry("account", 40, msg("Password"), "accounts.password", "key"),
        Entry("account", 45, msg("Second factor"), "accounts.second_factor", "verified"),
        Entry("account", 50, msg("Sessions"), "accounts.sessions", "lock"),
        Entry("account", 60, msg("Preferences"), "accounts.preferences", "settings"),
        Entry("account", 70, msg("Your data"), "accounts.own_data", "download"),
        Entry("office", 10, msg("Office"), "accounts.office", "home"),
        Entry("office", 70, msg("Profile"), "accounts.office_facts", "edit", EDITORS),
        Entry("office", 75, msg("Papers"), "accounts.office_papers", "certificate", frozenset(FILE_ROLES)),
        Entry("office", 80, msg("Members"), "accounts.office_members", "people"),
        Entry("office", 90, msg("Bank details"), "accounts.office_bank", "bank", BANKERS),
        Entry("desk", 20, msg("Organisations"), "accounts.desk_organisations", "stall"),
        Entry("desk", 25, msg("People"), "accounts.desk_people", "people"),
        Entry("desk", 90, msg("Undelivered letters"), "accounts.desk_letters", "mail"),
    ),
    refusals={**REFUSALS, **long_work_rules.REFUSALS},
    acts=(BANK, VERDICT_ACT),
    own_data=OWN_DATA,
    ties=ties,
    checks={"accounts": broken_accounts},
    demo=load,
    letter_samples=write_samples,
    start=start,
)
