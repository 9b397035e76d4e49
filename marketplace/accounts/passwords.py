"""Passwords: hashed with argon2id, compared in the same time whether or not the person exists (robustness.md 14)."""

import unicodedata
from functools import lru_cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher, profiles
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app

LEAST_CHARS, MOST_CHARS = 12, 200

# A hash takes 64 MiB and 0.15 s of a core: more at once would only push other pages out.
_places = BoundedSemaphore(2)


_strong = PasswordHasher.from_parameters(profiles.RFC_9106_LOW_MEMORY)
_cheap = PasswordHasher.from_parameters(profiles.CHEAPEST)


def _hasher() -> PasswordHasher:
    return _cheap if current_app.testing else _strong


@lru_cache(maxsize=2)
def _nobodys_hash(hasher: PasswordHasher) -> str:
    return hasher.hash("the password of nobody")


def _plain(password: str) -> str:
    # The same characters typed on another keyboard may be composed differently (NIST SP 800-63B §5.1.1.2).
    return unicodedata.normalize("NFKC", password)


def hash_password(password: str) -> str:
    """What is stored of a password. The cheapest profile is for the tests alone."""
    with _places:
        return _hasher().hash(_plain(password))


def is_right(password: str, stored: str | None) -> bool:
    """Whether the password belongs to the stored hash. Without a hash it takes as long, and is wrong."""
    is_known = stored is not None
    with _places:
        try:
            _hasher().verify(stored or _nobodys_hash(_hasher()), _plain(password))
        except (VerificationError, InvalidHashError):
            return False
    return is_known


def is_weak(password: str, email: str) -> bool:
    """Whether it is too easy to guess: few different characters, or the person's own address."""
    name = email.partition("@")[0].lower()
    return len(set(password)) < 5 or (len(name) > 3 and name in password.lower() and len(password) < len(name) + 8)
