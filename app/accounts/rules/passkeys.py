"""Passkeys (WebAuthn): where they can be offered, what the browser is asked, and whether its answer fits."""

import ipaddress
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.kernel.errors import Invalid

LOOPBACK = "localhost"
ANSWER_LONGEST = 20_000
# What the library raises for an answer that no browser of ours sent.
STRANGE = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, struct.error)


@dataclass(frozen=True)
class Place:
    """Where a passkey belongs: the name of a host, and the origin of its pages."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class NewKey:
    """A passkey as it is stored; identifiers and keys in base64url."""

    credential_id: str
    public_key: str
    sign_count: int


def is_address(host: str) -> bool:
    """Is the host an IP address? Such a one can have no passkeys."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def place_of(public_url: str, asked_host: str) -> Place | None:
    """Where the visitor is, when passkeys can be had there: under the name of the public address, or under `localhost`
    where that address is this very machine. None elsewhere, and for an IP address always.
    """
    name, host = _host_of(public_url), _host_of(f"//{asked_host}")
    if host == LOOPBACK and _is_this_machine(name):
        return _local(public_url, asked_host)
    if host == name and name and not is_address(name) and public_url.startswith("https://"):
        return Place(name, public_url)
    return None


def local_place(public_url: str, asked_host: str) -> Place | None:
    """The same machine under its name, for somebody who typed its number."""
    host = _host_of(f"//{asked_host}")
    return _local(public_url, asked_host) if host != LOOPBACK and _is_this_machine(host) else None


def _host_of(address: str) -> str:
    return urlsplit(address).hostname or ""


def _is_this_machine(host: str) -> bool:
    return host == LOOPBACK or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def _local(public_url: str, asked_host: str) -> Place | None:
    try:
        port = urlsplit(f"//{asked_host}").port
    except ValueError:  # a port that is no number
        return None
    return Place(LOOPBACK, f"{urlsplit(public_url).scheme}://{LOOPBACK}{f':{port}' if port else ''}")


def _known(credential_ids: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one)) for one in credential_ids]


def ask_to_make(place: Place, site: str, person: str, handle: bytes, known: Sequence[str]) -> tuple[str, str]:
    """(challenge, what the browser is asked as JSON) for a new passkey of a person, who has the `known` ones."""
    options = generate_registration_options(
        rp_id=place.rp_id,
        rp_name=site,
        user_id=handle,
        user_name=person,
        exclude_credentials=_known(known),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.DISCOURAGED, user_verification=UserVerificationRequirement.PREFERRED
        ),
    )
    return bytes_to_base64url(options.challenge), options_to_json(options)


def ask_to_use(place: Place, known: Sequence[str]) -> tuple[str, str]:
    """(challenge, what the browser is asked as JSON) to use one of the `known` passkeys."""
    options = generate_authentication_options(
        rp_id=place.rp_id, allow_credentials=_known(known), user_verification=UserVerificationRequirement.PREFERRED
    )
    return bytes_to_base64url(options.challenge), options_to_json(options)


def made_key(place: Place, challenge: str, sent: str) -> NewKey:
    """The passkey the browser made for this challenge, at this place. Raises Invalid("passkey-wrong")."""
    if len(sent) > ANSWER_LONGEST:
        raise Invalid("passkey-wrong")
    try:
        made = verify_registration_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
        )
    except STRANGE:
        raise Invalid("passkey-wrong") from None
    return NewKey(bytes_to_base64url(made.credential_id), bytes_to_base64url(made.credential_public_key), made.sign_count)


def new_count(place: Place, challenge: str, sent: str, public_key: str, count: int) -> int:
    """How often the passkey was used by now, when the answer is its own, to this challenge, at this place, and not older
    than the last one. Raises Invalid("passkey-wrong").
    """
    if len(sent) > ANSWER_LONGEST:
        raise Invalid("passkey-wrong")
    try:
        used = verify_authentication_response(
            credential=sent,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=count,
        )
    except STRANGE:
        raise Invalid("passkey-wrong") from None
    return used.new_sign_count
