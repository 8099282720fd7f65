"""Accounts' rules: states of an organisation, roles, contacts, passwords, codes, identifiers, limits. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import phonenumbers
from stdnum.ma import ice as moroccan_ice

from app.kernel.errors import Invalid
from app.kernel.states import States
from app.kernel.text import bad_characters, fold, msg, one_line
from app.territories.loading import IdentifierKind

ROLES = {
    "chair": msg("Chair"),
    "treasurer": msg("Treasurer"),
    "seller": msg("Seller"),
    "packer": msg("Packer"),
    "member": msg("Member"),
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
LABELS = {
    "igp": msg("Protected geographical indication"),
    "aop": msg("Protected designation of origin"),
    "terroir-du-maroc": msg("Terroir du Maroc"),
    "onssa": msg("ONSSA authorised"),
    "ab": msg("Organic"),
    "label-artisanat": msg("National handicraft label"),
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
FIXED_FACTS = ("kind", "registration_number", "ice")

# What the journal of an organisation says, in words.
DEEDS = {
    "found": msg("Organisation founded"),
    "register": msg("Registered as verified"),
    "edit-facts": msg("Profile changed"),
    "edit-words": msg("Words changed"),
    "set-picture": msg("Picture changed"),
    "set-bank": msg("Bank details changed"),
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

NOTICE_KINDS = {
    "orders": msg("Orders and parcels"),
    "groups": msg("Groups and projects"),
    "courses": msg("Courses"),
    "news": msg("News of the movement"),
}
NOTICE_CHANNELS = {"mail": msg("By mail"), "phone": msg("By text message")}

CODE_DIGITS = 6
CODE_LIFE = timedelta(minutes=10)
CODE_TRIES = 5
INVITATION_LIFE = timedelta(days=14)
OPEN_INVITATIONS = 30

PASSWORD_SHORTEST = 12
PASSWORD_LONGEST = 1000
NAME_LONGEST = 80
ADDRESS_LONGEST = 254
REASON_LONGEST = 2000


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts within `within`, counted by one subject."""

    most: int
    within: timedelta


# A contact is guessed from one address a few times; an address may err more often, it may be a whole village's.
# Signing in is never counted by contact alone: a stranger far away could otherwise lock its owner out. Codes are, since
# six digits could be guessed from many addresses together; a browser the owner has signed in with before is not bound by it.
LIMITS: Mapping[str, Limit] = {
    "sign-in-contact": Limit(8, timedelta(minutes=15)),
    "sign-in-address": Limit(60, timedelta(minutes=15)),
    "sign-in-device": Limit(12, timedelta(minutes=15)),
    "code-contact": Limit(5, timedelta(hours=1)),
    "code-address": Limit(30, timedelta(hours=1)),
    "code-everywhere": Limit(30, timedelta(hours=24)),
    "code-device": Limit(8, timedelta(hours=1)),
    "try-address": Limit(60, timedelta(hours=1)),
    "invite-person": Limit(40, timedelta(hours=24)),
    "password-person": Limit(8, timedelta(minutes=15)),
}


@dataclass(frozen=True)
class ContactValue:
    """A way to reach somebody: `kind` is mail (lower-case ASCII address) or phone (E.164)."""

    kind: str
    value: str


_MAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def contact_value(text: str, country: str, field: str = "contact") -> ContactValue:
    """What was typed as a mail address or a phone number of the country. Raises Invalid("contact-not-understood")."""
    typed = unicodedata.normalize("NFKC", text).strip()
    if "@" in typed:
        return ContactValue("mail", _mail(typed, field))
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise Invalid("contact-not-understood", field) from None
    if len(typed) > 40 or not phonenumbers.is_valid_number(number):
        raise Invalid("contact-not-understood", field)
    return ContactValue("phone", phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def phone_value(text: str, country: str, field: str = "phone") -> str:
    """A phone number of an organisation as E.164. Raises Invalid("phone-not-understood")."""
    try:
        contact = contact_value(text.replace("@", "?"), country, field)
    except Invalid:
        raise Invalid("phone-not-understood", field) from None
    return contact.value


def mail_value(text: str, field: str = "mail") -> str:
    """A mail address in lower-case ASCII. Raises Invalid("mail-not-understood")."""
    return _mail(unicodedata.normalize("NFKC", text).strip(), field, "mail-not-understood")


def _mail(typed: str, field: str, code: str = "contact-not-understood") -> str:
    local, _, domain = typed.rpartition("@")
    try:
        # UnicodeError covers empty and over-long labels; a domain of any script has an ASCII form.
        address = f"{local.lower()}@{domain.encode('idna').decode('ascii').lower()}"
    except UnicodeError:
        raise Invalid(code, field) from None
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if len(address) > ADDRESS_LONGEST or dotted or not _MAIL.fullmatch(address):
        raise Invalid(code, field)
    return address


def person_name(text: str, field: str = "name") -> str:
    """A person's name on one line, 2 to 80 characters. Raises Invalid."""
    name = one_line(text)
    if not 2 <= len(name) <= NAME_LONGEST or bad_characters(name) or not any(c.isalpha() for c in name):
        raise Invalid("name-needed", field, longest=NAME_LONGEST)
    return name


def normal_password(text: str) -> str:
    """The password as it is hashed: composed form, so that two keyboards write the same."""
    return unicodedata.normalize("NFC", text)


def check_password(text: str, own_words: Iterable[str] = (), field: str = "password") -> str:
    """The normal form of a password somebody may choose. Raises Invalid.

    No rule of composition: length, not on the lists of what is tried first, not one's own name or address.
    """
    password = normal_password(text)
    if len(password) < PASSWORD_SHORTEST:
        raise Invalid("password-too-short", field, shortest=PASSWORD_SHORTEST)
    if len(password) > PASSWORD_LONGEST:
        raise Invalid("password-too-long", field, longest=PASSWORD_LONGEST)
    if bad_characters(password):
        raise Invalid("password-too-common", field)
    plain = fold(password)
    if _is_repetition(plain) or _is_run(plain) or _is_common(plain):
        raise Invalid("password-too-common", field)
    if _is_own(plain, own_words):
        raise Invalid("password-is-own-name", field)
    return password


def _is_repetition(plain: str) -> bool:
    """One short piece again and again, or hardly any different characters."""
    return len(set(plain)) < 5 or re.fullmatch(r"(.{1,6})\1+", plain) is not None or _has_period(plain)


def _has_period(plain: str) -> bool:
    return any(all(plain[i] == plain[i - period] for i in range(period, len(plain))) for period in range(1, 7))


_ROWS = (
    "1234567890",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "abcdefghijklmnopqrstuvwxyz",
    "ضصثقفغعهخحجد",
    "شسيبلاتنمكط",
    "ئءؤرلاىةوزظ",
    "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
)
_NEIGHBOURS = frozenset(pair for row in _ROWS for a, b in pairwise(row) for pair in (a + b, b + a))
_COLUMNS = frozenset(
    pair
    for column in ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "1aqw", "2zsx")
    for a, b in pairwise(column)
    for pair in (a + b, b + a)
)
_ZIGZAG = frozenset({"1q", "q2", "2w", "w3", "3e", "e4", "4r", "r5", "5t", "t6", "1a", "a2", "2z", "z3"})


def _is_run(plain: str) -> bool:
    """Fingers walking along the keyboard or the alphabet: seven steps of ten are to a neighbour."""
    steps = [a + b for a, b in pairwise(plain)]
    walked = sum(step in _NEIGHBOURS or step in _COLUMNS or step in _ZIGZAG or step[0] == step[1] for step in steps)
    return walked * 10 >= len(steps) * 7


# The words people reach for first, in the languages of our users, without accents.
_WORDS = frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
_LOOKALIKES = str.maketrans("013457@$!|", "oleastasii")
_LONGEST_WORD = max(map(len, _WORDS))


def _is_common(plain: str) -> bool:
    """At most two common words, dressed with digits and signs."""
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)
    forms = (plain, core.translate(_LOOKALIKES))
    return any(_words_needed("".join(c for c in form if c.isalpha())) <= 2 for form in forms)


def _words_needed(letters: str) -> int:
    """The fewest common words that make up all the letters; many when none do."""
    never = 99
    fewest = [0] + [never] * len(letters)
    for end in range(1, len(letters) + 1):
        starts = range(max(0, end - _LONGEST_WORD), end)
        fewest[end] = min((fewest[start] + 1 for start in starts if letters[start:end] in _WORDS), default=never)
    return fewest[-1]


