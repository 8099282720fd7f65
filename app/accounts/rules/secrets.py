"""What dies with what: each thing that becomes of a person, and the kinds of open secret that hung on it. Pure."""

from collections.abc import Mapping

# Codes, challenges and entry cards remember their person's standing, which every one of these moves on: they die with each.
CODES = frozenset({"standing"})

# A password is changed because somebody else may have known it, a contact removed because somebody else may read it: what
# was sent out or asked for in the meantime must not outlive them.
DIES_WITH: Mapping[str, frozenset[str]] = {
    "contact-removed": CODES | {"codes-of-contact", "invitations-to-contact"},
    "password-set": CODES | {"sessions", "browsers", "invitations-sent", "cards-made"},
    "roles-given": CODES,
    "roles-taken": CODES | {"invitations-sent-here", "invitations-to-person-here", "cards-made-here"},
    "rights-changed": CODES | {"sessions", "cards-made-by-office"},
    "blocked": CODES | {"sessions", "browsers", "invitations-sent", "cards-made"},
    "sessions-ended": CODES | {"sessions", "browsers"},
    "factor-reset": CODES | {"sessions"},
    "erased": CODES | {"sessions", "browsers", "invitations-sent", "cards-made"},
}
