"""The vendor's path from the yes to goods that are ready, and its clocks (product.md §8)."""

from datetime import datetime
from uuid import UUID

from marketplace.core import clock, jobs
from marketplace.core.audit import Actor
from marketplace.orders import queries
from marketplace.orders.deadlines import REMINDERS, inspection_reminders
from marketplace.orders.errors import ChangeIsOpen
from marketplace.orders.models import ChangeKind, ChangeState, VendorOrder, VendorOrderState
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


def start_inspection_clock(order: VendorOrder, *, ends_at: datetime) -> None:
    """The inspection runs from now until `ends_at`: its column, its timer, its reminders, and what the money shows."""
    order.inspection_ends_at = ends_at
    payments.set_release_time(order.id, ends_at)
    jobs.enqueue("orders.accept_goods_by_timer", run_at=ends_at, key=f"accept_goods:{order.id}", vendor_order_id=order.id)
    for name, at in inspection_reminders(clock.now(), ends_at).items():
        key = f"inspection_reminder:{order.id}:{name}"
        jobs.enqueue("orders.remind_of_inspection", run_at=at, key=key, vendor_order_id=order.id)


def accept_order(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The vendor takes the order. Raises: NotFound (not this vendor's, or unpaid), ChangeIsOpen (asked for another day), InvalidMove."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    if order.state is S.PLACED and queries.find_open_change(order.id) is not None:
        raise ChangeIsOpen
    take_order(order, actor=actor)
    return order


def take_order(order: VendorOrder, *, actor: Actor) -> None:
    """A locked order is accepted, by the vendor's yes or by the buyer's yes to the vendor's condition. Raises: InvalidMove."""
    before = order.state
    order.move(S.ACCEPTED)
    order.accepted_at = clock.now()
    stop_accept_clock(order)
    record(actor, "accepted", order, before=before)
    tell_buyer("orders.email_accepted", order)


def mark_in_production(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The vendor makes the goods. Raises: NotFound, InvalidMove (not `accepted`), ChangeIsOpen (a line may be cancelled)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    before = order.state
    order.move(S.IN_PRODUCTION)
    _refuse_while_cancelling(order)
    order.in_production_at = clock.now()
    record(actor, "in_production", order, before=before)
    return order


def mark_ready(vendor_order_id: UUID, *, actor: Actor) -> VendorOrder:
    """The goods can be fetched. Raises: NotFound, InvalidMove (not `accepted` or `in_production`), ChangeIsOpen (a line may be cancelled)."""
    order = queries.lock_order_of_vendor(vendor_order_id, vendor_id=actor.company_id)
    before = order.state
    order.move(S.READY)
    _refuse_while_cancelling(order)
    order.ready_at = clock.now()
    record(actor, "ready", order, before=before)
    return order


def _refuse_while_cancelling(order: VendorOrder) -> None:
    """What one side does not want any more is not made meanwhile."""
    change = queries.find_open_change(order.id)
    if change is not None and change.kind in (ChangeKind.CANCEL, ChangeKind.QUANTITY):
        raise ChangeIsOpen


def withdraw_open_change(order: VendorOrder) -> None:
    """What was proposed has nothing left to change: the goods have left, or the order has ended. The caller holds the order locked."""
    change = queries.find_open_change(order.id)
    if change is not None:
        change.move(ChangeState.WITHDRAWN)
        change.answered_at = clock.now()
        jobs.cancel(f"change:{change.id}")
