"""What accounts tells: people and their contacts, organisations and who works in them. Frozen values, few statements."""

from app.accounts.queries.people import contacts_of, load_visitor, person_name, person_names

__all__ = ["contacts_of", "load_visitor", "person_name", "person_names"]
