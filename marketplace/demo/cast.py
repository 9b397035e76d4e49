"""Who plays: the companies and people of the demo world as they stand in the database."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.accounts.models import Company, Location, Membership, Person
from marketplace.accounts.permissions import Permission, permissions_of
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.demo.world import World


class NotSeeded(Exception):
    """The companies of the demo are not there yet."""


@dataclass(frozen=True, slots=True)
class Member:
    """A person in a company of the demo."""

    person_id: UUID
    name: str
    permissions: frozenset[str]


@dataclass(frozen=True)
class Cast:
    """Company ids by their key in the files, their members in the order of the files, and their delivery addresses by name."""

    companies: dict[str, UUID]
    members: dict[UUID, list[Member]]
    locations: dict[UUID, dict[str, tuple[UUID, str]]]
    """company → name → (location, country), the default first"""
    operator_id: UUID

    @classmethod
    def find(cls, world: World) -> "Cast":
        """Look the companies up by the people that they were opened with: their names may have been changed since. Raises: NotSeeded."""
        people = {email: key for key, emails in people_of(world) for email in emails}
        companies: dict[str, UUID] = {}
        for email, company_id in db.session.execute(
            select(Person.email, Membership.company_id)
            .join(Membership, Membership.person_id == Person.id)
            .where(Person.email.in_(people))
            .order_by(Membership.id)  # the first is the one of the file, whoever took the person in later
        ):
            if email in people:
                companies.setdefault(people.pop(email), company_id)
        operator_id = db.session.scalar(select(Company.id).where(Company.is_operator))
        if operator_id is None or {key for key, _ in people_of(world)} - set(companies):
            raise NotSeeded("seed the companies first: demo seed --companies")
        ids = [*companies.values(), operator_id]
        return cls(companies, members_of(ids), _locations(ids), operator_id)

    def actor(self, company_id: UUID, permission: Permission, *, name: str | None = None, is_staff: bool = False) -> Actor:
        """A member who may do something, by name if that person may, else the first who may. Raises: NotSeeded."""
        able = [member for member in self.members.get(company_id, []) if permission in member.permissions]
        chosen = next((member for member in able if member.name == name), able[0] if able else None)
        if chosen is None:
            raise NotSeeded(f"nobody of {company_id} has {permission}")
        return Actor(person_id=chosen.person_id, company_id=company_id, name=chosen.name, is_staff=is_staff)


def people_of(world: World) -> Iterable[tuple[str, list[str]]]:
    """(key, addresses that its people log in with) of every company of the world but the operator."""
    for company in (*world.companies["vendors"], *world.companies["buyers"]):
        yield company["key"], [person["email"] for person in company["members"]]
    for reviewer in world.reviewers:
        if not reviewer["is_buyer_in_companies"]:
            yield reviewer["key"], [reviewer_email(reviewer["key"])]


def reviewer_email(key: str) -> str:
    """The address of the one person of a company that only writes reviews."""
    return f"purchasing@{key}.example"


def members_of(company_ids: list[UUID]) -> dict[UUID, list[Member]]:
    rows = db.session.execute(
        select(Membership.company_id, Person.id, Person.name, Membership.roles)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.company_id.in_(company_ids), Membership.ended_at.is_(None))
        .order_by(Membership.id)
    )
    members: dict[UUID, list[Member]] = {}
    for company_id, person_id, name, roles in rows:
        members.setdefault(company_id, []).append(Member(person_id, name, permissions_of(frozenset(roles))))
    return members


def _locations(company_ids: list[UUID]) -> dict[UUID, dict[str, tuple[UUID, str]]]:
    rows = db.session.scalars(
        select(Location)
        .where(Location.company_id.in_(company_ids), Location.removed_at.is_(None))
        .order_by(Location.is_default.desc(), Location.id)
    )
    locations: dict[UUID, dict[str, tuple[UUID, str]]] = {}
    for row in rows:
        locations.setdefault(row.company_id, {})[row.name] = (row.id, row.country)
    return locations
