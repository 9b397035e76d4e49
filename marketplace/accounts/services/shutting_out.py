"""The platform shuts a person out, and lets them in again."""

from uuid import UUID

from sqlalchemy import select, update

from marketplace.accounts.errors import OwnSeat
from marketplace.accounts.models import Person, UserSession
from marketplace.accounts.services.people import record_about
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound


def shut_out(person_id: UUID, *, reason: str, actor: Actor) -> None:
    """End every session and let no new one begin. Raises: NotFound, OwnSeat (nobody shuts themselves out)."""
    person = _locked(person_id)
    if person.id == actor.person_id:
        raise OwnSeat
    if person.disabled_at is not None:
        return
    person.disabled_at = clock.now()
    open_ones = update(UserSession).where(UserSession.person_id == person.id, UserSession.revoked_at.is_(None))
    db.session.execute(open_ones.values(revoked_at=clock.now()).execution_options(synchronize_session=False))
    record_about(person, "person.shut_out", actor, after={"reason": reason})


def let_in(person_id: UUID, *, reason: str, actor: Actor) -> None:
    """Undo it; sessions begin with a fresh log-in. Raises: NotFound."""
    person = _locked(person_id)
    if person.disabled_at is None:
        return
    person.disabled_at = None
    record_about(person, "person.let_in", actor, after={"reason": reason})


def _locked(person_id: UUID) -> Person:
    person = db.session.scalar(select(Person).where(Person.id == person_id).with_for_update())
    if person is None:
        raise NotFound
    return person
