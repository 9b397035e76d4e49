"""Who is signed in: the viewer of a request, and a person's sessions."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company, Membership, Person, SupportVisit, UserSession
from marketplace.accounts.permissions import UNCONFIRMED, VISITING_BUYER, VISITING_VENDOR, permissions_of
from marketplace.accounts.queries.places import location_for
from marketplace.core import clock
from marketplace.core.audit import Viewer
from marketplace.core.db import db
from marketplace.core.ids import token_hash

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
FRESH = timedelta(minutes=10)


def load_viewer(token: str) -> Viewer | None:
    """The viewer of a session's token; None when it is revoked, too old, or the membership has ended.

    Rights are derived from the membership each time, so a change of roles counts at the next request (product.md §2).
    """
    now = clock.now()
    row = db.session.execute(
        select(UserSession, Person, Company, Membership.roles, Membership.location_id)
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
    session, person, company, roles, location_id = row
    if company.is_operator:
        visited = _visited(session.id)
        if visited is not None:
            return _visitor(token, session, person, visited, company.id)
    companies = db.session.execute(
        select(Company.id, Company.name)
        .join(Membership, Membership.company_id == Company.id)
        .where(Membership.person_id == person.id, Membership.ended_at.is_(None))
        .order_by(Company.name)
    ).all()
    location = location_for(company.id, location_id)
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
        confirmed_at=session.confirmed_at,
    )


def _visited(session_id: UUID) -> Company | None:
    """The company that the session acts as now."""
    return db.session.scalar(
        select(Company)
        .join(SupportVisit, SupportVisit.company_id == Company.id)
        .where(SupportVisit.session_id == session_id, SupportVisit.ended_at.is_(None), SupportVisit.ends_at > clock.now())
    )


def _visitor(token: str, session: UserSession, person: Person, company: Company, home_id: UUID) -> Viewer:
    """Staff as a company: its sight and a few of its rights, no company to switch to (docs/decisions/0015)."""
    location = location_for(company.id, None)
    permissions = (VISITING_BUYER if company.is_buyer else frozenset()) | (VISITING_VENDOR if company.is_vendor else frozenset())
    return Viewer(
        session_id=session.id,
        token=token,
        person_id=person.id,
        person_name=person.name,
        email=person.email,
        company_id=company.id,
        company_name=company.name,
        permissions=frozenset(permission.value for permission in permissions),
        is_buyer=company.is_buyer,
        is_vendor=company.is_vendor,
        email_confirmed=person.email_confirmed_at is not None,
        locale=person.locale,
        time_zone=person.time_zone,
        currency=company.currency,
        country=company.country,
        ship_to_country=location.country if location else None,
        ship_to_label=f"{location.name}, {location.country}" if location else "",
        confirmed_at=session.confirmed_at,
        acting_as=company.name,
        acting_from=home_id,
    )


@dataclass(frozen=True, slots=True)
class SessionCare:
    """What a session needs besides the page."""

    is_to_touch: bool
    """Its last sight is old enough to be written again."""
    is_to_rotate: bool
    """Its rights have changed: it gets another secret."""


def session_care(session_id: UUID) -> SessionCare:
    """What an open session of the viewer's own needs now."""
    session = db.session.get_one(UserSession, session_id)
    now = clock.now()
    return SessionCare(session.seen_at < now - SEEN_EVERY, session.is_to_rotate)


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


def is_fresh(viewer: Viewer) -> bool:
    """Whether the session has proved whose it is within the last 10 minutes (robustness.md 14)."""
    return viewer.confirmed_at is not None and viewer.confirmed_at > clock.now() - FRESH
