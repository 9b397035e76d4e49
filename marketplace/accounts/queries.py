"""Reads about people and companies; each is scoped to a company, or says that it is not."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company, Invitation, LinkKind, Location, Membership, Person, PersonLink, UserSession
from marketplace.accounts.permissions import UNCONFIRMED, permissions_of
from marketplace.core import clock
from marketplace.core.audit import Viewer
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import FileAccess, StoredFile
from marketplace.core.ids import token_hash

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
FRESH = timedelta(minutes=10)
LINK_LIVES = {LinkKind.CONFIRM_EMAIL: timedelta(days=3), LinkKind.RESET_PASSWORD: timedelta(hours=1)}


def load_viewer(token: str) -> Viewer | None:
    """The viewer of a session's token; None when it is revoked, too old, or the membership has ended.

    Rights are derived from the membership each time, so a change of roles counts at the next request (product.md §2).
    """
    now = clock.now()
    row = db.session.execute(
        select(UserSession, Person, Company, Membership.roles)
        .join(Person, Person.id == UserSession.person_id)
        .join(Company, Company.id == UserSession.company_id)
        .join(
            Membership,
            (Membership.person_id == Person.id) & (Membership.company_id == Company.id) & Membership.ended_at.is_(None),
        )
        .where(UserSession.token_hash == token_hash(token), UserSession.revoked_at.is_(None), Person.disabled_at.is_(None))
        .where(UserSession.seen_at > now - IDLE, UserSession.created_at > now - ABSOLUTE)
    ).one_or_none()
    if row is None:
        return None
    session, person, company, roles = row
    companies = db.session.execute(
        select(Company.id, Company.name)
        .join(Membership, Membership.company_id == Company.id)
        .where(Membership.person_id == person.id, Membership.ended_at.is_(None))
        .order_by(Company.name)
    ).all()
    location = default_location(company.id)
    permissions = permissions_of(frozenset(roles))
    if person.email_confirmed_at is None:
        permissions &= UNCONFIRMED
    return Viewer(
        session_id=session.id,
        token=token,
        person_id=person.id,
        person_name=person.name,
        email=person.email,
        company_id=company.id,
        company_name=company.name,
        companies=tuple((c.id, c.name) for c in companies),
        roles=frozenset(roles),
        permissions=permissions,
        is_buyer=company.is_buyer,
        is_vendor=company.is_vendor,
        is_staff=company.is_operator,
        email_confirmed=person.email_confirmed_at is not None,
        locale=person.locale,
        time_zone=person.time_zone,
        currency=company.currency,
        country=company.country,
        ship_to_country=location.country if location else None,
        ship_to_label=f"{location.name}, {location.country}" if location else "",
    )


@dataclass(frozen=True, slots=True)
class SessionCare:
    """What a session needs besides the page."""

    is_to_touch: bool
    """Its last sight is old enough to be written again."""
    is_to_rotate: bool
    """Its rights have changed: it gets another secret."""
    is_fresh: bool
    """The password was given in the last 10 minutes."""


def session_care(session_id: UUID) -> SessionCare:
    """What an open session of the viewer's own needs now."""
    session = db.session.get_one(UserSession, session_id)
    now = clock.now()
    return SessionCare(session.seen_at < now - SEEN_EVERY, session.is_to_rotate, session.confirmed_at > now - FRESH)


