"""Primary keys and secrets that are handed to people."""

import hashlib
import secrets
from uuid import UUID

from uuid_utils.compat import uuid7

CODE_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id() -> UUID:
    """A UUIDv7: made here, so no flush is needed to know it, and sorted by time of making."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """The id written in `text`, or None when it is none: a stranger's id and nonsense are answered alike."""
    try:
        return UUID(text)
    except ValueError:
        return None


def new_code(length: int = 6) -> str:
    """A random code of Crockford's base 32, as it stands at the end of a slug."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(length))


def new_token() -> str:
    """A secret for a link or a session; only its hash is stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> str:
    """What is stored of a token (robustness.md 15). Unsalted on purpose: tokens are random, and are looked up by it."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
