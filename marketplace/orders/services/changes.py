"""Changes after placement: one side proposes, the other signs; what was promised first stays (product.md §8)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.catalogue import services as catalogue
from marketplace.core import clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.deadlines import accept_by, after_business_hours
from marketplace.orders.errors import ChangeIsAnswered, ChangeIsOpen, DayNotPossible, LineHasLeft, NothingChanges
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
from marketplace.orders.services.ending import end_order
from marketplace.orders.services.fulfilment import stop_accept_clock, take_order
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_buyer, tell_vendor
from payments import services as payments
from payments.shares import Parts

S = VendorOrderState
BEFORE_SHIPPING = frozenset({S.ACCEPTED, S.IN_PRODUCTION, S.READY})
BUYER, VENDOR = "buyer", "vendor"


def propose_days_as_vendor(vendor_order_id: UUID, *, days: Mapping[UUID, date], reason: str, actor: Actor) -> ChangeRequest:
    """The vendor asks for other arrival days of lines. An order that is not accepted yet is taken on this condition only: its clock
    to answer stands still until the buyer has spoken.

    Raises: NotFound (also a line of another order), InvalidMove (ended, or everything has left), ChangeIsOpen, NothingChanges,
    DayNotPossible, LineHasLeft.
    """
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    if order.state is not S.PLACED and order.state not in BEFORE_SHIPPING:
        raise InvalidMove(state=order.state.value)
    change = _propose_days(order, days, reason=reason, side=VENDOR, actor=actor)
    if order.state is S.PLACED:
        stop_accept_clock(order)
        order.accept_by_at = None
    return change


def propose_days_as_buyer(vendor_order_id: UUID, *, days: Mapping[UUID, date], reason: str, actor: Actor) -> ChangeRequest:
    """The buyer asks for other arrival days of lines. Raises: as `propose_days_as_vendor`, and InvalidMove before the vendor accepted."""
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if order.state not in BEFORE_SHIPPING:
        raise InvalidMove(state=order.state.value)
    return _propose_days(order, days, reason=reason, side=BUYER, actor=actor)


def propose_cancel_as_vendor(vendor_order_id: UUID, *, line_ids: Iterable[UUID], reason: str, actor: Actor) -> ChangeRequest:
    """The vendor asks not to make some lines. Raises: NotFound, InvalidMove (not `accepted`), ChangeIsOpen, NothingChanges, LineHasLeft."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    return _propose_cancel(order, set(line_ids), reason=reason, side=VENDOR, actor=actor)


def propose_cancel_as_buyer(vendor_order_id: UUID, *, line_ids: Iterable[UUID], reason: str, actor: Actor) -> ChangeRequest:
    """The buyer asks to take some lines back before production. Raises: as `propose_cancel_as_vendor`."""
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    return _propose_cancel(order, set(line_ids), reason=reason, side=BUYER, actor=actor)


def _propose_days(order: VendorOrder, days: Mapping[UUID, date], *, reason: str, side: str, actor: Actor) -> ChangeRequest:
    lines = _lines(order, days.keys())
    promised = queries.promises_of_lines([line.id for line in lines])
    today = clock.now().astimezone(ZoneInfo(queries.week_of(order.buyer_id).zone)).date()
    asked = []
    for line in lines:
        now_on = promised[line.id][-1].promised_on if line.id in promised else line.first_promise_on
        if days[line.id] == now_on:
            continue
        if days[line.id] < today:
            raise DayNotPossible(line.id)
        if line.to_ship == 0:
            raise LineHasLeft(line.id)
        asked.append((line.id, now_on, days[line.id]))
    return _propose(order, ChangeKind.DATE, asked, reason=reason, side=side, actor=actor)


def _propose_cancel(order: VendorOrder, line_ids: set[UUID], *, reason: str, side: str, actor: Actor) -> ChangeRequest:
    if order.state is not S.ACCEPTED:
        raise InvalidMove(state=order.state.value)
    lines = _lines(order, line_ids)
    for line in lines:
        if line.cancelled_at is not None or line.shipped_quantity:
            raise LineHasLeft(line.id)
    asked = [(line.id, line.first_promise_on, None) for line in lines]
    return _propose(order, ChangeKind.CANCEL, asked, reason=reason, side=side, actor=actor)


def _lines(order: VendorOrder, line_ids: Iterable[UUID]) -> list[OrderLine]:
    """The named lines of an order, locked. Raises: NotFound when one is another order's."""
    wanted = set(line_ids)
    lines = [line for line in queries.lock_lines(order.id) if line.id in wanted]
    if len(lines) != len(wanted):
        raise NotFound
    return lines


def _propose(
    order: VendorOrder,
    kind: ChangeKind,
    asked: Sequence[tuple[UUID, date | None, date | None]],
    *,
    reason: str,
    side: str,
    actor: Actor,
) -> ChangeRequest:
    if queries.find_open_change(order.id) is not None:
        raise ChangeIsOpen
    if not asked:
        raise NothingChanges
    now = clock.now()
    answers = order.buyer_id if side == VENDOR else order.vendor_id
    change = ChangeRequest(
        id=new_id(),
        vendor_order_id=order.id,
        buyer_id=order.buyer_id,
        vendor_id=order.vendor_id,
        kind=kind,
        state=ChangeState.OPEN,
        proposed_by=side,
        proposer_name=actor.name,
        reason=reason,
        is_condition=order.state is S.PLACED,
        proposed_at=now,
        answer_by_at=after_business_hours(now, 24 * policy.current().change_answer_business_days, queries.week_of(answers)),
        answered_at=None,
        answered_by_name=None,
        answer=None,
    )
    db.session.add(change)
    db.session.flush()  # its lines point to it
    db.session.add_all(ChangeRequestLine(request_id=change.id, line_id=line, from_on=before, to_on=to) for line, before, to in asked)
    jobs.enqueue("orders.expire_change", run_at=change.answer_by_at, key=f"change:{change.id}", change_id=change.id)
    record(actor, "change_proposed", order, before=order.state, kind=kind.value, reason=reason, days=_days(asked))
    (tell_buyer if side == VENDOR else tell_vendor)("orders.email_change_proposed", order)
    return change


def _days(asked: Sequence[tuple[UUID, date | None, date | None]]) -> list[str]:
    return sorted({to.isoformat() for _, _, to in asked if to is not None})


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
