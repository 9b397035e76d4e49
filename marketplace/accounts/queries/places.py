"""Where a company's goods go, and its units."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from marketplace.accounts.models import Location, Membership, Unit
from marketplace.core.db import db
from marketplace.core.errors import NotFound


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


def location_for(company_id: UUID, location_id: UUID | None) -> Location | None:
    """A member's own address while it is there, else the company's default; in one statement, since every page asks it."""
    mine = Location.id == location_id
    return db.session.scalar(
        select(Location)
        .where(Location.company_id == company_id, Location.removed_at.is_(None), or_(mine, Location.is_default))
        .order_by(Location.is_default)
        .limit(1)
    )


def location_of_member(company_id: UUID, person_id: UUID) -> Location | None:
    """Where the goods of a member go unless an order says otherwise."""
    own = select(Membership.location_id).where(
        Membership.company_id == company_id, Membership.person_id == person_id, Membership.ended_at.is_(None)
    )
    return location_for(company_id, db.session.scalar(own))


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit where it stands in the tree: `path` are the names from the top down to itself."""

    id: UUID
    parent_id: UUID | None
    name: str
    cost_centre: str | None
    path: tuple[str, ...]
    members: int = 0

    @property
    def depth(self) -> int:
        """0 for a unit at the top."""
        return len(self.path) - 1


def units(company_id: UUID) -> list[UnitRow]:
    """The units of a company as a tree walked from the top, siblings by name, each with how many members stand in it."""
    rows = list(db.session.scalars(select(Unit).where(Unit.company_id == company_id, Unit.removed_at.is_(None)).order_by(Unit.name)))
    counted = (
        select(Membership.unit_id, func.count())
        .where(Membership.company_id == company_id, Membership.ended_at.is_(None), Membership.unit_id.is_not(None))
        .group_by(Membership.unit_id)
    )
    members: dict[UUID | None, int] = dict(db.session.execute(counted).all()) if rows else {}
    below: dict[UUID | None, list[Unit]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append(row)
    return list(_walk(below, None, (), members))


def _walk(
    below: dict[UUID | None, list[Unit]], parent: UUID | None, path: tuple[str, ...], members: dict[UUID | None, int]
) -> Iterator[UnitRow]:
    for unit in below.get(parent, ()):
        here = (*path, unit.name)
        yield UnitRow(unit.id, unit.parent_id, unit.name, unit.cost_centre, here, members.get(unit.id, 0))
        yield from _walk(below, unit.id, here, members)


def unit_of(unit_id: UUID, *, company_id: UUID) -> Unit:
    """One unit. Raises: NotFound, also for another company's."""
    found = db.session.scalar(select(Unit).where(Unit.id == unit_id, Unit.company_id == company_id, Unit.removed_at.is_(None)))
    if found is None:
        raise NotFound
    return found
