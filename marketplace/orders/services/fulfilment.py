"""The vendor's path from the yes to the arrival of the goods (product.md §8)."""

from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.core import clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id
from marketplace.orders import queries
from marketplace.orders.deadlines import REMINDERS, inspection_end, inspection_reminders
from marketplace.orders.models import Shipment, VendorOrder, VendorOrderState
from marketplace.orders.services.history import record
from marketplace.orders.services.telling import tell_buyer
from payments import services as payments

S = VendorOrderState


def stop_accept_clock(order: VendorOrder) -> None:
    """The vendor has answered, or nobody needs to any more."""
    jobs.cancel(f"accept_reminder:{order.id}")
    jobs.cancel(f"cancel_unaccepted:{order.id}")
    order.cancel_unaccepted_at = None


def stop_inspection_clock(order: VendorOrder) -> None:
    """Nothing happens by itself any more: the timer and its reminders go."""
    jobs.cancel(f"accept_goods:{order.id}")
    for name in REMINDERS:
        jobs.cancel(f"inspection_reminder:{order.id}:{name}")


def accept_order(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The vendor takes the order. Raises: NotFound (not this vendor's, or unpaid), InvalidMove (not `placed`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    before = order.state
    order.move(S.ACCEPTED)
    order.accepted_at = clock.now()
    stop_accept_clock(order)
    record(actor, "accepted", order, before=before)
    tell_buyer("orders.email_accepted", order)
    return order


def mark_in_production(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The vendor makes the goods. Raises: NotFound, InvalidMove (not `accepted`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    before = order.state
    order.move(S.IN_PRODUCTION)
    order.in_production_at = clock.now()
    record(actor, "in_production", order, before=before)
    return order


def mark_ready(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The goods can be fetched. Raises: NotFound, InvalidMove (not `accepted` or `in_production`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    before = order.state
    order.move(S.READY)
    order.ready_at = clock.now()
    record(actor, "ready", order, before=before)
    return order


def ship_order(vendor_order_id: UUID, *, carrier: str, tracking: str | None, actor: Actor) -> VendorOrder:
    """The goods leave the house, and the stock with them. Raises: NotFound, InvalidMove (not `ready`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    before = order.state
    order.move(S.SHIPPED)
    order.shipped_at = clock.now()
    db.session.add(
        Shipment(
            id=new_id(),
            vendor_order_id=order.id,
            carrier=carrier,
            tracking=tracking,
            shipped_at=order.shipped_at,
            delivered_at=None,
            signed_by=None,
        )
    )
    catalogue.use_reservations(queries.line_ids([order.id]))
    record(actor, "shipped", order, before=before, carrier=carrier, tracking=tracking)
    tell_buyer("orders.email_shipped", order)
    return order


def deliver_with_proof(vendor_order_id: UUID, *, signed_by: str, actor: Actor) -> VendorOrder:
    """The vendor shows that the goods arrived, and the inspection begins. Raises: NotFound, InvalidMove (not `shipped`)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    return _deliver(order, by="vendor", signed_by=signed_by, actor=actor)


def confirm_delivery(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The buyer says that the goods arrived, and the inspection begins. Raises: NotFound, InvalidMove (not `shipped`)."""
    order = queries.lock_order_of_buyer(vendor_order_id, buyer_id=actor.company_id)
    return _deliver(order, by="buyer", signed_by=actor.name, actor=actor)


def _deliver(order: VendorOrder, *, by: str, signed_by: str, actor: Actor) -> VendorOrder:
    before = order.state
    order.move(S.DELIVERED)
    now = clock.now()
    ends_at = inspection_end(now, days=order.inspection_days)
    order.delivered_at, order.delivered_by, order.inspection_ends_at = now, by, ends_at
    for shipment in queries.shipments_of_orders([order.id])[order.id]:
        shipment.delivered_at, shipment.signed_by = now, signed_by
    payments.set_release_time(order.id, ends_at)
    jobs.enqueue("orders.accept_goods_by_timer", run_at=ends_at, key=f"accept_goods:{order.id}", vendor_order_id=order.id)
    for name, at in inspection_reminders(now, ends_at).items():
        key = f"inspection_reminder:{order.id}:{name}"
        jobs.enqueue("orders.remind_of_inspection", run_at=at, key=key, vendor_order_id=order.id)
    record(actor, "delivered", order, before=before, delivered_by=by, signed_by=signed_by, inspection_ends_at=ends_at.isoformat())
    tell_buyer("orders.email_delivered", order)
    return order
