"""Ways to reach somebody: mail addresses and phone numbers; the notices a person may turn off."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers

from app.kernel.errors import Invalid
from app.kernel.text import msg

NOTICE_KINDS = {
    "orders": msg("Orders and parcels"),
    "groups": msg("Groups and projects"),
    "courses": msg("Courses"),
    "news": msg("News of the movement"),
}
NOTICE_CHANNELS = {"mail": msg("By mail"), "phone": msg("By text message")}
ADDRESS_LONGEST = 254


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
