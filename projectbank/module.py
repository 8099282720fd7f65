"""The plate of the project bank."""

from app.accounts.signals import person_erased, secrets_voided
from app.kernel.text import msg
from app.module import Card, Entry, Module, PublicPage, SearchKind, Step
from projectbank import cli, listeners
from projectbank.demo.letters import write_samples
from projectbank.demo.load import load
from projectbank.queries import checks, own_data
from projectbank.queries.sheet_lists import PUBLISHED_SLUGS
from projectbank.search import sheet_documents
from projectbank.services.letters import NOTICE_KINDS
from projectbank.views import cards, projectbank

MODULE = Module(
    name="projectbank",
    blueprints=[projectbank],
    demo=load,
    letter_samples=write_samples,
    notice_kinds=NOTICE_KINDS,
    public_pages=[PublicPage("projectbank.project", PUBLISHED_SLUGS)],
    search_kinds=[SearchKind("sheet", sheet_documents)],
    menu=[
        Entry("main", 30, msg("Projects"), "projectbank.projects", "bulb"),
        Entry("account", 20, msg("My projects"), "projectbank.my_projects", "bulb"),
        Entry("desk", 40, msg("Projects"), "projectbank.desk_projects", "bulb"),
    ],
    steps=[
        Step("idea", 10, msg("Find an idea"), "projectbank.projects", "bulb", cards.idea_found),
        Step("group", 20, msg("Form a group"), "projectbank.my_projects", "people", cards.group_found),
    ],
    cards=[
        Card("home", 40, "projectbank/card_latest.html", cards.latest_card, on=("projects",)),
        Card("path", 20, "projectbank/card_groups.html", cards.groups_card),
        Card("desk", 40, "projectbank/card_desk.html", cards.desk_card),
    ],
    subscriptions=[(secrets_voided, listeners.on_secrets_voided), (person_erased, listeners.on_person_erased)],
    checks={
        "sheets": checks.incomplete_sheets,
        "sheet decisions": checks.unexplained_states,
        "groups": checks.broken_groups,
    },
    own_data=own_data.OWN_DATA,
    ties=own_data.ties,
    refusals={
        "group-still-founded": msg("You have founded a group that others are in. Dissolve it first. Such groups: %(count)s"),
        "title-needed": msg("Give it a title."),
        "kind-unknown": msg("Choose a kind from the list."),
        "too-many-goals": msg("Choose up to %(limit)s different goals."),
        "sheet-number-out-of-range": msg("This number is out of range: %(limit)s at the most."),
        "members-too-few": msg("A cooperative needs more than one member."),
        "target-below-minimum": msg("This is less than the smallest number of members."),
        "amount-out-of-range": msg("This amount is out of range."),
        "own-part-too-large": msg("The own part cannot be more than the whole investment."),
        "equipment-above-investment": msg("The equipment costs more than the whole investment."),
        "too-many-lines": msg("There are too many lines: %(limit)s at the most."),
        "line-needs-words": msg("A line of a list has no words."),
        "risk-out-of-scale": msg("Likelihood and impact go from 1 to 5."),
        "file-not-readable": msg("This file cannot be read: %(reason)s"),
        "field-not-readable": msg("The field “%(name)s” cannot be read."),
        "row-twice": msg("The sheet “%(slug)s” stands in the file twice."),
        "no-author": msg("There is nobody with this contact, and no operator either."),
        "row-not-a-sheet": msg("This row is no project sheet."),
        "not-in-the-list": msg("Choose from the list."),
        "sheet-incomplete": msg("Something is still missing."),
        "needed-to-send": msg("The office needs this before it can read your idea."),
        "edited-meanwhile": msg("This was changed in the meantime."),
        "own-idea": msg("This is your own idea: somebody else of the office decides about it."),
        "group-name-needed": msg("Give your group a name of at most %(limit)s characters."),
        "group-dissolved": msg("This group is dissolved."),
        "group-full": msg("This group is full: %(limit)s people at the most, invited ones included."),
        "too-few-members": msg("Your group has %(members)s members; this project needs %(needed)s."),
        "already-invited": msg("This contact has an open invitation."),
        "already-a-member": msg("This person is in the group already."),
        "invitation-closed": msg("This invitation was used, taken back or is too old. Ask for a new one."),
        "founder-stays": msg("The founder cannot leave the group; a founder may dissolve it."),
        "founder-only": msg("Only the founder of the group can do this."),
    },
)

__all__ = ["MODULE", "cli"]
