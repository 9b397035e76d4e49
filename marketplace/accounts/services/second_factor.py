"""What a person proves themselves by beside the password: codes of an app, codes on paper, passkeys. Each change is told by mail."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.accounts import queries
from marketplace.accounts.errors import PasskeyRefused, TooManyPasskeys
from marketplace.accounts.models import Passkey, Person, RecoveryCode, TOTPFactor
from marketplace.accounts.passkeys import NewPasskey
from marketplace.accounts.services.people import record_about
from marketplace.core import clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id

MOST_PASSKEYS = 20


def turn_on_app(person_id: UUID, *, sealed_secret: str, step: int, code_hashes: Sequence[str], actor: Actor) -> None:
    """From now on log-in and step-up ask for a code. `step` is that of the code that proved the app; it is spent.

    A factor that was on before is replaced, and its codes on paper with it.
    """
    person = db.session.get_one(Person, person_id)
    row = {"sealed_secret": sealed_secret, "last_step": step, "created_at": clock.now()}
    db.session.execute(
        insert(TOTPFactor)
        .values(person_id=person_id, **row)
        .on_conflict_do_update(index_elements=["person_id"], set_=row)
        .execution_options(synchronize_session=False)
    )
    _replace_codes(person_id, code_hashes)
    _tell(person, "two_step_on", actor)


def turn_off_app(person_id: UUID, *, actor: Actor) -> None:
    """The password alone opens the account again; the codes on paper are dead. The door has asked for the second factor."""
    person = db.session.get_one(Person, person_id)
    was_on = db.session.execute(delete(TOTPFactor).where(TOTPFactor.person_id == person_id).returning(TOTPFactor.person_id)).scalar()
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    if was_on is not None:
        _tell(person, "two_step_off", actor)


def use_step(person_id: UUID, step: int) -> bool:
    """Spend the code of a half minute; False when it, or a later one, was used before: a code that was overseen is worth nothing."""
    spent = db.session.execute(
        update(TOTPFactor)
        .where(TOTPFactor.person_id == person_id, TOTPFactor.last_step < step)
        .values(last_step=step)
        .returning(TOTPFactor.person_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return spent is not None


def use_recovery_code(person_id: UUID, code_hash: str, *, actor: Actor) -> bool:
    """Spend a code on paper; False when it is none of this person's, or was used."""
    spent = db.session.execute(
        update(RecoveryCode)
        .where(RecoveryCode.person_id == person_id, RecoveryCode.code_hash == code_hash, RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(RecoveryCode.id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if spent is None:
        return False
    _tell(db.session.get_one(Person, person_id), "recovery_code_used", actor)
    return True


def renew_recovery_codes(person_id: UUID, code_hashes: Sequence[str], *, actor: Actor) -> None:
    """Another sheet of codes; those of the earlier one are dead."""
    _replace_codes(person_id, code_hashes)
    _tell(db.session.get_one(Person, person_id), "recovery_codes_renewed", actor)


def add_passkey(person_id: UUID, made: NewPasskey, *, name: str, actor: Actor) -> None:
    """Keep a passkey that was just made. Raises: TooManyPasskeys, PasskeyRefused (it is known already)."""
    person = db.session.execute(select(Person).where(Person.id == person_id).with_for_update()).scalar_one()
    if queries.ways_of(person_id).passkeys >= MOST_PASSKEYS:
        raise TooManyPasskeys
    written = db.session.execute(
        insert(Passkey)
        .values(
            id=new_id(),
            person_id=person_id,
            name=name,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            transports=list(made.transports),
            created_at=clock.now(),
            used_at=None,
        )
        .on_conflict_do_nothing(index_elements=["credential_id"])
        .returning(Passkey.id)
    ).scalar()
    if written is None:
        raise PasskeyRefused
    _tell(person, "passkey_added", actor, name)


def rename_passkey(passkey_id: UUID, name: str, *, person_id: UUID) -> None:
    """Call a passkey by another name. Raises: NotFound."""
    queries.passkey_of(passkey_id, person_id=person_id).name = name


def remove_passkey(passkey_id: UUID, *, person_id: UUID, actor: Actor) -> None:
    """The passkey opens nothing any more. Raises: NotFound."""
    passkey = queries.passkey_of(passkey_id, person_id=person_id)
    db.session.delete(passkey)
    _tell(db.session.get_one(Person, person_id), "passkey_removed", actor, passkey.name)


def use_passkey(passkey_id: UUID, sign_count: int) -> None:
    """Note that a passkey was used, and what its device has counted."""
    db.session.execute(
        update(Passkey)
        .where(Passkey.id == passkey_id)
        .values(sign_count=func.greatest(Passkey.sign_count, sign_count), used_at=clock.now())
        .execution_options(synchronize_session=False)
    )


def _replace_codes(person_id: UUID, code_hashes: Sequence[str]) -> None:
    db.session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))
    now = clock.now()
    db.session.add_all(
        RecoveryCode(id=new_id(), person_id=person_id, code_hash=code_hash, created_at=now, used_at=None) for code_hash in code_hashes
    )


def _tell(person: Person, what: str, actor: Actor, name: str | None = None) -> None:
    record_about(person, f"person.{what}", actor, after={"passkey": name} if name else None)
    jobs.enqueue("accounts.email_security_changed", person_id=person.id, what=what)