def _is_own(plain: str, own_words: Iterable[str]) -> bool:
    """What is left without one's own name and address is short."""
    left = plain
    parts = {part for word in own_words for part in re.split(r"[\W_]+", fold(word)) if len(part) >= 3}
    for part in sorted(parts, key=len, reverse=True):
        left = left.replace(part, "")
    return left != plain and len(left) < 8


def ice_value(text: str, field: str = "ice") -> str:
    """A Moroccan common identifier of enterprises, its check digits verified. Raises Invalid."""
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text))
    if not digits.isascii() or not moroccan_ice.is_valid(digits):
        raise Invalid("ice-not-valid", field)
    return digits


def rib_value(text: str, field: str = "rib") -> str:
    """A Moroccan bank identifier: 24 digits whose remainder by 97 is 0. Raises Invalid."""
    digits = re.sub(r"[\s.\-]", "", unicodedata.normalize("NFKC", text))
    if not (digits.isascii() and digits.isdigit() and len(digits) == 24) or int(digits) % 97 != 0:
        raise Invalid("rib-not-valid", field)
    return digits


def identifier_value(kind: IdentifierKind, text: str) -> str:
    """A number of one of the territory's kinds, its pattern and control verified. Raises Invalid on the kind's field."""
    if kind.check == "ma.ice":
        return ice_value(text, kind.key)
    if kind.check == "mod97":
        return rib_value(text, kind.key)
    value = re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
    if not re.fullmatch(kind.pattern, value):
        raise Invalid("identifier-not-valid", kind.key)
    return value


def missing_papers(kind: str, facts: Mapping[str, object]) -> list[str]:
    """What an organisation still has to give before the office can verify it."""
    needed = ["phone", "commune"]
    if kind in SELLERS:
        needed += ["registration_number", "ice"]
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


REFUSALS = {
    "contact-not-understood": msg("Type a mail address such as name@example.org, or a phone number."),
    "phone-not-understood": msg("This is not a phone number we can dial."),
    "mail-not-understood": msg("This is not a mail address."),
    "name-needed": msg("Type a name of 2 to %(longest)s characters."),
    "password-too-short": msg("Choose at least %(shortest)s characters. Four words in a row are easy to remember."),
    "password-too-long": msg("Choose at most %(longest)s characters."),
    "password-too-common": msg("Strangers try this password first. Choose another, for instance four words."),
    "password-is-own-name": msg("This is too close to your name or your contact. Choose another."),
    "password-wrong": msg("This is not your present password."),
    "sign-in-refused": msg("Contact and password do not belong together. Check both, or choose a new password."),
    "code-wrong": msg("This is not the code. Tries left: %(left)s."),
    "code-ended": msg("This code is worth nothing any more. Ask for a new one."),
    "contact-taken": msg("This contact has its account already. Sign in with it."),
    "last-contact": msg("Add another contact first: without one, nobody could sign in."),
    "language-unknown": msg("Choose one of the languages."),
    "choose-one": msg("Choose one from the list."),
    "choose-a-picture": msg("Choose a picture first."),
    "year-out-of-range": msg("A year from %(first)s to %(last)s."),
    "number-out-of-range": msg("A number from 0 to %(most)s."),
    "more-women-than-members": msg("There cannot be more women than members."),
    "registration-needs-digits": msg("A registration number has digits."),
    "province-elsewhere": msg("This province is not in the region you chose."),
    "organisation-name-needed": msg("Type a name of 2 to %(longest)s characters."),
    "ice-not-valid": msg("An ICE has 15 digits, and its last two must fit the others. Check it against your paper."),
    "rib-not-valid": msg("A RIB has 24 digits, and its last two must fit the others. Check it against your paper."),
    "identifier-not-valid": msg("This number does not have the right form."),
    "number-taken": msg("Another organisation bears this number already. If it is yours, write to the office."),
    "fact-is-fixed": msg("The office checks or has checked this. Write to the office to change it."),
    "papers-missing": msg("Something is still missing before the office can verify you."),
    "reason-needed": msg("Say why: the organisation reads it."),
    "too-many-invitations": msg("%(most)s invitations are open already. Withdraw some first."),
    "already-in-role": msg("This person holds this role already."),
    "last-chair": msg("An organisation needs a chair. Make somebody else chair first."),
    "operator-exists": msg("This installation has its operator already."),
}
