"""Delivery addresses of a company, and its units."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import update

from marketplace.accounts import queries
from marketplace.accounts.docks import written_hours
from marketplace.accounts.errors import LastLocation, TooManyUnits, UnitBelowItself, UnitHasUnits, UnitNameTaken, UnitsTooDeep
from marketplace.accounts.models import Location, Membership, Unit
from marketplace.accounts.services.editing import set_fields
from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id

MOST_UNITS, MOST_DEPTH = 500, 6


def add_location(
    company_id: UUID,
    *,
    name: str,
    street: str,
    postcode: str,
    city: str,
    region: str | None,
    country: str,
    dock: str | None,
    actor: Actor,
    dock_hours: Mapping[str, Sequence[str]] | None = None,
    contact_name: str | None = None,
    contact_phone: str | None = None,
) -> Location:
    """A delivery address; the first one is the default. `dock_hours` is {"mon": ("07:00", "15:30")}, empty where not stated."""
    queries.lock_company(company_id)  # two first addresses at once would both be the default
    location = Location(
        id=new_id(),
        company_id=company_id,
        name=name,
        street=street,
        postcode=postcode,
        city=city,
        region=region,
        country=country,
        dock=dock,
        dock_hours=written_hours(dock_hours),
        contact_name=contact_name,
        contact_phone=contact_phone,
        is_default=queries.default_location(company_id) is None,
        removed_at=None,
    )
    db.session.add(location)
    audit.record(actor, "location.added", "location", location.id, companies=(company_id,), after={"name": name, "country": country})
    return location


def edit_location(
    location_id: UUID,
    *,
    company_id: UUID,
    name: str,
    street: str,
    postcode: str,
    city: str,
    region: str | None,
    country: str,
    dock: str | None,
    dock_hours: Mapping[str, Sequence[str]],
    contact_name: str | None,
    contact_phone: str | None,
    actor: Actor,
) -> None:
    """Change an address; orders keep the copy that they were placed with. Raises: NotFound."""
    location = queries.location_of(location_id, company_id=company_id)
    given: dict[str, Any] = {
        "name": name,
        "street": street,
        "postcode": postcode,
        "city": city,
        "region": region,
        "country": country,
        "dock": dock,
        "dock_hours": written_hours(dock_hours),
        "contact_name": contact_name,
        "contact_phone": contact_phone,
    }
    before, after = set_fields(location, given)
    if after:
        audit.record(actor, "location.edited", "location", location_id, companies=(company_id,), before=before, after=after)


def make_default_location(location_id: UUID, *, company_id: UUID, actor: Actor) -> None:
    """Goods go here unless an order says otherwise. Raises: NotFound."""
    queries.lock_company(company_id)
    location = queries.location_of(location_id, company_id=company_id)
    db.session.execute(
        update(Location)
        .where(Location.company_id == company_id, Location.is_default)
        .values(is_default=False)
        .execution_options(synchronize_session="fetch")
    )
    location.is_default = True
    audit.record(actor, "location.made_default", "location", location_id, companies=(company_id,), after={"name": location.name})


def remove_location(location_id: UUID, *, company_id: UUID, actor: Actor) -> None:
    """Take an address from the list; members whose own it was get the company's default.

    Raises: NotFound, LastLocation (it is the default, and others are there).
    """
    queries.lock_company(company_id)
    location = queries.location_of(location_id, company_id=company_id)
    if location.is_default and len(queries.locations(company_id)) > 1:
        raise LastLocation
    location.removed_at = clock.now()
    db.session.execute(
        update(Membership)
        .where(Membership.company_id == company_id, Membership.location_id == location_id)
        .values(location_id=None)
        .execution_options(synchronize_session="fetch")
    )
    audit.record(actor, "location.removed", "location", location_id, companies=(company_id,), before={"name": location.name})


def add_unit(company_id: UUID, *, name: str, cost_centre: str | None, parent_id: UUID | None, actor: Actor) -> Unit:
    """A department, below another one or at the top. Raises: NotFound (the parent), UnitNameTaken, UnitsTooDeep, TooManyUnits."""
    queries.lock_company(company_id)
    rows = queries.units(company_id)
    if len(rows) >= MOST_UNITS:
        raise TooManyUnits
    _check_place(rows, None, name, parent_id)
    unit = Unit(
        id=new_id(),
        company_id=company_id,
        parent_id=parent_id,
        name=name,
        cost_centre=cost_centre,
        created_at=clock.now(),
        removed_at=None,
    )
    db.session.add(unit)
    after = {"name": name, "cost_centre": cost_centre, "below": _name_of(rows, parent_id)}
    audit.record(actor, "unit.added", "unit", unit.id, companies=(company_id,), after=after)
    return unit


def edit_unit(unit_id: UUID, *, company_id: UUID, name: str, cost_centre: str | None, parent_id: UUID | None, actor: Actor) -> None:
    """Another name, cost centre or place in the tree. Raises: NotFound, UnitNameTaken, UnitBelowItself, UnitsTooDeep."""
    queries.lock_company(company_id)
    unit = queries.unit_of(unit_id, company_id=company_id)
    rows = queries.units(company_id)
    _check_place(rows, unit_id, name, parent_id)
    before = {"name": unit.name, "cost_centre": unit.cost_centre, "below": _name_of(rows, unit.parent_id)}
    unit.name, unit.cost_centre, unit.parent_id = name, cost_centre, parent_id
    after = {"name": name, "cost_centre": cost_centre, "below": _name_of(rows, parent_id)}
    changed = {key for key in after if after[key] != before[key]}
    if changed:
        audit.record(
            actor,
            "unit.edited",
            "unit",
            unit_id,
            companies=(company_id,),
            before={"name": before["name"]} | {key: before[key] for key in changed},
            after={key: after[key] for key in changed},
        )


def remove_unit(unit_id: UUID, *, company_id: UUID, actor: Actor) -> None:
    """Take a unit from the tree; its members stand in the one above it. Raises: NotFound, UnitHasUnits."""
    queries.lock_company(company_id)
    unit = queries.unit_of(unit_id, company_id=company_id)
    if any(row.parent_id == unit_id for row in queries.units(company_id)):
        raise UnitHasUnits
    db.session.execute(
        update(Membership)
        .where(Membership.company_id == company_id, Membership.unit_id == unit_id)
        .values(unit_id=unit.parent_id)
        .execution_options(synchronize_session="fetch")
    )
    unit.removed_at = clock.now()
    audit.record(actor, "unit.removed", "unit", unit_id, companies=(company_id,), before={"name": unit.name})


def _check_place(rows: Sequence[queries.UnitRow], unit_id: UUID | None, name: str, parent_id: UUID | None) -> None:
    """The company is locked, so the tree stays as it was read until the act ends."""
    by_id = {row.id: row for row in rows}
    if parent_id is not None and parent_id not in by_id:
        raise NotFound
    for row in rows:
        if row.parent_id == parent_id and row.id != unit_id and row.name.casefold() == name.casefold():
            raise UnitNameTaken
    depth, above = 1, parent_id
    while above is not None:
        if above == unit_id:
            raise UnitBelowItself
        depth, above = depth + 1, by_id[above].parent_id
    if depth + _levels_below(rows, unit_id) > MOST_DEPTH:
        raise UnitsTooDeep


def _levels_below(rows: Sequence[queries.UnitRow], unit_id: UUID | None) -> int:
    own = next((row for row in rows if row.id == unit_id), None)
    if own is None:
        return 0
    return max(row.depth for row in rows if row.path[: len(own.path)] == own.path) - own.depth


def _name_of(rows: Sequence[queries.UnitRow], unit_id: UUID | None) -> str | None:
    return next((row.name for row in rows if row.id == unit_id), None)
