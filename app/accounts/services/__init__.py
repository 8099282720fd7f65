"""What accounts does, as verbs. Each takes the actor first and works in the caller's transaction."""

from app.accounts.services.codes import ask_code, try_code
from app.accounts.services.demo_house import add_demo_people, register_verified_organisation
from app.accounts.services.limits import count_attempt
from app.accounts.services.long_work import begin_long_work
from app.accounts.services.organisations import OrganisationFacts, Words, found_organisation
from app.accounts.services.papers import PaperFacts, add_paper, remove_paper
from app.accounts.services.second_person import ask_second_person

__all__ = [
    "OrganisationFacts",
    "PaperFacts",
    "Words",
    "add_demo_people",
    "add_paper",
    "ask_code",
    "ask_second_person",
    "begin_long_work",
    "count_attempt",
    "found_organisation",
    "register_verified_organisation",
    "remove_paper",
    "try_code",
]
