"""Ways to reach people, as they type them: one form for each mail address and each phone number."""

import re
from dataclasses import dataclass

import phonenumbers

from app.kernel.errors import Invalid
from app.kernel.typed import plain

MAIL, PHONE = "mail", "phone"  # the kinds of contacts, and the channels of letters
ADDRESS_LONGEST = 254
PHONE_LONGEST = 40

_MAIL = re.compile(r"[a-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")
_PHONE = re.compile(r"[+\d][\d ().\-/]*")


@dataclass(frozen=True)
class ContactValue:
    """A way to reach somebody: `kind` is mail (lower-case ASCII address) or phone (E.164)."""

    kind: str
    value: str


def contact_value(text: str, country: str, field: str = "contact") -> ContactValue:
    """What was typed as a mail address or a phone number of the country. Raises Invalid("contact-not-understood")."""
    try:
        if "@" in plain(text):
            return ContactValue(MAIL, mail_value(text, field))
        return ContactValue(PHONE, phone_value(text, country, field))
    except Invalid:
        raise Invalid("contact-not-understood", field) from None


def mail_value(text: str, field: str = "mail") -> str:
    """The canonical form of a mail address: what is stored, written to and counted by limits.

    Lower case throughout, wide letters folded, the domain in its ASCII form; dots and plus signs stay, since only the
    post office of the domain knows what they mean. An address that a mail program could take for another one is none:
    a name before it, angle brackets, `mailto:`, quotes, comments, an encoded word, a domain letter that two standards
    send to two places. Raises Invalid("mail-not-understood").
    """
    local, _, domain = plain(text).rpartition("@")
    host = _ascii_domain(domain.lower())
    address = f"{local.lower()}@{host}"
    dotted = local.startswith(".") or local.endswith(".") or ".." in local
    if not host or len(address) > ADDRESS_LONGEST or dotted or "=?" in local or not _MAIL.fullmatch(address):
        raise Invalid("mail-not-understood", field)
    return address


def _ascii_domain(domain: str) -> str:
    """The ASCII form of a domain of any script; empty when it has none, or one that reads back as another domain."""
    try:
        host = domain.encode("idna").decode("ascii").lower()
        same = domain.isascii() or host.encode("ascii").decode("idna") == domain
    except UnicodeError:  # empty and over-long labels too
        return ""
    return host if same else ""


def phone_value(text: str, country: str, field: str = "phone") -> str:
    """A phone number of the country, or of another with its +, as E.164. Raises Invalid("phone-not-understood").

    Figures and what parts them: letters, extensions and addresses of pages are not dialled as somebody meant them.
    """
    typed = plain(text)
    if len(typed) > PHONE_LONGEST or not _PHONE.fullmatch(typed.lstrip("(")):
        raise Invalid("phone-not-understood", field)
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise Invalid("phone-not-understood", field) from None
    if not phonenumbers.is_valid_number(number):
        raise Invalid("phone-not-understood", field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
