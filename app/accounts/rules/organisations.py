"""States, kinds, roles and papers of an organisation."""

from collections.abc import Mapping
from datetime import timedelta

from app.kernel.actor import CHAIR, MEMBER, PACKER, SELLER, TREASURER
from app.kernel.states import States
from app.kernel.text import msg
from app.territories.records import Territory

ROLES = {
    CHAIR: msg("Chair"),
    TREASURER: msg("Treasurer"),
    SELLER: msg("Seller"),
    PACKER: msg("Packer"),
    MEMBER: msg("Member"),
}
KINDS = {
    "cooperative": msg("Cooperative"),
    "union": msg("Union of cooperatives"),
    "association": msg("Association"),
    "company": msg("Company"),
    "public_buyer": msg("Public buyer"),
    "funder": msg("Funder"),
    "hub": msg("Hub"),
}
STATES = {
    "draft": msg("Draft"),
    "submitted": msg("With the office"),
    "verified": msg("Verified"),
    "returned": msg("To correct"),
    "suspended": msg("Suspended"),
}
SELLERS = frozenset({"cooperative", "union"})  # the kinds that sell, and so the kinds that are asked for papers
ORGANISATION = States(
    "organisation",
    "draft",
    {
        "draft": {"submit": "submitted"},
        "submitted": {"verify": "verified", "return": "returned"},
        "returned": {"submit": "submitted"},
        "verified": {"suspend": "suspended"},
        "suspended": {"reinstate": "verified"},
    },
)
# What was checked by the office cannot be rewritten behind its back.
FIXED_IN = frozenset({"submitted", "verified", "suspended"})
FIXED_FACTS = ("kind",)  # and the official numbers
# What the journal of an organisation says, in words.
DEEDS = {
    "found": msg("Organisation founded"),
    "register": msg("Registered as verified"),
    "edit-facts": msg("Profile changed"),
    "edit-words": msg("Words changed"),
    "set-picture": msg("Picture changed"),
    "set-bank": msg("Bank details changed"),
    "remove-number": msg("A number removed"),
    "add-paper": msg("A paper sent"),
    "open-paper": msg("A paper opened"),
    "remove-paper": msg("A paper taken away"),
    "invite": msg("Somebody invited"),
    "withdraw-invitation": msg("Invitation withdrawn"),
    "join": msg("Somebody joined"),
    "set-roles": msg("Roles changed"),
    "submit": msg("Sent to be verified"),
    "verify": msg("Verified"),
    "return": msg("Sent back"),
    "suspend": msg("Suspended"),
    "reinstate": msg("Reinstated"),
}
INVITATION_LIFE = timedelta(days=14)
OPEN_INVITATIONS = 30
REASON_LONGEST = 2000


def missing_papers(kind: str, territory: Territory, facts: Mapping[str, object]) -> list[str]:
    """What an organisation of a territory still has to give before the office can verify it; numbers by their kind."""
    needed = ["phone", "commune"]
    if kind in SELLERS:
        needed += [number.key for number in territory.identifiers if number.required]
    return [name for name in needed if not facts.get(name)]


# Which drawing stands for an organisation without a picture.
_DRAWINGS = {
    "argan": "argan-oil",
    "aromatic_medicinal_plants": "herbs",
    "fishing": "fish",
    "handicraft": "carpet",
    "foodstuffs": "couscous",
    "agriculture": "agriculture",
    "tourism": "tourism",
    "waste_treatment": "recycling",
    "agri_dairy": "dairy",
    "agri_livestock": "livestock",
    "agri_beekeeping": "honey",
    "craft_textile_carpet": "carpet",
    "craft_embroidery": "clothing",
    "craft_wood": "wood",
    "literacy_education_training": "course",
    "consulting_management": "services",
    "labour": "workshop",
}


def drawing_of(sector: str, parent: str | None = None) -> str:
    """The drawing of a sector, else of the sector it belongs to, else "other"."""
    return _DRAWINGS.get(sector) or _DRAWINGS.get(parent or "", "other")
