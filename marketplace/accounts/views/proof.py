"""How a person proves who they are: password, code, passkey. Used at the log-in and at step-up (robustness.md 14)."""

import base64
import binascii
import secrets
from uuid import UUID

from flask import current_app, session

from marketplace.accounts import passkeys, queries, services, totp
from marketplace.accounts.errors import PasskeyRefused, ShutOut, WrongCode, WrongPassword
from marketplace.accounts.passkeys import CHALLENGE_BYTES, Site
from marketplace.accounts.passwords import is_right
from marketplace.core import clock, once
from marketplace.core.audit import Actor
from marketplace.core.db import outside, transaction
from marketplace.core.ids import token_hash
from marketplace.core.web import network

CHALLENGE_SECONDS = 600
CODE_DIGITS = 6


def secret_key() -> str:
    """The key of the process."""
    return str(current_app.config["SECRET_KEY"])


def site() -> Site:
    """The name that passkeys are made for."""
    return passkeys.site_of(current_app.config["BASE_URL"])


def prove_by_password(person_id: UUID, email: str, password: str) -> None:
    """Raises: WrongPassword, TooManyTries. The caller forgives the tries when nothing else is asked."""
    with transaction():
        services.admit_log_in(email, network=network())
    credentials = queries.find_credentials_of(person_id)
    outside()
    if credentials is None or not is_right(password, credentials.password_hash):
        raise WrongPassword


def prove_by_code(person_id: UUID, code: str, *, actor: Actor) -> str:
    """A code of the app, or one of the sheet; returns which: `code` or `recovery_code`. It is spent. Raises: WrongCode, TooManyTries."""
    with transaction():
        services.admit_code(person_id, network=network())
    factor = queries.find_totp(person_id)
    outside()
    typed = totp.plain(code)
    if factor is None:
        raise WrongCode
    if len(typed) != CODE_DIGITS:
        with transaction():
            if not services.use_recovery_code(person_id, token_hash(typed), actor=actor):
                raise WrongCode
        return "recovery_code"
    secret = totp.opened(factor.sealed_secret, secret_key=secret_key(), person_id=person_id)
    step = totp.matching_step(secret, typed, clock.now()) if secret else None
    with transaction():
        if step is None or not services.use_step(person_id, step):
            raise WrongCode
    return "code"


def prove_by_passkey(answer: str, purpose: str, *, person_id: UUID | None = None) -> UUID:
    """Returns whose passkey it is, only `person_id`'s where it is given.

    Raises: PasskeyRefused, TooManyTries, ShutOut (after everything is right, as after the right password).
    """
    challenge = take_challenge(purpose)
    found = queries.find_passkey(passkeys.named_passkey(answer))
    outside()
    if found is None:
        raise PasskeyRefused
    passkey, is_shut_out = found
    if person_id not in (None, passkey.person_id):
        raise PasskeyRefused
    with transaction():
        services.admit_code(passkey.person_id, network=network())
    count = passkeys.used_count(
        site(), challenge, answer, public_key=passkey.public_key, sign_count=passkey.sign_count, person_id=passkey.person_id
    )
    with transaction():
        spend_challenge(challenge)
        services.use_passkey(passkey.id, count)
    if is_shut_out:
        # Who had a session has lost it: at a second step or a step-up it is no proof any more.
        raise ShutOut if person_id is None else PasskeyRefused
    return passkey.person_id


def new_challenge(purpose: str) -> bytes:
    """What the browser's passkey has to sign; kept on the signed cookie, for one purpose and ten minutes."""
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    session["passkey"] = [purpose, base64.b64encode(challenge).decode(), int(clock.now().timestamp())]
    return challenge


def take_challenge(purpose: str) -> bytes:
    """The challenge that was set for this purpose; it can be taken once. Raises: PasskeyRefused."""
    try:
        kept_for, written, since = session.pop("passkey")
        if kept_for == purpose and 0 <= clock.now().timestamp() - since < CHALLENGE_SECONDS:
            return base64.b64decode(written)
    except (KeyError, TypeError, ValueError, binascii.Error) as error:
        raise PasskeyRefused from error
    raise PasskeyRefused


def spend_challenge(challenge: bytes) -> None:
    """Inside the act's transaction: an earlier cookie brings no challenge back. Raises: PasskeyRefused."""
    if once.claim("accounts.passkey", token_hash(challenge.hex()), {}) is not None:
        raise PasskeyRefused
