"""Passwords: hashed with argon2id, compared in the same time whether or not the person exists (robustness.md 14)."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise
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


LEAST_SURPRISES = 7
USUAL = re.compile(r"password|passwort|passwd|kennwort|welcome|letmein|iloveyou|millgate|admin|login|secret|密码")
ROWS = ("1234567890", "qwertyuiop", "qwertzuiop", "azertyuiop", "asdfghjkl", "zxcvbnm", "yxcvbnm", "abcdefghijklmnopqrstuvwxyz")
_STEPS = frozenset(pair for row in ROWS for line in (row, row[::-1]) for pair in pairwise(line))


def is_weak(password: str, email: str) -> bool:
    """Whether it is too easy to guess: few different characters, runs and words that everybody tries, or the person's own address.

    Source: NIST SP 800-63B §5.1.1.2.
    """
    name = email.partition("@")[0].lower()
    is_own_address = len(name) > 3 and name in password.lower() and len(password) < len(name) + 8
    return len(set(password)) < 5 or is_own_address or _surprises(_plain(password).lower()) < LEAST_SURPRISES


def _surprises(password: str) -> int:
    """Characters that do not follow from the one before: `123456789012` has two, `password2026` five. A usual word counts as one."""
    shortened = USUAL.sub("\0", password)
    return sum(before != sign and (before, sign) not in _STEPS for before, sign in pairwise(f" {shortened}"))
