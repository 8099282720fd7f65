"""One of each letter of the catalogue about made-up things, for the demonstration's page of letters."""

from datetime import date

from app.engines.language import speaking, translate
from app.engines.place import home
from app.kernel.text import msg
from catalog.rules.proofs import WARNINGS
from catalog.services import letters

REASON = msg("The photograph is blurred: the number cannot be read.")
LAST_DAY = date(2027, 3, 31)


def write_samples(person_id: int, language: str) -> None:
    """To somebody of the demonstration, in the caller's transaction, which undoes them."""
    names = next(dict(one.names) for one in home().requirements if one.badge)
    with speaking(language):
        reason = translate(REASON)
    for decision in letters.DECISIONS:
        told = reason if decision in ("refused", "revoked", "waived") else ""
        letters.write_proof_decision([person_id], names, decision, told, -1, "tifawin", home().key)
    letters.write_proof_ending([person_id], names, LAST_DAY, -1, WARNINGS[0], "tifawin", home().key)
