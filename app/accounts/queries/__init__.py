"""What accounts tells: people and their contacts, organisations and who works in them. Frozen values, few statements."""

from app.accounts.queries.identifiers import named_identifiers, public_identifiers
from app.accounts.queries.organisations import (
    Filters,
    OrganisationCard,
    OrganisationPage,
    names_of_organisation,
    organisation_by_slug,
    organisation_card,
    organisation_ids,
    organisation_state,
    people_with_role,
    region_counts,
    sector_counts,
    verified_organisations,
)
from app.accounts.queries.papers import PaperLine, paper_lines, papers_about
from app.accounts.queries.people import (
    ContactLine,
    Reached,
    contacts_of,
    load_visitor,
    operator_ids,
    person_name,
    person_names,
    person_with_contact,
    reach,
    wishes_of,
)
from app.accounts.queries.typed import ContactValue, read_contact

__all__ = [
    "ContactLine",
    "ContactValue",
    "Filters",
    "OrganisationCard",
    "OrganisationPage",
    "PaperLine",
    "Reached",
    "contacts_of",
    "load_visitor",
    "named_identifiers",
    "names_of_organisation",
    "operator_ids",
    "organisation_by_slug",
    "organisation_card",
    "organisation_ids",
    "organisation_state",
    "paper_lines",
    "papers_about",
    "people_with_role",
    "person_name",
    "person_names",
    "person_with_contact",
    "public_identifiers",
    "reach",
    "read_contact",
    "region_counts",
    "sector_counts",
    "verified_organisations",
    "wishes_of",
]
