"""Reads of change requests and of the promises that came of them. The caller may see the order."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.orders.lowering import Lowered
from marketplace.orders.models import ChangeRequest, ChangeRequestLine, ChangeState, LinePromise
from payments.shares import Parts


def find_open_change(vendor_order_id: UUID) -> ChangeRequest | None:
    """The change of an order that waits for an answer."""
    query = select(ChangeRequest).where(ChangeRequest.vendor_order_id == vendor_order_id, ChangeRequest.state == ChangeState.OPEN)
    return db.session.scalar(query)


def changes_of_orders(order_ids: Sequence[UUID]) -> dict[UUID, list[ChangeRequest]]:
    """The change requests of orders by order, oldest first."""
    changes: dict[UUID, list[ChangeRequest]] = defaultdict(list)
    query = select(ChangeRequest).where(ChangeRequest.vendor_order_id.in_(order_ids)).order_by(ChangeRequest.proposed_at, ChangeRequest.id)
    for change in db.session.scalars(query) if order_ids else ():
        changes[change.vendor_order_id].append(change)
    return changes


def lines_of_changes(change_ids: Sequence[UUID]) -> dict[UUID, list[ChangeRequestLine]]:
    """What change requests ask for, by request."""
    rows: dict[UUID, list[ChangeRequestLine]] = defaultdict(list)
    query = select(ChangeRequestLine).where(ChangeRequestLine.request_id.in_(change_ids)).order_by(ChangeRequestLine.line_id)
    for row in db.session.scalars(query) if change_ids else ():
        rows[row.request_id].append(row)
    return rows


def change_by_id(change_id: UUID) -> ChangeRequest:
    """A change request; its order is locked next, by the company that asks. Raises: NotFound."""
    found = db.session.get(ChangeRequest, change_id)
    if found is None:
        raise NotFound
    return found


def lock_change(change_id: UUID) -> ChangeRequest:
    """A change request, locked and read afresh; its order is locked before it. Raises: NotFound."""
    query = select(ChangeRequest).where(ChangeRequest.id == change_id)
    found = db.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def lowered_lines(line_ids: Sequence[UUID]) -> dict[UUID, Lowered]:
    """Line → how much less of it is made than was ordered, and what that gave back; lines that stand as ordered are absent."""
    columns = (
        ChangeRequestLine.from_quantity - ChangeRequestLine.to_quantity,
        ChangeRequestLine.back_goods_minor,
        ChangeRequestLine.back_freight_minor,
        ChangeRequestLine.back_tax_minor,
    )
    query = (
        select(ChangeRequestLine.line_id, *(func.sum(each) for each in columns))
        .join(ChangeRequest, ChangeRequest.id == ChangeRequestLine.request_id)
        .where(
            ChangeRequestLine.line_id.in_(line_ids),
            ChangeRequestLine.to_quantity.is_not(None),
            ChangeRequest.state == ChangeState.ACCEPTED,
        )
        .group_by(ChangeRequestLine.line_id)
    )
    rows = db.session.execute(query) if line_ids else ()
    return {line_id: Lowered(int(quantity), Parts(int(goods), int(freight), int(tax))) for line_id, quantity, goods, freight, tax in rows}


def promises_of_lines(line_ids: Sequence[UUID]) -> dict[UUID, list[LinePromise]]:
    """The later promises of lines by line, oldest first: the last one is what is promised now. Lines without one are absent."""
    promises: dict[UUID, list[LinePromise]] = {}
    query = select(LinePromise).where(LinePromise.line_id.in_(line_ids)).order_by(LinePromise.at, LinePromise.id)
    for promise in db.session.scalars(query) if line_ids else ():
        promises.setdefault(promise.line_id, []).append(promise)
    return promises
