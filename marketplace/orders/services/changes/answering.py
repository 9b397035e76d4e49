"""What the other side says to a change, and what follows from it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.services import Leaving
from marketplace.core import clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.deadlines import accept_by
from marketplace.orders.errors import ChangeIsAnswered, LineHasLeft
from marketplace.orders.models import (
    ChangeKind,
    ChangeRequest,
    ChangeRequestLine,
    ChangeState,
    LinePromise,
    OrderLine,
    VendorOrder,
    VendorOrderState,
)
from marketplace.orders.services.changes.proposing import BUYER, VENDOR
from marketplace.orders.services.ending import end_order
from marketplace.orders.services.fulfilment import take_order
from marketplace.orders.services.history import record
from marketplace.orders.services.shipping import finish_if_all_left
from marketplace.orders.services.telling import tell_buyer, tell_vendor
from payments import services as payments
from payments.shares import Parts

S = VendorOrderState


def accept_change_as_buyer(change_id: UUID, *, answer: str | None, actor: Actor) -> VendorOrder:
    """The buyer signs what the vendor proposed. Raises: NotFound (not this buyer's, or its own proposal), ChangeIsAnswered."""
    order, change = _lock(change_id, side=VENDOR, buyer_id=actor.company_id)
    _accept(order, change, answer=answer, actor=actor)
    return order


def accept_change_as_vendor(change_id: UUID, *, answer: str | None, actor: Actor) -> VendorOrder:
    """The vendor signs what the buyer proposed. Raises: NotFound (not this vendor's, or its own proposal), ChangeIsAnswered."""
    order, change = _lock(change_id, side=BUYER, vendor_id=actor.company_id)
    _accept(order, change, answer=answer, actor=actor)
    return order


def decline_change_as_buyer(change_id: UUID, *, answer: str | None, actor: Actor) -> VendorOrder:
    """The buyer does not agree: everything stays as it was. Raises: NotFound, ChangeIsAnswered."""
    order, change = _lock(change_id, side=VENDOR, buyer_id=actor.company_id)
    _end(order, change, ChangeState.DECLINED, answer=answer, actor=actor)
    return order


def decline_change_as_vendor(change_id: UUID, *, answer: str | None, actor: Actor) -> VendorOrder:
    """The vendor does not agree: everything stays as it was. Raises: NotFound, ChangeIsAnswered."""
    order, change = _lock(change_id, side=BUYER, vendor_id=actor.company_id)
    _end(order, change, ChangeState.DECLINED, answer=answer, actor=actor)
    return order


def withdraw_change_as_buyer(change_id: UUID, *, actor: Actor) -> VendorOrder:
    """The buyer takes its proposal back. Raises: NotFound (not its own), ChangeIsAnswered."""
    order, change = _lock(change_id, side=BUYER, buyer_id=actor.company_id)
    _end(order, change, ChangeState.WITHDRAWN, answer=None, actor=actor)
    return order


def withdraw_change_as_vendor(change_id: UUID, *, actor: Actor) -> VendorOrder:
    """The vendor takes its proposal back; a condition with it, so its clock to answer runs again. Raises: NotFound, ChangeIsAnswered."""
    order, change = _lock(change_id, side=VENDOR, vendor_id=actor.company_id)
    _end(order, change, ChangeState.WITHDRAWN, answer=None, actor=actor)
    return order


def expire_change(change_id: UUID) -> None:
    """Nobody answered in time: everything stays as it was. Nothing before that time, or once it is answered."""
    found = queries.change_by_id(change_id)
    order = queries.lock_order(found.vendor_order_id)
    change = queries.lock_change(found.id)
    if change.state is ChangeState.OPEN and change.answer_by_at <= clock.now():
        _end(order, change, ChangeState.EXPIRED, answer=None, actor=SYSTEM)


def _lock(change_id: UUID, *, side: str, buyer_id: UUID | None = None, vendor_id: UUID | None = None) -> tuple[VendorOrder, ChangeRequest]:
    """An order and its open change that `side` proposed, locked from the top down."""
    found = queries.change_by_id(change_id)
    if buyer_id is not None:
        order = queries.lock_order_of_buyer(found.vendor_order_id, buyer_id=buyer_id)
    else:
        order = queries.lock_order_of_vendor(found.vendor_order_id, vendor_id=vendor_id)
    change = queries.lock_change(found.id)
    if change.proposed_by != side:
        raise NotFound
    if change.state is not ChangeState.OPEN or change.answer_by_at <= clock.now():
        raise ChangeIsAnswered
    return order, change


def _accept(order: VendorOrder, change: ChangeRequest, *, answer: str | None, actor: Actor) -> None:
    now = clock.now()
    _answer(change, ChangeState.ACCEPTED, answer, actor)
    wanted = {row.line_id: row for row in queries.lines_of_changes([change.id])[change.id]}
    lines = [line for line in queries.lock_lines(order.id) if line.id in wanted]
    record(actor, "change_accepted", order, before=order.state, kind=change.kind.value, said=answer)
    if change.kind is ChangeKind.CANCEL:
        _cancel_lines(order, lines, reason=change.reason, at=now, actor=actor)
    elif change.kind is ChangeKind.QUANTITY:
        _lower_lines(order, lines, wanted, reason=change.reason, actor=actor)
    else:
        for line in lines:
            on = wanted[line.id].to_on
            if on is not None:
                db.session.add(_promise(line, on, change, at=now))
    if change.is_condition:
        take_order(order, actor=actor)
    _tell_proposer(order, change)


def _promise(line: OrderLine, on: date, change: ChangeRequest, *, at: datetime) -> LinePromise:
    return LinePromise(
        id=new_id(),
        line_id=line.id,
        change_request_id=change.id,
        promised_on=on,
        said_by=change.proposed_by,
        reason=change.reason,
        at=at,
    )


def _cancel_lines(order: VendorOrder, lines: Sequence[OrderLine], *, reason: str, at: datetime, actor: Actor) -> None:
    """Lines that are not made: their stock and their money go back; with the last line the order ends."""
    for line in lines:
        line.cancelled_at = at
    if all(line.cancelled_at for line in queries.lines_of_orders([order.id])[order.id]):
        end_order(order, S.CANCELLED, reason=reason, act="cancelled", actor=actor)
        return
    parts = Parts(sum(line.goods_minor for line in lines), sum(line.freight_minor for line in lines), sum(line.tax_minor for line in lines))
    if parts.total_minor:
        payments.refund_part(order.id, parts, reason=reason, actor=actor)
    catalogue.give_back([line.id for line in lines])


def _lower_lines(
    order: VendorOrder, lines: Sequence[OrderLine], wanted: Mapping[UUID, ChangeRequestLine], *, reason: str, actor: Actor
) -> None:
    """Less of lines is made: the stock and the money of the difference go back. The sums are those that both sides have read."""
    back = Parts(0)
    for line in lines:
        row = wanted[line.id]
        to_quantity = row.to_quantity or 0
        if line.cancelled_at is not None or line.quantity != row.from_quantity or to_quantity < line.shipped_quantity:
            raise LineHasLeft(line.id)  # more of it has left since it was proposed
        catalogue.give_back_part([Leaving(line.id, line.quantity - to_quantity, left=line.to_ship)])
        parts = Parts(row.back_goods_minor, row.back_freight_minor, row.back_tax_minor)
        line.quantity = to_quantity
        line.goods_minor -= parts.goods_minor
        line.freight_minor -= parts.freight_minor
        line.tax_minor -= parts.tax_minor
        back = back + parts
    if back.total_minor:
        payments.refund_part(order.id, back, reason=reason, actor=actor)
    finish_if_all_left(order, actor=actor)


def _end(order: VendorOrder, change: ChangeRequest, state: ChangeState, *, answer: str | None, actor: Actor) -> None:
    _answer(change, state, answer, actor)
    record(actor, f"change_{state.value}", order, before=order.state, kind=change.kind.value, said=answer)
    if change.is_condition and order.state is S.PLACED:
        _start_accept_clock_again(order)
    if state is not ChangeState.WITHDRAWN:
        _tell_proposer(order, change)
    if state is not ChangeState.DECLINED:
        _tell_answerer(order, change)


def _answer(change: ChangeRequest, state: ChangeState, answer: str | None, actor: Actor) -> None:
    change.move(state)
    change.answered_at, change.answered_by_name, change.answer = clock.now(), actor.name or None, answer
    jobs.cancel(f"change:{change.id}")


def _start_accept_clock_again(order: VendorOrder) -> None:
    """The condition is gone, the order stands as it was placed: the vendor has its whole time to answer once more."""
    numbers = policy.current()
    now = clock.now()
    order.accept_by_at = accept_by(now, business_days=numbers.accept_business_days, week=queries.week_of_vendor(order.vendor_id))
    order.cancel_unaccepted_at = max(now + timedelta(days=numbers.accept_cancel_days), order.accept_by_at)
    # Without a key: the earlier job may be done and would hold it. The task looks at the column, so one too many does nothing.
    jobs.enqueue("orders.cancel_unaccepted", run_at=order.cancel_unaccepted_at, vendor_order_id=order.id)
    tell_vendor("orders.email_accept_by", order)


def _tell_proposer(order: VendorOrder, change: ChangeRequest) -> None:
    (tell_vendor if change.proposed_by == VENDOR else tell_buyer)("orders.email_change_answered", order)


def _tell_answerer(order: VendorOrder, change: ChangeRequest) -> None:
    (tell_buyer if change.proposed_by == VENDOR else tell_vendor)("orders.email_change_answered", order)
