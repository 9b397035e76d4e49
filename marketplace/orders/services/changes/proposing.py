"""What one side asks of the other: another day, lines that are not made, or less of them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.core import clock, jobs, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.deadlines import after_business_hours
from marketplace.orders.errors import ChangeIsOpen, DayNotPossible, LineHasLeft, NothingChanges, QuantityNotRaised, QuantityTooSmall
from marketplace.orders.lowering import given_up
from marketplace.orders.models import ChangeKind, ChangeRequest, ChangeRequestLine, ChangeState, OrderLine, VendorOrder, VendorOrderState
from marketplace.orders.services.fulfilment import stop_accept_clock
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_buyer, tell_vendor

S = VendorOrderState
BEFORE_SHIPPING = frozenset({S.ACCEPTED, S.IN_PRODUCTION, S.READY})
BUYER, VENDOR = "buyer", "vendor"


def propose_days_as_vendor(vendor_order_id: UUID, *, days: Mapping[UUID, date], reason: str, actor: Actor) -> ChangeRequest:
    """The vendor asks for other arrival days of lines. An order that is not accepted yet is taken on this condition only: its clock
    to answer stands still until the buyer has spoken.

    Raises: NotFound (also a line of another order), InvalidMove (ended, or everything has left), ChangeIsOpen, NothingChanges,
    DayNotPossible, LineHasLeft.
    """
    return _propose_as_vendor(vendor_order_id, lambda order: _propose_days(order, days, reason=reason, side=VENDOR, actor=actor), actor)


def propose_days_as_buyer(vendor_order_id: UUID, *, days: Mapping[UUID, date], reason: str, actor: Actor) -> ChangeRequest:
    """The buyer asks for other arrival days of lines. Raises: as `propose_days_as_vendor`, and InvalidMove before the vendor accepted."""
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if order.state not in BEFORE_SHIPPING:
        raise InvalidMove(state=order.state.value)
    return _propose_days(order, days, reason=reason, side=BUYER, actor=actor)


def propose_quantities_as_vendor(vendor_order_id: UUID, *, quantities: Mapping[UUID, int], reason: str, actor: Actor) -> ChangeRequest:
    """The vendor asks to make less of lines: base units by line. What the difference costs goes back when the buyer signs.

    Before it has accepted, it takes the order on this condition only, as with days.
    Raises: NotFound (also a line of another order), InvalidMove (ended, or everything has left), ChangeIsOpen, NothingChanges,
    QuantityNotRaised, QuantityTooSmall (less than has left, or nothing), LineHasLeft (wholly, or it is cancelled).
    """
    return _propose_as_vendor(
        vendor_order_id, lambda order: _propose_quantities(order, quantities, reason=reason, side=VENDOR, actor=actor), actor
    )


def propose_quantities_as_buyer(vendor_order_id: UUID, *, quantities: Mapping[UUID, int], reason: str, actor: Actor) -> ChangeRequest:
    """The buyer asks for less of lines. Raises: as `propose_quantities_as_vendor`, and InvalidMove before the vendor accepted."""
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if order.state not in BEFORE_SHIPPING:
        raise InvalidMove(state=order.state.value)
    return _propose_quantities(order, quantities, reason=reason, side=BUYER, actor=actor)


def _propose_as_vendor(vendor_order_id: UUID, propose: Callable[[VendorOrder], ChangeRequest], actor: Actor) -> ChangeRequest:
    """What is proposed before the yes is a condition: the vendor's clock to answer stands still until the buyer has spoken."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    if order.state is not S.PLACED and order.state not in BEFORE_SHIPPING:
        raise InvalidMove(state=order.state.value)
    change = propose(order)
    if order.state is S.PLACED:
        stop_accept_clock(order)
        order.accept_by_at = None
    return change


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
        asked.append(ChangeRequestLine(line_id=line.id, from_on=now_on, to_on=days[line.id]))
    return _propose(order, ChangeKind.DATE, asked, reason=reason, side=side, actor=actor)


def _propose_cancel(order: VendorOrder, line_ids: set[UUID], *, reason: str, side: str, actor: Actor) -> ChangeRequest:
    if order.state is not S.ACCEPTED:
        raise InvalidMove(state=order.state.value)
    lines = _lines(order, line_ids)
    for line in lines:
        if line.cancelled_at is not None or line.shipped_quantity:
            raise LineHasLeft(line.id)
    asked = [ChangeRequestLine(line_id=line.id, from_on=line.first_promise_on, to_on=None) for line in lines]
    return _propose(order, ChangeKind.CANCEL, asked, reason=reason, side=side, actor=actor)


def _propose_quantities(order: VendorOrder, quantities: Mapping[UUID, int], *, reason: str, side: str, actor: Actor) -> ChangeRequest:
    asked = []
    for line in _lines(order, quantities.keys()):
        wanted = quantities[line.id]
        if wanted == line.quantity:
            continue
        if line.to_ship == 0:
            raise LineHasLeft(line.id)
        if wanted > line.quantity:
            raise QuantityNotRaised(line.id)
        least = line.quantity if line.is_sample else line.shipped_quantity
        if wanted < max(1, least):
            raise QuantityTooSmall(line.id, least=least, unit=line.display_unit, display_factor=line.display_factor)
        back = given_up(line, wanted, currency=order.currency)
        asked.append(
            ChangeRequestLine(
                line_id=line.id,
                from_on=None,
                to_on=None,
                from_quantity=line.quantity,
                to_quantity=wanted,
                back_goods_minor=back.goods_minor,
                back_freight_minor=back.freight_minor,
                back_tax_minor=back.tax_minor,
            )
        )
    return _propose(order, ChangeKind.QUANTITY, asked, reason=reason, side=side, actor=actor)


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
    asked: Sequence[ChangeRequestLine],
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
    for row in asked:
        row.request_id = change.id
    db.session.add_all(asked)
    jobs.enqueue("orders.expire_change", run_at=change.answer_by_at, key=f"change:{change.id}", change_id=change.id)
    record(actor, "change_proposed", order, before=order.state, kind=kind.value, reason=reason, days=_days(asked))
    (tell_buyer if side == VENDOR else tell_vendor)("orders.email_change_proposed", order)
    return change


def _days(asked: Sequence[ChangeRequestLine]) -> list[str]:
    return sorted({row.to_on.isoformat() for row in asked if row.to_on is not None})
