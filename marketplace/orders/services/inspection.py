"""The inspection: acceptance of delivered goods by the buyer, and by the timer when it has ended in silence."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from marketplace.core import clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.orders import queries
from marketplace.orders.claims import line_parts
from marketplace.orders.errors import NothingToAccept, ProblemIsOpen, QuantityTooLarge
from marketplace.orders.models import OrderLine, VendorOrder, VendorOrderState
from marketplace.orders.services.fulfilment import stop_inspection_clock
from marketplace.orders.services.history import record
from payments import queries as payment_queries
from payments import services as payments
from payments.shares import Parts

S = VendorOrderState
CAN_ARRIVE = frozenset({S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED})
"""States in which goods of an order may have arrived."""


def accept_goods(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The buyer accepts the goods, and the money held for them is released.

    Raises: NotFound (not this company's order), ProblemIsOpen, InvalidMove (not `delivered`).
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if queries.find_open_claim(order.id) is not None:
        raise ProblemIsOpen
    accept_order_goods(order, by="buyer", actor=actor)
    return order


def accept_lines(vendor_order_id: UUID, *, quantities: Mapping[UUID, int], actor: Actor) -> VendorOrder:
    """The buyer accepts some of what has arrived: base units by line, more than was accepted before. With the last of a line its money
    goes, with the last of a wholly delivered order all that is left; what a problem is open about is decided first.

    Raises: NotFound (not this company's order, a line of another), InvalidMove (nothing can be accepted now), NothingToAccept,
    QuantityTooLarge (more than has arrived and is not accepted yet).
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    if order.state not in CAN_ARRIVE:
        raise InvalidMove(state=order.state.value)
    lines = queries.lock_lines(order.id)
    if quantities.keys() - {line.id for line in lines}:
        raise NotFound
    if not any(quantities.values()):
        raise NothingToAccept
    for line in lines:
        wanted, free = quantities.get(line.id, 0), line.delivered_quantity - line.accepted_quantity
        if wanted > free:
            raise QuantityTooLarge(line.id, limit=free, unit=line.display_unit, display_factor=line.display_factor)
        line.accepted_quantity += wanted
    accepted = {line.sku: quantities[line.id] for line in lines if quantities.get(line.id)}
    record(actor, "lines_accepted", order, before=order.state, lines=accepted)
    is_all = all(line.cancelled_at is not None or line.accepted_quantity == line.quantity for line in lines)
    if order.state is S.DELIVERED and is_all and queries.find_open_claim(order.id) is None:
        accept_order_goods(order, by="buyer", actor=actor)
    else:
        _release(order, [line for line in lines if quantities.get(line.id) and line.accepted_quantity == line.quantity], actor=actor)
    return order


def _release(order: VendorOrder, lines: Sequence[OrderLine], *, actor: Actor) -> None:
    """The money of lines that are accepted whole, less what claims gave back for them. A line that is disputed waits for the end of that."""
    disputed = queries.disputed_lines(order.id)
    due = [line for line in lines if line.id not in disputed]
    credited = queries.credited_parts([line.id for line in due])
    parts = sum((line_parts(line) - credited.get(line.id, Parts(0)) for line in due), Parts(0))
    (hold,) = payment_queries.lock_holds(order.id)
    parts = parts.at_most(payment_queries.held_parts(hold))  # a claim on another line may have taken of it
    if parts.total_minor:
        payments.release_part(order.id, parts, actor=actor)
        record(actor, "part_released", order, before=order.state, total_minor=parts.total_minor, currency=order.currency)


def accept_goods_by_timer(vendor_order_id: UUID) -> None:
    """The inspection has ended in silence, which is acceptance. Nothing before its end, while its clock stands, or a second time."""
    order = queries.lock_order(vendor_order_id)
    if order.state is S.DELIVERED and order.inspection_ends_at is not None and order.inspection_ends_at <= clock.now():
        accept_order_goods(order, by="timer", actor=SYSTEM)


def accept_order_goods(order: VendorOrder, *, by: str, actor: Actor) -> None:
    """The goods of a locked order are accepted and its money goes; `by` is buyer, timer or platform. The caller has settled open problems."""
    before = order.state
    order.move(S.ACCEPTED_BY_BUYER)
    order.accepted_by_buyer_at, order.accepted_by = clock.now(), by
    for line in queries.lock_lines(order.id):
        line.accepted_quantity = line.delivered_quantity
    stop_inspection_clock(order)
    held_minor = payment_queries.any_hold_of_vendor_order(order.id).held_minor
    if held_minor:  # the lines that were accepted before may have been all that is left of it
        payments.release_on_acceptance(order.id, actor=actor)
    close_at = order.accepted_by_buyer_at + timedelta(days=policy.current().close_after_days)
    jobs.enqueue("orders.close_order", run_at=close_at, key=f"close:{order.id}", vendor_order_id=order.id)
    record(actor, "accepted_by_buyer", order, before=before, accepted_by=by, total_minor=held_minor, currency=order.currency)
