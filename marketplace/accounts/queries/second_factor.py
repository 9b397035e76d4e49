"""What a person can prove themselves by, beside the password. Scoped to the person who is signed in, or who is about to be."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from marketplace.accounts.models import Passkey, Person, RecoveryCode, TOTPFactor
from marketplace.core.db import db
from marketplace.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Ways:
    """How a person can prove who they are."""

    has_app: bool
    """A second factor is on: log-in and step-up ask for it."""
    recovery_codes: int
    """Those that are still good."""
    passkeys: int


def ways_of(person_id: UUID) -> Ways:
    """The ways of one person, in one statement."""
    app = select(func.count()).select_from(TOTPFactor).where(TOTPFactor.person_id == person_id).scalar_subquery()
    codes = (
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
        .scalar_subquery()
    )
    passkeys = select(func.count()).select_from(Passkey).where(Passkey.person_id == person_id).scalar_subquery()
    has_app, left, keys = db.session.execute(select(app, codes, passkeys)).one()
    return Ways(bool(has_app), left, keys)


def find_totp(person_id: UUID) -> TOTPFactor | None:
    """The second factor of a person; None while it is off."""
    return db.session.scalar(select(TOTPFactor).where(TOTPFactor.person_id == person_id).execution_options(populate_existing=True))


def passkeys_of(person_id: UUID) -> list[Passkey]:
    """The passkeys of a person, the oldest first."""
    return list(db.session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.created_at, Passkey.id)))


def passkey_of(passkey_id: UUID, *, person_id: UUID) -> Passkey:
    """One passkey. Raises: NotFound, also for another person's."""
    found = db.session.scalar(select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person_id))
    if found is None:
        raise NotFound
    return found


def find_passkey(credential_id: str) -> tuple[Passkey, bool] | None:
    """For the log-in alone: the passkey that a browser names, and whether its owner is shut out, who is told so once it is right."""
    query = select(Passkey, Person.disabled_at.is_not(None)).join(Person, Person.id == Passkey.person_id)
    row = db.session.execute(query.where(Passkey.credential_id == credential_id)).one_or_none()
    return (row[0], row[1]) if row else None
