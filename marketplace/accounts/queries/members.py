"""Members of a company and the seats that are offered."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select

from marketplace.accounts.models import Company, Invitation, Location, Membership, Person, TOTPFactor, Unit
from marketplace.accounts.permissions import ROLE_WORDS, roles_of_sides
from marketplace.accounts.queries.places import units
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.ids import token_hash
from marketplace.core.tables import Choice, Sort, Table, Words


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


@dataclass(frozen=True, slots=True)
class Seat:
    """A company as one of its members sees it."""

    company_id: UUID
    company: str
    roles: list[str]
    unit: str | None
    location: str | None


def seats_of(person_id: UUID) -> list[Seat]:
    """The companies of a person, by name. Units are closed to others (row security), so only the acting company's is named."""
    rows = db.session.execute(
        select(Company.id, Company.name, Membership.roles, Unit.name, Location.name)
        .join(Membership, Membership.company_id == Company.id)
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .outerjoin(Location, (Location.id == Membership.location_id) & Location.removed_at.is_(None))
        .where(Membership.person_id == person_id, Membership.ended_at.is_(None))
        .order_by(Company.name, Company.id)
    )
    return [Seat(*row) for row in rows]


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


def members_table(company_id: UUID) -> Table:
    """How the members of a company can be filtered and ordered."""
    return Table(
        name="accounts.members",
        key=Membership.id,
        sorts={"name": Sort(func.lower(Person.name)), "since": Sort(Membership.created_at, falls=True)},
        default="name",
        filters=(
            Words("q", lazy("Name or e-mail"), _named),
            Choice("role", lazy("Role"), lambda: _role_options(company_id), lambda role: Membership.roles.contains([role])),
            Choice(
                "unit",
                lazy("Company unit"),
                lambda: [(str(unit.id), " / ".join(unit.path)) for unit in units(company_id)],
                lambda unit: Membership.unit_id == UUID(unit),
            ),
        ),
    )


def _named(words: str) -> ColumnElement[bool]:
    return Person.name.icontains(words, autoescape=True) | Person.email.icontains(words, autoescape=True)


def _role_options(company_id: UUID) -> list[tuple[str, str]]:
    company = db.session.get_one(Company, company_id)
    roles = roles_of_sides(is_buyer=company.is_buyer, is_vendor=company.is_vendor, is_operator=company.is_operator)
    return [(role.value, gettext(ROLE_WORDS[role])) for role in roles]


def listed_members(company_id: UUID) -> Any:
    """The members of a company as a query for `members_table`.

    Rows of (id, person_id, name, email, confirmed_at, roles, unit, location, has_app, since).
    """
    has_app = select(TOTPFactor.person_id).where(TOTPFactor.person_id == Person.id).exists()
    return (
        select(
            Membership.id,
            Person.id.label("person_id"),
            Person.name,
            Person.email,
            Person.email_confirmed_at.label("confirmed_at"),
            Membership.roles,
            Unit.name.label("unit"),
            Location.name.label("location"),
            has_app.label("has_app"),
            Membership.created_at.label("since"),
        )
        .join(Person, Person.id == Membership.person_id)
        .outerjoin(Unit, Unit.id == Membership.unit_id)
        .outerjoin(Location, (Location.id == Membership.location_id) & Location.removed_at.is_(None))
        .where(Membership.company_id == company_id, Membership.ended_at.is_(None))
    )
