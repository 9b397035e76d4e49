"""Tries to log in and requests for mail are counted before they are made, per address and per network."""

from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import delete, func, select, text

from marketplace.accounts.errors import TooManyTries
from marketplace.accounts.models import LogInAttempt
from marketplace.accounts.networks import network_of
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id

WINDOW = timedelta(minutes=15)
LOG_INS_PER_ACCOUNT, CODES_PER_PERSON, MAILS_PER_ADDRESS, PER_NETWORK = 10, 10, 5, 60
KEEP = timedelta(days=1)


def admit_log_in(email: str, *, network: str) -> None:
    """Count a try to log in, whether the address exists or not. Raises: TooManyTries (robustness.md 14)."""
    _count(_account(email), LOG_INS_PER_ACCOUNT)
    _count(network_of(network), PER_NETWORK)


def admit_code(person_id: UUID, *, network: str) -> None:
    """Count a try of a code or passkey after the password; a right password alone never sets it back. Raises: TooManyTries."""
    _count(_codes(person_id), CODES_PER_PERSON)
    _count(network_of(network), PER_NETWORK)


def admit_mail(email: str, *, network: str) -> None:
    """Count a request that has a mail sent to an address. Raises: TooManyTries."""
    _count("mail:" + _digest(email), MAILS_PER_ADDRESS)
    _count(network_of(network), PER_NETWORK)


def forgive(email: str, *, person_id: UUID, network: str) -> None:
    """Forget the tries of an account whose owner has proved who they are, and one of its network."""
    db.session.execute(delete(LogInAttempt).where(LogInAttempt.subject.in_([_account(email), _codes(person_id)])))
    last = select(LogInAttempt.id).where(LogInAttempt.subject == network_of(network)).order_by(LogInAttempt.at.desc()).limit(1)
    db.session.execute(delete(LogInAttempt).where(LogInAttempt.id.in_(last)))


def forget_old_tries() -> None:
    """Drop the tries that no longer count."""
    db.session.execute(delete(LogInAttempt).where(LogInAttempt.at < clock.now() - KEEP))


def _count(subject: str, limit: int) -> None:
    # Two tries of one subject wait for each other, or parallel guesses would all see the same count.
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))"), {"subject": subject})
    since = clock.now() - WINDOW
    tries = db.session.scalar(
        select(func.count()).select_from(LogInAttempt).where(LogInAttempt.subject == subject, LogInAttempt.at > since)
    )
    if (tries or 0) >= limit:
        raise TooManyTries
    db.session.add(LogInAttempt(id=new_id(), subject=subject, at=clock.now()))


def _digest(email: str) -> str:
    return sha256(email.encode("utf-8", "replace")).hexdigest()


def _codes(person_id: UUID) -> str:
    return f"codes:{person_id}"


def _account(email: str) -> str:
    return "account:" + _digest(email)
