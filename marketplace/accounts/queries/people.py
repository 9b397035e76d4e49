"""People: by address, by link, by what their roles carry. Not scoped to a company unless they say so."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company, LinkKind, Membership, Person, PersonLink, UserSession
from marketplace.accounts.permissions import permissions_of
from marketplace.core import clock
from marketplace.core.audit import AuditEvent
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import token_hash

LINK_LIVES = {
    LinkKind.CONFIRM_EMAIL: timedelta(days=3),
    LinkKind.RESET_PASSWORD: timedelta(hours=1),
    LinkKind.CHANGE_EMAIL: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a log-in is compared with."""

    person_id: UUID
    password_hash: str
    is_shut_out: bool


def find_credentials(email: str) -> Credentials | None:
    """For the log-in alone: the person with an address; whoever is shut out is told so once the password is right."""
    row = db.session.execute(
        select(Person.id, Person.password_hash, Person.disabled_at.is_not(None)).where(Person.email == email)
    ).one_or_none()
    return Credentials(*row) if row else None


def find_credentials_of(person_id: UUID) -> Credentials | None:
    """The same for somebody who is known by now, at the second step or signed in; nobody who is shut out."""
    row = db.session.execute(
        select(Person.id, Person.password_hash, Person.disabled_at.is_not(None)).where(Person.id == person_id, Person.disabled_at.is_(None))
    ).one_or_none()
    return Credentials(*row) if row else None


def find_person_by_email(email: str) -> Person | None:
    """For tasks and invitations: the person with an address, unless disabled."""
    return db.session.scalar(select(Person).where(Person.email == email, Person.disabled_at.is_(None)))


def person_by_id(person_id: UUID) -> Person:
    """A person by id; the caller has already decided that they may be known. Raises: NotFound."""
    person = db.session.get(Person, person_id)
    if person is None:
        raise NotFound
    return person


def companies_of(person_id: UUID) -> list[Company]:
    """The companies in which a person is a member, by name."""
    query = select(Company).join(Membership, Membership.company_id == Company.id)
    return list(db.session.scalars(query.where(Membership.person_id == person_id, Membership.ended_at.is_(None)).order_by(Company.name)))


def home_company_id(person_id: UUID) -> UUID | None:
    """The company of the person's last session, else the first by name; None without any membership."""
    mine = [c.id for c in companies_of(person_id)]
    last = db.session.scalar(
        select(UserSession.company_id)
        .where(UserSession.person_id == person_id, UserSession.company_id.in_(mine))
        .order_by(UserSession.seen_at.desc())
        .limit(1)
    )
    return last or next(iter(mine), None)


def last_company(person_id: UUID) -> tuple[str, datetime, bool] | None:
    """The company whose membership ended last, when, and whether the person left by themselves; None for somebody who was in none."""
    left = select(AuditEvent.id).where(
        AuditEvent.subject_id == Membership.id, AuditEvent.act == "member.removed", AuditEvent.actor_id == Membership.person_id
    )
    query = select(Company.name, Membership.ended_at, left.exists()).join(Membership, Membership.company_id == Company.id)
    query = query.where(Membership.person_id == person_id, Membership.ended_at.is_not(None))
    row = db.session.execute(query.order_by(Membership.ended_at.desc()).limit(1)).one_or_none()
    return None if row is None or row[1] is None else (row[0], row[1], row[2])


def find_link_person(token: str, kind: LinkKind) -> Person | None:
    """Whom an unused link of a mail belongs to: public, for whoever holds the link."""
    return db.session.scalar(
        select(Person)
        .join(PersonLink, PersonLink.person_id == Person.id)
        .where(
            PersonLink.token_hash == token_hash(token),
            PersonLink.kind == kind,
            PersonLink.used_at.is_(None),
            PersonLink.expires_at > clock.now(),
            Person.disabled_at.is_(None),
        )
    )


def people_to_write_to(company_id: UUID, permission: str) -> list[Person]:
    """The confirmed members of a company whose roles carry a permission: who gets a mail about it."""
    rows = db.session.execute(
        select(Person, Membership.roles)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.company_id == company_id,
            Membership.ended_at.is_(None),
            Person.disabled_at.is_(None),
            Person.email_confirmed_at.is_not(None),
        )
        .order_by(Person.email)
    )
    return [person for person, roles in rows if permission in permissions_of(frozenset(roles))]


def earlier_addresses(person_id: UUID, *, since: datetime) -> list[tuple[str, datetime]]:
    """The addresses that a person's account went by until a change since then, and when each was left, the last one first.

    Somebody who takes an account over changes its address first: what moves money is told to the earlier ones, too.
    """
    query = select(AuditEvent.before, AuditEvent.at).where(
        AuditEvent.subject_id == person_id, AuditEvent.act == "person.address_changed", AuditEvent.at >= since
    )
    return [(before["email"], at) for before, at in db.session.execute(query.order_by(AuditEvent.seq.desc()))]


def find_new_address(token: str) -> tuple[UUID, str] | None:
    """Whose address an unused link of a mail changes, and to which: public, for whoever holds the link."""
    found = db.session.execute(
        select(PersonLink.person_id, PersonLink.email)
        .join(Person, Person.id == PersonLink.person_id)
        .where(
            PersonLink.token_hash == token_hash(token),
            PersonLink.kind == LinkKind.CHANGE_EMAIL,
            PersonLink.used_at.is_(None),
            PersonLink.expires_at > clock.now(),
            Person.disabled_at.is_(None),
        )
    ).one_or_none()
    return None if found is None or found.email is None else (found.person_id, found.email)
