"""Passkeys (WebAuthn level 3): what the browser is asked, and whether its answer is right. Nothing here is stored.

A passkey shows that its owner unlocked the device, so it serves as password and second factor in one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from marketplace.accounts.errors import PasskeyRefused

CHALLENGE_BYTES = 32
MOST_CHARS = 16_000
TRANSPORTS = frozenset({"usb", "nfc", "ble", "internal", "hybrid", "cable", "smart-card"})


@dataclass(frozen=True, slots=True)
class Site:
    """For which name passkeys are made, and from which addresses they may be used."""

    name: str
    origins: tuple[str, ...]


def site_of(base_url: str) -> Site:
    """The site of the configured base URL. Browsers make no passkeys for an IP address, so a loopback one also goes by its name."""
    parts = urlsplit(base_url)
    host = parts.hostname or "localhost"
    origin = f"{parts.scheme}://{parts.netloc}"
    try:
        is_loopback = ip_address(host).is_loopback
    except ValueError:
        return Site(host, (origin,))
    if not is_loopback:
        return Site(host, (origin,))
    return Site("localhost", (f"{parts.scheme}://localhost{f':{parts.port}' if parts.port else ''}",))


def creation_options(site: Site, challenge: bytes, *, person_id: UUID, email: str, name: str, known: Sequence[str]) -> str:
    """What the browser is asked when a passkey is made, as JSON; a device that has one in `known` makes no second."""
    options = webauthn.generate_registration_options(
        rp_id=site.name,
        rp_name="Millgate",
        user_id=person_id.bytes,
        user_name=email,
        user_display_name=name,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
        exclude_credentials=_named(known),
    )
    return webauthn.options_to_json(options)


def request_options(site: Site, challenge: bytes, *, known: Sequence[str] = ()) -> str:
    """What the browser is asked when a passkey is used, as JSON; without `known` it offers every passkey that it has for the site."""
    options = webauthn.generate_authentication_options(
        rp_id=site.name,
        challenge=challenge,
        allow_credentials=_named(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return webauthn.options_to_json(options)


def _named(known: Sequence[str]) -> list[PublicKeyCredentialDescriptor]:
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(credential_id)) for credential_id in known]


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of a passkey that was made."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: tuple[str, ...]


def made_passkey(site: Site, challenge: bytes, answer: str) -> NewPasskey:
    """The passkey that the browser's answer holds. Raises: PasskeyRefused."""
    content = _read(answer)
    try:
        made = webauthn.verify_registration_response(
            credential=content,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=list(site.origins),
            require_user_verification=True,
        )
    except Exception as error:  # whatever the library says of a stranger's bytes is a refusal, never our fault
        raise PasskeyRefused from error
    response = content.get("response")
    told = response.get("transports") if isinstance(response, dict) else None
    transports = tuple(t for t in told if t in TRANSPORTS) if isinstance(told, list) and all(isinstance(t, str) for t in told) else ()
    return NewPasskey(
        bytes_to_base64url(made.credential_id),
        bytes_to_base64url(made.credential_public_key),
        made.sign_count,
        tuple(sorted(set(transports))),
    )


def named_passkey(answer: str) -> str:
    """The id of the passkey that an answer was made with; nothing is checked yet. Raises: PasskeyRefused."""
    credential_id = _read(answer).get("id")
    if not isinstance(credential_id, str) or not credential_id.isascii() or "\0" in credential_id:
        raise PasskeyRefused
    return credential_id


def used_count(site: Site, challenge: bytes, answer: str, *, public_key: str, sign_count: int, person_id: UUID) -> int:
    """The new count of a passkey whose answer is right, for the person that it was made for. Raises: PasskeyRefused."""
    content = _read(answer)
    try:
        used = webauthn.verify_authentication_response(
            credential=content,
            expected_challenge=challenge,
            expected_rp_id=site.name,
            expected_origin=list(site.origins),
            credential_public_key=base64url_to_bytes(public_key),
            credential_current_sign_count=sign_count,
            require_user_verification=True,
        )
        response = content["response"]
        holder = response.get("userHandle") if isinstance(response, dict) else None
        is_holders = not holder or base64url_to_bytes(holder) == person_id.bytes
    except Exception as error:  # as above
        raise PasskeyRefused from error
    if not is_holders:
        raise PasskeyRefused
    return used.new_sign_count


def _read(answer: str) -> dict[str, object]:
    try:
        content = json.loads(answer) if len(answer) <= MOST_CHARS else None
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise PasskeyRefused
    return content
