"""One of each letter of the project bank about made-up things, for the demonstration's page of letters."""

from app.engines.language import speaking, translate
from app.engines.mail import site_address
from app.kernel.contacts import MAIL, ContactValue
from app.kernel.text import msg
from projectbank.services import letters

TITLE, GROUP, PERSON = msg("Bees on the mountain"), msg("The bees"), "Omar Tazi"
REASON = msg("Say where the hives are to stand.")


def write_samples(person_id: int, language: str) -> None:
    """To somebody of the demonstration, in the caller's transaction, which undoes them."""
    with speaking(language):
        title, group, reason = translate(TITLE), translate(GROUP), translate(REASON)
    for number, decision in enumerate(letters.DECISIONS):
        told = "" if decision == "published" else reason
        letters.write_decision(person_id, decision, {language: title}, told, _projects, -1 - number)
    invited, link = ContactValue(MAIL, "invited@demo.tiwizi.example"), site_address(f"/{language}/projects/join/secret")
    letters.write_group_invitation(invited, PERSON, -1, group, title, link, language, "sample:invitation")
    letters.write_member_joined(person_id, PERSON, group, _projects, "sample:joined")


def _projects(language: str) -> str:
    return site_address(f"/{language}/projects")
