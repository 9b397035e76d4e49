"""Who is signed in: the viewer of a request, and a person's sessions."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, bindparam, func, or_, select, true
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from marketplace.accounts.models import Company, Location, Membership, Person, SupportVisit, UserSession
from marketplace.accounts.permissions import UNCONFIRMED, VISITING_BUYER, VISITING_VENDOR, Permission, permissions_of
from marketplace.accounts.queries.places import location_for
from marketplace.core import clock
from marketplace.core.audit import Viewer
from marketplace.core.db import ask, db, fixed
from marketplace.core.ids import token_hash

IDLE = timedelta(hours=12)
ABSOLUTE = timedelta(days=30)
SEEN_EVERY = timedelta(minutes=5)
FRESH = timedelta(minutes=10)


_home = (
    select(Location.name, Location.country)
    .where(Location.company_id == Company.id, Location.removed_at.is_(None))
    .where(or_(Location.id == Membership.location_id, Location.is_default))
    .order_by(Location.is_default)
    .limit(1)
    .lateral("home")
)
_theirs, _there = aliased(Membership), aliased(Company)
_companies = (
    select(func.json_agg(aggregate_order_by(func.json_build_array(_there.id, _there.name), _there.name)))
    .join(_theirs, _theirs.company_id == _there.id)
    .where(_theirs.person_id == Person.id, _theirs.ended_at.is_(None))
    .correlate(Person)
    .scalar_subquery()
)
_viewer_of = fixed(
    select(
        UserSession.id.label("session_id"), UserSession.seen_at, UserSession.is_to_rotate, UserSession.confirmed_at,
        Person.id.label("person_id"), Person.name.label("person_name"), Person.email, Person.email_confirmed_at, Person.locale,
        Person.time_zone, Company.id, Company.name, Company.is_buyer, Company.is_vendor, Company.is_operator, Company.currency,
        Company.country, Membership.roles, _home.c.name.label("place"), _home.c.country.label("place_country"),
        _companies.label("companies"),
    )
    .join(Person, Person.id == UserSession.person_id)
    .join(Company, Company.id == UserSession.company_id)
    .join(
        Membership,
        (Membership.person_id == Person.id) & (Membership.company_id == Company.id) & Membership.ended_at.is_(None),
    )
    .outerjoin(_home, true())
    .where(UserSession.token_hash == bindparam("token", type_=Text()), UserSession.revoked_at.is_(None), Person.disabled_at.is_(None))
    .where(UserSession.seen_at > bindparam("seen_after"), UserSession.created_at > bindparam("made_after"))
)  # fmt: skip


def load_viewer(token: str) -> Viewer | None:
    """The viewer of a session's token, in one statement; None when it is revoked, too old, or the membership has ended.

    Rights are derived from the membership each time, so a change of roles counts at the next request (product.md §2).
    """
    now = clock.now()
    asked = {"token": token_hash(token), "seen_after": now - IDLE, "made_after": now - ABSOLUTE}
    row = ask(_viewer_of, asked).one_or_none()
    if row is None:
        return None
    permissions = permissions_of(frozenset(row.roles))
    if row.email_confirmed_at is None:
        permissions &= UNCONFIRMED
    if row.is_operator and Permission.COMPANY_VISIT in permissions:
        visited = _visited(row.session_id)
        if visited is not None:
            return _visitor(token, row, visited)
    return replace(
        _viewer(token, row, row),
        companies=tuple((UUID(company_id), name) for company_id, name in row.companies),
        roles=frozenset(row.roles),
        permissions=permissions,
        is_staff=row.is_operator,
        ship_to_country=row.place_country or row.country,
        ship_to_label=f"{row.place}, {row.place_country}" if row.place_country else "",
    )


def _viewer(token: str, session: Row[*tuple[Any, ...]], company: Row[*tuple[Any, ...]] | Company) -> Viewer:
    """A person as a company, without any right yet."""
    return Viewer(
        session_id=session.session_id,
        token=token,
        person_id=session.person_id,
        person_name=session.person_name,
        email=session.email,
        company_id=company.id,
        company_name=company.name,
        is_buyer=company.is_buyer,
        is_vendor=company.is_vendor,
        email_confirmed=session.email_confirmed_at is not None,
        locale=session.locale,
        time_zone=session.time_zone,
        currency=company.currency,
        country=company.country,
        confirmed_at=session.confirmed_at,
        wants_care=session.is_to_rotate or session.seen_at < clock.now() - SEEN_EVERY,
    )


def _visited(session_id: UUID) -> Company | None:
    """The company that the session acts as now."""
    return db.session.scalar(
        select(Company)
        .join(SupportVisit, SupportVisit.company_id == Company.id)
        .where(SupportVisit.session_id == session_id, SupportVisit.ended_at.is_(None), SupportVisit.ends_at > clock.now())
    )


def _visitor(token: str, session: Row[*tuple[Any, ...]], company: Company) -> Viewer:
    """Staff as a company: its sight and a few of its rights, no company to switch to (docs/decisions/0015)."""
    permissions = (VISITING_BUYER if company.is_buyer else frozenset()) | (VISITING_VENDOR if company.is_vendor else frozenset())
    location = location_for(company.id, None)
    return replace(
        _viewer(token, session, company),
        permissions=frozenset(permission.value for permission in permissions),
        ship_to_country=location.country if location else company.country,
        ship_to_label=f"{location.name}, {location.country}" if location else "",
        acting_as=company.name,
        acting_from=session.id,
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
