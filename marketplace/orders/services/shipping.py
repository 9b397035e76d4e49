"""Goods leave, in one shipment or in several, and arrive: shipment by shipment, line by line (product.md §8)."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.services import Leaving
from marketplace.core import clock
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.deadlines import inspection_end
from marketplace.orders.errors import NothingToShip, NotReadyYet, QuantityTooLarge, ShipComplete
from marketplace.orders.models import OrderLine, Shipment, ShipmentLine, VendorOrder, VendorOrderState
from marketplace.orders.services.documents import issue_invoice
from marketplace.orders.services.fulfilment import start_inspection_clock, withdraw_open_change
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_buyer

S = VendorOrderState
CAN_SHIP = frozenset({S.IN_PRODUCTION, S.READY})
"""What is ready of an order may leave while the rest is made; the last goods leave only from `ready`."""


def ship_order(vendor_order_id: UUID, *, carrier: str, tracking: str | None, actor: Actor) -> VendorOrder:
    """Everything that has not left leaves, and the stock with it. Raises: NotFound, InvalidMove (not `ready`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    if order.state is not S.READY:
        raise InvalidMove(state=order.state.value)
    lines = queries.lock_lines(order.id)
    _ship(order, lines, {line.id: line.to_ship for line in lines}, carrier=carrier, tracking=tracking, actor=actor)
    return order


def ship_part(vendor_order_id: UUID, *, quantities: Mapping[UUID, int], carrier: str, tracking: str | None, actor: Actor) -> VendorOrder:
    """Some of each line leaves: base units by line. The order is `shipped` when nothing of it is left.

    Raises: NotFound (also a line of another order), InvalidMove (not in production or ready), NothingToShip, QuantityTooLarge,
    ShipComplete (the buyer takes everything at once), NotReadyYet (the last goods of an order that is not marked ready).
    """
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    if order.state not in CAN_SHIP:
        raise InvalidMove(state=order.state.value)
    lines = queries.lock_lines(order.id)
    if quantities.keys() - {line.id for line in lines}:
        raise NotFound
    for line in lines:
        if quantities.get(line.id, 0) > line.to_ship:
            raise QuantityTooLarge(line.id, limit=line.to_ship, unit=line.display_unit, display_factor=line.display_factor)
    is_whole = all(quantities.get(line.id, 0) == line.to_ship for line in lines)
    if order.ship_complete and not is_whole:
        raise ShipComplete
    if is_whole and order.state is not S.READY:
        raise NotReadyYet
    _ship(order, lines, quantities, carrier=carrier, tracking=tracking, actor=actor)
    return order


def _ship(
    order: VendorOrder, lines: Sequence[OrderLine], quantities: Mapping[UUID, int], *, carrier: str, tracking: str | None, actor: Actor
) -> None:
    leaving = [(line, quantities[line.id]) for line in lines if quantities.get(line.id, 0) > 0]
    if not leaving:
        raise NothingToShip
    shipment = Shipment(
        id=new_id(),
        vendor_order_id=order.id,
        position=len(queries.shipments_of_orders([order.id])[order.id]) + 1,
        carrier=carrier,
        tracking=tracking,
        shipped_at=clock.now(),
        delivered_at=None,
        delivered_by=None,
        signed_by=None,
        proof_file_id=None,
    )
    db.session.add(shipment)
    db.session.flush()  # its lines point to it
    catalogue.use_part_of_reservations([Leaving(line.id, quantity, left=line.to_ship) for line, quantity in leaving])
    for line, quantity in leaving:
        db.session.add(ShipmentLine(shipment_id=shipment.id, line_id=line.id, quantity=quantity, delivered_quantity=None))
        line.shipped_quantity += quantity
    order.first_shipped_at = order.first_shipped_at or shipment.shipped_at
    before, is_last = order.state, all(line.to_ship == 0 for line in lines)
    if is_last:
        _end_shipping(order)
    record(
        actor,
        "shipped" if is_last else "partly_shipped",
        order,
        before=before,
        carrier=carrier,
        tracking=tracking,
        shipment=shipment.position,
    )
    tell_buyer("orders.email_shipped", order)


def _end_shipping(order: VendorOrder) -> None:
    """Nothing is left to send."""
    order.move(S.SHIPPED)
    order.shipped_at = clock.now()
    withdraw_open_change(order)
    issue_invoice(order)


def finish_if_all_left(order: VendorOrder, *, actor: Actor) -> None:
    """Of a locked, partly shipped order less is made by agreement: when nothing of it is left to send, it is shipped with that, and
    delivered where all that left has arrived.
    """
    lines = queries.lock_lines(order.id)
    if order.first_shipped_at is None or order.state not in CAN_SHIP or any(line.to_ship for line in lines):
        return
    before = order.state
    if order.state is S.IN_PRODUCTION:
        order.move(S.READY)
        order.ready_at = clock.now()
    _end_shipping(order)
    record(actor, "shipped", order, before=before)
    shipments = queries.shipments_of_orders([order.id])[order.id]
    if all(one.delivered_at for one in shipments):
        _begin_inspection(order, by=shipments[-1].delivered_by or "buyer")
        record(actor, "delivered", order, before=S.SHIPPED, delivered_by=order.delivered_by)
        tell_buyer("orders.email_delivered", order)


def deliver_with_proof(vendor_order_id: UUID, *, signed_by: str, actor: Actor) -> VendorOrder:
    """The vendor shows that all that is on its way arrived. Raises: NotFound, InvalidMove (nothing is on its way)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    _deliver(order, _on_their_way(order), {}, by="vendor", signed_by=signed_by, proof_file_id=None, actor=actor)
    return order


def deliver_shipment_with_proof(
    vendor_order_id: UUID, position: int, *, signed_by: str, proof_file_id: UUID | None, actor: Actor
) -> VendorOrder:
    """The vendor shows that one shipment arrived. Raises: NotFound (no such shipment), InvalidMove (it has arrived already)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    shipment = _shipment(order, position)
    _deliver(order, [shipment], {}, by="vendor", signed_by=signed_by, proof_file_id=proof_file_id, actor=actor)
    return order


def confirm_delivery(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The buyer says that all that was on its way is there. Raises: NotFound, InvalidMove (nothing is on its way)."""
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    _deliver(order, _on_their_way(order), {}, by="buyer", signed_by=actor.name, proof_file_id=None, actor=actor)
    return order


def confirm_shipment(vendor_order_id: UUID, position: int, *, counted: Mapping[UUID, int], actor: Actor) -> VendorOrder:
    """The buyer has counted one shipment: base units by line that are there; a line that is not named arrived whole.

    Raises: NotFound (no such shipment, a line of another order), InvalidMove (it has arrived already), QuantityTooLarge.
    """
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    shipment = _shipment(order, position)
    _deliver(order, [shipment], counted, by="buyer", signed_by=actor.name, proof_file_id=None, actor=actor)
    return order


def _shipment(order: VendorOrder, position: int) -> Shipment:
    found = next((one for one in queries.shipments_of_orders([order.id])[order.id] if one.position == position), None)
    if found is None:
        raise NotFound
    if found.delivered_at is not None:
        raise InvalidMove(state=order.state.value)
    return found


def _on_their_way(order: VendorOrder) -> list[Shipment]:
    found = [one for one in queries.shipments_of_orders([order.id])[order.id] if one.delivered_at is None]
    if not found:
        raise InvalidMove(state=order.state.value)
    return found


def _deliver(
    order: VendorOrder,
    shipments: Iterable[Shipment],
    counted: Mapping[UUID, int],
    *,
    by: str,
    signed_by: str,
    proof_file_id: UUID | None,
    actor: Actor,
) -> None:
    if order.state in (S.CANCELLED, S.DECLINED):
        raise InvalidMove(state=order.state.value)
    now = clock.now()
    lines = {line.id: line for line in queries.lock_lines(order.id)}
    for shipment in shipments:
        rows = queries.lines_of_shipments([shipment.id])[shipment.id]
        if counted.keys() - {row.line_id for row in rows}:
            raise NotFound
        for row in rows:
            line, arrived = lines[row.line_id], counted.get(row.line_id, row.quantity)
            if arrived > row.quantity:
                raise QuantityTooLarge(line.id, limit=row.quantity, unit=line.display_unit, display_factor=line.display_factor)
            row.delivered_quantity = arrived
            line.delivered_quantity += arrived
        shipment.delivered_at, shipment.delivered_by, shipment.signed_by, shipment.proof_file_id = now, by, signed_by, proof_file_id
    before = order.state
    if before is S.SHIPPED and all(one.delivered_at for one in queries.shipments_of_orders([order.id])[order.id]):
        _begin_inspection(order, by=by)
    is_last = order.state is S.DELIVERED
    record(
        actor,
        "delivered" if is_last else "partly_delivered",
        order,
        before=before,
        delivered_by=by,
        signed_by=signed_by,
        **({"inspection_ends_at": order.inspection_ends_at.isoformat()} if order.inspection_ends_at else {}),
    )
    if is_last:
        tell_buyer("orders.email_delivered", order)


def _begin_inspection(order: VendorOrder, *, by: str) -> None:
    """The last goods are there: the days to inspect run from now, with their timer and reminders."""
    now = clock.now()
    order.move(S.DELIVERED)
    order.delivered_at, order.delivered_by = now, by
    if queries.find_open_claim(order.id) is None:  # a claim on an earlier shipment keeps the clock stopped until it is settled
        start_inspection_clock(order, ends_at=inspection_end(now, days=order.inspection_days))
