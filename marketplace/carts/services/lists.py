"""Every write of requisition lists. A list belongs to the company: any of its people who may fill a cart changes it."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from marketplace.carts import queries
from marketplace.carts.errors import ListFull, NameTaken, QuantityRefused
from marketplace.carts.models import RequisitionLine, RequisitionList
from marketplace.carts.ordering import GONE, Refusal
from marketplace.carts.quantities import QuantityProblem, in_base_units
from marketplace.carts.services.cart import take_line
from marketplace.catalogue import queries as catalogue
from marketplace.catalogue.queries import LineVariant
from marketplace.core import clock, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.pricing import queries as pricing
from marketplace.pricing.basket import Problem
from vendors import queries as vendors


def create_list(name: str, *, actor: Actor) -> RequisitionList:
    """An empty list of the company. Raises: NameTaken."""
    company_id = _company(actor)
    now = clock.now()
    row = {"id": new_id(), "company_id": company_id, "name": name, "created_at": now, "updated_at": now, "updated_by_name": actor.name}
    made = db.session.execute(insert(RequisitionList).values(row).on_conflict_do_nothing().returning(RequisitionList.id)).scalar()
    if made is None:
        raise NameTaken
    return queries.list_of(made, company_id=company_id)


def rename_list(list_id: UUID, name: str, *, actor: Actor) -> None:
    """Give a list another name. Raises: NotFound, NameTaken."""
    found = _lock(list_id, actor)
    _check_name(name, found.company_id, but=found.id)
    found.name = name
    _touch(found, actor)


def copy_list(list_id: UUID, name: str, *, actor: Actor) -> RequisitionList:
    """A new list with the same lines. Raises: NotFound, NameTaken."""
    source = _lock(list_id, actor)
    made = create_list(name, actor=actor)
    rows = [
        {column: getattr(line, column) for column in COPIED} | {"id": new_id(), "list_id": made.id}
        for line in queries.lines_of(source.id, company_id=source.company_id)
    ]
    if rows:
        db.session.execute(insert(RequisitionLine), rows)
    return made


COPIED = ("company_id", "variant_id", "quantity", "sku", "title", "vendor_name", "display_unit", "display_factor", "added_at")


def remove_list(list_id: UUID, *, actor: Actor) -> None:
    """Take a list away with its lines. Raises: NotFound."""
    found = _lock(list_id, actor)
    db.session.execute(delete(RequisitionLine).where(RequisitionLine.list_id == found.id))
    db.session.delete(found)


def add_to_list(list_id: UUID, wanted: Mapping[UUID, Decimal], *, ship_to: str, actor: Actor) -> dict[UUID, Refusal]:
    """Put shown units of variants into a list; what stands there already is added to. Returns what did not go in, with its reason.

    Quantities are kept as they are wished: minimum, step and stock are checked when the list goes into a cart.
    Raises: NotFound, ListFull (nothing is added).
    """
    found = _lock(list_id, actor)
    seen = _seen(wanted, company_id=found.company_id, ship_to=ship_to)
    names = vendors.facts_of(list({variant.vendor_id for variant in seen.values()}))
    here = {line.variant_id: line for line in queries.lines_of(found.id, company_id=found.company_id)}
    if len(here.keys() | seen.keys()) > policy.current().cart_line_limit:
        raise ListFull
    refused: dict[UUID, Refusal] = {each: Problem(GONE, each) for each in wanted if each not in seen}
    for variant_id, variant in seen.items():
        held = here.get(variant_id)
        base = in_base_units(wanted[variant_id], display_factor=variant.display_factor)
        if isinstance(base, QuantityProblem):
            refused[variant_id] = base
        elif held is not None:
            held.quantity += base
        else:
            db.session.add(_line(found, variant, base, names[variant.vendor_id].name))
    _touch(found, actor)
    return refused


def _line(found: RequisitionList, variant: LineVariant, base: int, vendor_name: str) -> RequisitionLine:
    return RequisitionLine(
        id=new_id(),
        list_id=found.id,
        company_id=found.company_id,
        variant_id=variant.variant_id,
        quantity=base,
        sku=variant.sku,
        title=variant.title,
        vendor_name=vendor_name,
        display_unit=variant.display_unit,
        display_factor=variant.display_factor,
        added_at=clock.now(),
    )


def change_list_lines(list_id: UUID, quantities: Mapping[UUID, Decimal], *, actor: Actor) -> None:
    """Set quantities of lines, in shown units, all or none. Raises: NotFound (also a line of another list), QuantityRefused (by line)."""
    found = _lock(list_id, actor)
    lines = {line.id: line for line in queries.lines_of(found.id, company_id=found.company_id)}
    if not set(quantities) <= set(lines):
        raise NotFound
    problems: dict[UUID, QuantityProblem] = {}
    for line_id, typed in quantities.items():
        base = in_base_units(typed, display_factor=lines[line_id].display_factor)
        if isinstance(base, QuantityProblem):
            problems[line_id] = base
        else:
            lines[line_id].quantity = base
    if problems:
        raise QuantityRefused(problems)
    _touch(found, actor)


def remove_list_line(list_id: UUID, line_id: UUID, *, actor: Actor) -> None:
    """Take a line out of a list. Raises: NotFound."""
    found = _lock(list_id, actor)
    removed = db.session.execute(
        delete(RequisitionLine).where(RequisitionLine.id == line_id, RequisitionLine.list_id == found.id).returning(RequisitionLine.id)
    )
    if removed.scalar() is None:
        raise NotFound
    _touch(found, actor)


def save_for_later(line_id: UUID, name: str, *, ship_to: str, actor: Actor) -> RequisitionList:
    """Move a line of the person's open cart into the list of this name, which is made where there is none.

    What is not for sale now is moved too: it may come back. Raises: NotFound (no such line in the cart), ListFull.
    """
    company_id = _company(actor)
    row = take_line(line_id, ship_to=ship_to, actor=actor)
    variant = catalogue.variants_for_lines([row.variant_id])[row.variant_id]
    known = queries.find_list_by_name(name, company_id=company_id)
    found = _lock(known, actor) if known else create_list(name, actor=actor)
    lines = {line.variant_id: line for line in queries.lines_of(found.id, company_id=company_id)}
    held = lines.get(row.variant_id)
    if held is not None:
        held.quantity += row.quantity
    elif len(lines) >= policy.current().cart_line_limit:
        raise ListFull
    else:
        vendor_name = vendors.facts_of([variant.vendor_id])[variant.vendor_id].name
        db.session.add(_line(found, variant, row.quantity, vendor_name))
    _touch(found, actor)
    return found


def _company(actor: Actor) -> UUID:
    if actor.company_id is None:
        raise NotFound
    return actor.company_id


def _lock(list_id: UUID, actor: Actor) -> RequisitionList:
    return queries.lock_list(list_id, company_id=_company(actor))


def _touch(found: RequisitionList, actor: Actor) -> None:
    found.updated_at, found.updated_by_name = clock.now(), actor.name


def _check_name(name: str, company_id: UUID, *, but: UUID) -> None:
    same = func.lower(RequisitionList.name) == func.lower(name)
    query = select(RequisitionList.id).where(RequisitionList.company_id == company_id, same, RequisitionList.id != but)
    if db.session.scalar(query) is not None:
        raise NameTaken


def _seen(wanted: Iterable[UUID], *, company_id: UUID, ship_to: str) -> dict[UUID, LineVariant]:
    """The variants that the company may see and that are for sale; the rest is answered as if it did not exist."""
    facts = catalogue.variants_for_lines(wanted)
    sellers = vendors.facts_of(list({variant.vendor_id for variant in facts.values()}))
    keys = pricing.keys_for(facts, buyer_id=company_id, ship_to=ship_to)
    return {
        variant_id: variant
        for variant_id, variant in facts.items()
        if variant.is_listed and variant.is_visible_to(keys) and sellers[variant.vendor_id].is_seen
    }
