"""One change of many listings: planned row by row, applied in parts, taken back within a day. Tasks call these until they say that
nothing is left; a run that is killed goes on where it stood.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from marketplace.catalogue import bulk
from marketplace.catalogue.errors import NothingChosen, TooLate, TooManyChosen
from marketplace.catalogue.models import BulkEdit, BulkEditRow, BulkState, ProductState, RowState
from marketplace.catalogue.quantities import NotWhole, QuantityRule, to_base
from marketplace.catalogue.queries.bulk import Candidate, CandidateVariant, candidates, lock_bulk_edit, rows_to_do, scope_of
from marketplace.catalogue.services.bulk_parts import (
    Reasons,
    restore_counts,
    restore_prices,
    restore_states,
    set_counts,
    set_prices,
    set_states,
)
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id

PLANNED_AT_ONCE = 200
"""Listings that are planned while the vendor waits; more are left to a job."""
PLAN_CHUNK = 200
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Way:
    """There or back: which rows are done while the edit is in which state, by what, and what becomes of them."""

    running: BulkState
    wanted: RowState
    done: RowState
    failed: RowState
    acts: Mapping[str, Callable[..., Reasons]]


APPLYING = Way(
    BulkState.APPLYING,
    RowState.PLANNED,
    RowState.APPLIED,
    RowState.LEFT_OUT,
    {"price_percent": set_prices, "price_amount": set_prices, "stock": set_counts, "state": set_states},
)
UNDOING = Way(
    BulkState.UNDOING,
    RowState.APPLIED,
    RowState.UNDONE,
    RowState.KEPT,
    {"price_percent": restore_prices, "price_amount": restore_prices, "stock": restore_counts, "state": restore_states},
)


def start_bulk_edit(act: str, values: Mapping[str, Any], scope: Mapping[str, Any], *, actor: Actor) -> BulkEdit:
    """The vendor asks what a change would do; nothing is changed yet. `values` and `scope` as on `BulkEdit`.

    Raises: NotFound (no company acts), NothingChosen, TooManyChosen.
    """
    if actor.company_id is None:
        raise NotFound
    found = db.session.scalar(select(func.count()).select_from(scope_of(actor.company_id, scope).subquery())) or 0
    if not found:
        raise NothingChosen
    if found > bulk.MOST:
        raise TooManyChosen
    edit = BulkEdit(
        id=new_id(),
        vendor_id=actor.company_id,
        act=act,
        values=dict(values),
        scope=dict(scope),
        state=BulkState.PLANNING,
        products=found,
        total=0,
        done=0,
        left_out=0,
        reached_id=None,
        created_by=actor.person_id,
        created_by_name=actor.name,
        created_at=clock.now(),
        applied_at=None,
        undone_at=None,
    )
    db.session.add(edit)
    db.session.flush()  # its rows point to it
    if found > PLANNED_AT_ONCE:
        jobs.enqueue("catalogue.plan_bulk_edit", bulk_edit_id=edit.id)
    else:
        while not plan_rows(edit.id):
            pass
    return edit


def plan_rows(bulk_edit_id: UUID) -> bool:
    """Reckon the next part of the rows; True when all of them are there. For the clockwork and the act that starts it."""
    edit = lock_bulk_edit(bulk_edit_id, vendor_id=None)
    if edit.state is not BulkState.PLANNING:
        return True
    found = candidates(edit, after=edit.reached_id, limit=PLAN_CHUNK)
    if not found:
        edit.move(BulkState.PLANNED)
        return True
    planned = [row for product in found for row in _plan(edit, product)]
    for number, row in enumerate(planned, start=edit.total + 1):
        row |= {"bulk_edit_id": edit.id, "number": number, "vendor_id": edit.vendor_id}
    if planned:
        db.session.execute(insert(BulkEditRow), planned)
    edit.total += len(planned)
    edit.left_out += sum(row["state"] is RowState.LEFT_OUT for row in planned)
    edit.reached_id = found[-1].product_id
    return False


def _plan(edit: BulkEdit, product: Candidate) -> list[dict[str, Any]]:
    if edit.act == "state":
        to = ProductState(edit.values["to"])
        reason = bulk.move_fault(product.state, to)
        return [_row(product, [product.state.value], [to.value], reason)]
    before: list[Any]
    after: list[Any]
    rows = []
    for variant in product.variants:
        if edit.act in bulk.PRICE_ACTS:
            rule = QuantityRule(variant.minimum, variant.increment, variant.maximum)
            after, reason = bulk.new_tiers(edit.act, edit.values, variant.tiers, rule)
            before = [list(tier) for tier in variant.tiers]
        else:
            counted, reason = _count(edit, variant.display_factor, is_stocked=variant.is_stocked)
            reason = reason or (bulk.NOTHING_CHANGES if counted == variant.on_hand else None)
            reason = reason or (bulk.PROMISED if counted < variant.reserved else None)
            before, after = [variant.on_hand], [counted]
        if product.state is ProductState.RETIRED:
            reason = bulk.RETIRED
        rows.append(_row(product, before, after, reason, variant=variant))
    return rows


def _count(edit: BulkEdit, display_factor: int, *, is_stocked: bool) -> tuple[int, str | None]:
    try:
        counted = to_base(Decimal(edit.values["on_hand"]), display_factor)
    except NotWhole:
        return 0, bulk.NOT_WHOLE
    return counted, None if is_stocked else bulk.NOT_STOCKED


def _row(
    product: Candidate, before: list[Any], after: list[Any], reason: str | None, *, variant: CandidateVariant | None = None
) -> dict[str, Any]:
    state = RowState.LEFT_OUT if reason else RowState.PLANNED
    return {
        "product_id": product.product_id,
        "variant_id": variant.id if variant else None,
        "sku": variant.sku if variant else product.sku,
        "before": before,
        "after": after,
        "state": state,
        "reason": reason,
    }


def start_applying(bulk_edit_id: UUID, *, actor: Actor) -> BulkEdit:
    """The vendor says yes to what it has seen. Raises: NotFound, InvalidMove."""
    edit = lock_bulk_edit(bulk_edit_id, vendor_id=_vendor(actor))
    edit.move(BulkState.APPLYING)
    edit.done = edit.left_out
    _record("bulk_edit.applied", edit, actor)
    jobs.enqueue("catalogue.apply_bulk_edit", bulk_edit_id=edit.id)
    return edit


def drop_bulk_edit(bulk_edit_id: UUID, *, actor: Actor) -> BulkEdit:
    """The vendor says no. Raises: NotFound, InvalidMove."""
    edit = lock_bulk_edit(bulk_edit_id, vendor_id=_vendor(actor))
    edit.move(BulkState.DROPPED)
    return edit


def start_undoing(bulk_edit_id: UUID, *, actor: Actor) -> BulkEdit:
    """The vendor takes everything back that nobody has changed since. Raises: NotFound, InvalidMove, TooLate (after a day)."""
    edit = lock_bulk_edit(bulk_edit_id, vendor_id=_vendor(actor))
    if edit.applied_at is not None and clock.now() > edit.applied_at + timedelta(hours=bulk.UNDO_HOURS):
        raise TooLate
    edit.move(BulkState.UNDOING)
    edit.done = edit.left_out
    _record("bulk_edit.undone", edit, actor)
    jobs.enqueue("catalogue.undo_bulk_edit", bulk_edit_id=edit.id)
    return edit


def apply_rows(bulk_edit_id: UUID) -> bool:
    """Do the next part of the rows; True when none is left. For the clockwork."""
    edit = lock_bulk_edit(bulk_edit_id, vendor_id=None)
    is_last = _do_part(edit, APPLYING)
    if is_last and edit.state is BulkState.APPLYING:
        edit.move(BulkState.APPLIED)
        edit.applied_at = clock.now()
    return is_last


def undo_rows(bulk_edit_id: UUID) -> bool:
    """Take the next part of the rows back; True when none is left. For the clockwork."""
    edit = lock_bulk_edit(bulk_edit_id, vendor_id=None)
    is_last = _do_part(edit, UNDOING)
    if is_last and edit.state is BulkState.UNDOING:
        edit.move(BulkState.UNDONE)
        edit.undone_at = clock.now()
    return is_last


def _do_part(edit: BulkEdit, way: Way) -> bool:
    """Do the next rows; True when there is none, or the edit does something else by now."""
    rows = rows_to_do(edit.id, way.wanted, limit=CHUNK) if edit.state is way.running else []
    if not rows:
        return True
    left = way.acts[edit.act](rows, vendor_id=edit.vendor_id, actor=_actor(edit))
    for row in rows:
        row.reason = left.get(row.number)
        row.state = way.failed if row.reason else way.done
    edit.left_out += len(left) if way.failed is RowState.LEFT_OUT else 0
    edit.done += len(rows)
    return False


def _actor(edit: BulkEdit) -> Actor:
    return Actor(person_id=edit.created_by, company_id=edit.vendor_id, name=edit.created_by_name)


def _vendor(actor: Actor) -> UUID:
    if actor.company_id is None:
        raise NotFound
    return actor.company_id


def _record(act: str, edit: BulkEdit, actor: Actor) -> None:
    after = {"act": edit.act, "values": edit.values, "rows": edit.total - edit.left_out}
    audit.record(actor, act, "bulk_edit", edit.id, companies=(edit.vendor_id,), after=after)
