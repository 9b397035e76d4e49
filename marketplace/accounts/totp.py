"""Codes of an authenticator app (RFC 6238, half minutes, six digits) and the codes on paper that stand in for them.

The secret is kept encrypted under a key made from the key of the process and the person: a copy of the database alone makes no codes.
"""

import base64
import hmac
import io
import unicodedata
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import pyotp
import segno
from cryptography.fernet import Fernet, InvalidToken

from marketplace.core.ids import new_code

STEP_SECONDS, DRIFT_STEPS = 30, 1
RECOVERY_CODES, RECOVERY_CHARS, GROUP = 10, 16, 4
SETUP_SECONDS = 3_600
ISSUER = "Millgate"


def new_secret() -> str:
    """A fresh secret, base 32 as apps take it."""
    return pyotp.random_base32()


def _box(secret_key: str, person_id: UUID) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hmac.new(secret_key.encode(), b"totp:" + person_id.bytes, sha256).digest()))


def sealed(secret: str, *, secret_key: str, person_id: UUID) -> str:
    """The secret as it is stored; only for the same person and key of the process can it be opened."""
    return _box(secret_key, person_id).encrypt(secret.encode()).decode()


def opened(seal: str, *, secret_key: str, person_id: UUID) -> str | None:
    """The secret; None when it was sealed for somebody else, under another key, or was tampered with."""
    try:
        return _box(secret_key, person_id).decrypt(seal.encode("utf-8", "replace")).decode()
    except InvalidToken:
        return None


def opened_setup(seal: str, *, secret_key: str, person_id: UUID) -> str | None:
    """The secret of a set-up that was begun within the hour, else None."""
    try:
        return _box(secret_key, person_id).decrypt(seal.encode("utf-8", "replace"), ttl=SETUP_SECONDS).decode()
    except InvalidToken:
        return None


def plain(code: str) -> str:
    """A code as it is compared: without the blanks and hyphens that people type, in small letters."""
    return "".join(c for c in unicodedata.normalize("NFKC", code).lower() if not c.isspace() and c != "-")


def matching_step(secret: str, code: str, at: datetime) -> int | None:
    """The half minute whose code this is, now or one to either side; None for any other code.

    The caller takes it only when it is later than the last one used, so that no code serves twice (RFC 6238 §5.2).
    """
    app = pyotp.TOTP(secret)
    now = int(at.timestamp()) // STEP_SECONDS
    typed = plain(code).encode()
    found = None
    for step in range(now - DRIFT_STEPS, now + DRIFT_STEPS + 1):
        if hmac.compare_digest(app.generate_otp(step).encode(), typed):
            found = step
    return found


def setup_address(secret: str, email: str) -> str:
    """What the picture says to the app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def picture(address: str) -> bytes:
    """The address as a QR code, an SVG of dark on light whatever the theme: cameras want it so."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=5, border=4, dark="#000", light="#fff", xmldecl=False)
    return out.getvalue()


def grouped(secret: str) -> str:
    """The secret for somebody who types it: `ABCD EFGH …`."""
    return " ".join(secret[i : i + GROUP] for i in range(0, len(secret), GROUP))


def new_recovery_codes() -> list[str]:
    """Ten codes for a sheet of paper: `7g2k-m4p9-…`, 80 bits each."""
    codes = [new_code(RECOVERY_CHARS) for _ in range(RECOVERY_CODES)]
    return ["-".join(code[i : i + GROUP] for i in range(0, RECOVERY_CHARS, GROUP)) for code in codes]
