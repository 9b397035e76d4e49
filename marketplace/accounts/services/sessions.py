"""Log-ins: they live on the server, get a new secret whenever rights change, and can be ended."""

from uuid import UUID

from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.errors import LEFT, REMOVED, NoCompany
from marketplace.accounts.models import Person, UserSession
from marketplace.accounts.services.tries import forgive
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id, new_token, token_hash


def open_session(person_id: UUID, *, device: str, actor: Actor, way: str = "password") -> str:
    """Log a person in as the company of the last time; returns the secret of the session.

    What the person proved themselves by has been checked by the door; `way` says what it was: `password`, `code`, `recovery_code`,
    `passkey` or `link`. Raises: NoCompany.
    """
    company_id = queries.home_company_id(person_id)
    if company_id is None:
        last = queries.last_company(person_id)
        if last is None:
            raise NoCompany
        company, ended_at, is_own = last
        raise NoCompany(LEFT if is_own else REMOVED, company=company, ended_at=ended_at)
    person = db.session.get_one(Person, person_id)
    now = clock.now()
    token = new_token()
    session = UserSession(
        id=new_id(),
        token_hash=token_hash(token),
        person_id=person_id,
        company_id=company_id,
        created_at=now,
        seen_at=now,
        confirmed_at=now,
        revoked_at=None,
        is_to_rotate=False,
        network=actor.network,
        device=device,
    )
    db.session.add(session)
    forgive(person.email, person_id=person_id, network=actor.network)
    known = Actor(person_id=person_id, company_id=company_id, name=person.name, request_id=actor.request_id, network=actor.network)
    audit.record(known, "session.opened", "session", session.id, companies=(company_id,), after={"device": device, "way": way})
    return token


def rotate_session(session_id: UUID) -> str:
    """Give a session another secret, since its rights have changed; returns it."""
    token = new_token()
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(token_hash=token_hash(token), is_to_rotate=False, seen_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    return token


def touch_session(session_id: UUID) -> None:
    """Note that the session was seen now."""
    db.session.execute(
        update(UserSession).where(UserSession.id == session_id).values(seen_at=clock.now()).execution_options(synchronize_session=False)
    )


def confirm_session(session_id: UUID, *, person_id: UUID, email: str, network: str) -> None:
    """It was proved again whose session it is: for 10 minutes, acts that need it fresh are open (robustness.md 14)."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id)
        .values(confirmed_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    forgive(email, person_id=person_id, network=network)


def switch_company(session_id: UUID, company_id: UUID, *, actor: Actor) -> str:
    """Go on as another company of the same person; returns the new secret. Raises: NotFound (not a member there)."""
    if actor.person_id is None or company_id not in {c.id for c in queries.companies_of(actor.person_id)}:
        raise NotFound
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.person_id == actor.person_id)
        .values(company_id=company_id)
        .execution_options(synchronize_session=False)
    )
    companies = tuple(c for c in (actor.company_id, company_id) if c)
    audit.record(actor, "session.company_switched", "session", session_id, companies=companies, after={"company": str(company_id)})
    return rotate_session(session_id)


def end_session(session_id: UUID, *, actor: Actor) -> None:
    """End one of the person's own sessions; it stops at its next request. Raises: NotFound (another person's)."""
    ended = db.session.execute(
        update(UserSession)
        .where(UserSession.id == session_id, UserSession.person_id == actor.person_id, UserSession.revoked_at.is_(None))
        .values(revoked_at=clock.now())
        .returning(UserSession.company_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    if ended is None:
        raise NotFound
    audit.record(actor, "session.ended", "session", session_id, companies=(ended,))


def end_other_sessions(session_id: UUID | None, *, actor: Actor) -> int:
    """End all sessions of the person but this one; returns how many."""
    query = update(UserSession).where(UserSession.person_id == actor.person_id, UserSession.revoked_at.is_(None))
    if session_id is not None:
        query = query.where(UserSession.id != session_id)
    query = query.values(revoked_at=clock.now()).execution_options(synchronize_session=False)
    ended = len(db.session.execute(query.returning(UserSession.id)).all())
    if ended and actor.person_id is not None:
        companies = (actor.company_id,) if actor.company_id else ()
        audit.record(actor, "session.others_ended", "person", actor.person_id, companies=companies, after={"sessions": ended})
    return ended