def sessions_of(person_id: UUID) -> list[tuple[UserSession, str]]:
    """The open sessions of a person with the names of their companies, the one seen last first."""
    now = clock.now()
    rows = db.session.execute(
        select(UserSession, Company.name)
        .join(Company, Company.id == UserSession.company_id)
        .where(UserSession.person_id == person_id, UserSession.revoked_at.is_(None))
        .where(UserSession.seen_at > now - IDLE, UserSession.created_at > now - ABSOLUTE)
        .order_by(UserSession.seen_at.desc())
    )
    return [(session, name) for session, name in rows]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a log-in is compared with."""

    person_id: UUID
    password_hash: str


def find_credentials(email: str) -> Credentials | None:
    """For the log-in alone: the person with an address, unless disabled."""
    row = db.session.execute(
        select(Person.id, Person.password_hash).where(Person.email == email, Person.disabled_at.is_(None))
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


def operator_company_id() -> UUID | None:
    """The company that runs the platform; None before it was made."""
    return db.session.scalar(select(Company.id).where(Company.is_operator))


def lock_company(company_id: UUID) -> Company:
    """The company, locked until the act ends: members, addresses and sides change one after the other. Raises: NotFound."""
    company = db.session.scalar(select(Company).where(Company.id == company_id).with_for_update())
    if company is None:
        raise NotFound
    return company


def members_of(company_id: UUID) -> list[tuple[Membership, Person]]:
    """The members of a company, by name."""
    rows = db.session.execute(
        select(Membership, Person)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.company_id == company_id, Membership.ended_at.is_(None))
        .order_by(Person.name, Person.email)
        .execution_options(populate_existing=True)
    )
    return [(membership, person) for membership, person in rows]


def member_of(membership_id: UUID, *, company_id: UUID) -> tuple[Membership, Person]:
    """One member. Raises: NotFound, also for another company's."""
    found = next((row for row in members_of(company_id) if row[0].id == membership_id), None)
    if found is None:
        raise NotFound
    return found


def roles_in(company_id: UUID, person_id: UUID | None) -> frozenset[str]:
    """The roles of a person in a company, none without a membership."""
    return frozenset(next((m.roles for m, p in members_of(company_id) if p.id == person_id), []))


def open_invitations(company_id: UUID) -> list[Invitation]:
    """The offers of a company that can still be accepted, newest first."""
    query = select(Invitation).where(
        Invitation.company_id == company_id,
        Invitation.accepted_at.is_(None),
        Invitation.withdrawn_at.is_(None),
        Invitation.expires_at > clock.now(),
    )
    return list(db.session.scalars(query.order_by(Invitation.created_at.desc())))


def invitation_by_id(invitation_id: UUID) -> Invitation:
    """An offer by id, for the task that sends it. Raises: NotFound."""
    invitation = db.session.get(Invitation, invitation_id)
    if invitation is None:
        raise NotFound
    return invitation


def find_invitation(token: str) -> Invitation | None:
    """The open offer that a link leads to: public, for whoever holds the link."""
    return db.session.scalar(
        select(Invitation).where(
            Invitation.token_hash == token_hash(token),
            Invitation.accepted_at.is_(None),
            Invitation.withdrawn_at.is_(None),
            Invitation.expires_at > clock.now(),
        )
    )


def lock_invitation(token: str) -> Invitation | None:
    """The open offer of a link, locked: a link that is opened twice is accepted once."""
    invitation = find_invitation(token)
    if invitation is not None:
        db.session.refresh(invitation, with_for_update=True)
    return invitation if invitation is not None and invitation.accepted_at is None and invitation.withdrawn_at is None else None


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


def file_for(file_id: UUID, viewer: Viewer | None) -> StoredFile:
    """A file that the viewer may read: public, of the own company, or any for platform staff. Raises: NotFound."""
    stored = db.session.scalar(select(StoredFile).where(StoredFile.id == file_id))
    is_mine = viewer is not None and stored is not None and (viewer.is_staff or stored.company_id == viewer.company_id)
    if stored is None or not (is_mine or stored.access is FileAccess.PUBLIC):
        raise NotFound
    return stored


def default_location(company_id: UUID) -> Location | None:
    """Where a company's goods go unless it says otherwise."""
    return db.session.scalar(select(Location).where(Location.company_id == company_id, Location.is_default, Location.removed_at.is_(None)))


def locations(company_id: UUID) -> list[Location]:
    """The delivery addresses of a company, the default first."""
    query = select(Location).where(Location.company_id == company_id, Location.removed_at.is_(None))
    return list(db.session.scalars(query.order_by(Location.is_default.desc(), Location.name)))


def location_of(location_id: UUID, *, company_id: UUID) -> Location:
    """One delivery address. Raises: NotFound, also for another company's."""
    found = db.session.scalar(
        select(Location).where(Location.id == location_id, Location.company_id == company_id, Location.removed_at.is_(None))
    )
    if found is None:
        raise NotFound
    return found


def company_by_id(company_id: UUID) -> Company:
    """A company by its id; the caller has already decided that it may be known. Raises: NotFound."""
    company = db.session.get(Company, company_id)
    if company is None:
        raise NotFound
    return company


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
