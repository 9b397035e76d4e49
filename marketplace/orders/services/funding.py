"""The money of a purchase: asking for it again, and what happens when it is there."""

from datetime import timedelta
from uuid import UUID

from marketplace.catalogue import services as catalogue
from marketplace.catalogue.errors import OutOfStock
from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.orders import queries
from marketplace.orders.deadlines import accept_by, accept_reminder
from marketplace.orders.errors import NothingToPay
from marketplace.orders.models import Purchase, PurchaseState, VendorOrder, VendorOrderState
from marketplace.orders.services.ending import cancel_out_of_stock
from marketplace.orders.services.stock import wanted_stock
from marketplace.orders.services.telling import tell_vendor


def reserve_again(purchase_id: UUID, *, actor: Actor) -> Purchase:
    """Promise the stock of an unpaid purchase once more, for as long as a payment takes, before the buyer is led to it.

    Raises: NotFound (not this company's purchase), NothingToPay (paid or cancelled), OutOfStock (somebody was faster meanwhile).
    Source: product.md §3: the next start of a payment reserves again or answers OutOfStock.
    """
    purchase = queries.lock_purchase(purchase_id, buyer_id=actor.company_id)
    orders = queries.lock_orders_of_purchase(purchase.id)
    if purchase.state is not PurchaseState.PLACED or any(order.funded_at for order in orders):
        raise NothingToPay
    lines = [line for of_order in queries.lines_of_orders([order.id for order in orders]).values() for line in of_order]
    until = clock.now() + timedelta(minutes=policy.current().card_reservation_minutes)
    catalogue.reserve_stock(wanted_stock(lines), until=until)
    return purchase


def mark_paid(purchase_id: UUID) -> None:
    """The money of a purchase is held: its vendors see their orders, and their clocks start. A repeat changes nothing.

    An order whose promised stock was given back before the money came, and is gone, is cancelled with its money going back.
    """
    purchase = queries.lock_purchase(purchase_id)
    orders = queries.lock_orders_of_purchase(purchase.id)
    waiting = [order for order in orders if order.state is VendorOrderState.PLACED and order.funded_at is None]
    jobs.cancel(f"remind_unpaid:{purchase.id}")
    jobs.cancel(f"pay_by:{purchase.id}")
    for order in waiting:
        _start_clocks(order)
    for order in waiting:
        if not _keep_stock(order):
            cancel_out_of_stock(order)
        else:
            tell_vendor("orders.email_accept_by", order)


def _start_clocks(order: VendorOrder) -> None:
    numbers_of_trade = policy.current()
    now = clock.now()
    week = queries.week_of_vendor(order.vendor_id)
    order.funded_at = now
    order.accept_by_at = accept_by(now, business_days=numbers_of_trade.accept_business_days, week=week)
    order.cancel_unaccepted_at = max(now + timedelta(days=numbers_of_trade.accept_cancel_days), order.accept_by_at)
    remind_at = accept_reminder(now, hours=numbers_of_trade.accept_reminder_hours, week=week)
    jobs.enqueue("orders.remind_to_accept", run_at=remind_at, key=f"accept_reminder:{order.id}", vendor_order_id=order.id)
    jobs.enqueue(
        "orders.cancel_unaccepted", run_at=order.cancel_unaccepted_at, key=f"cancel_unaccepted:{order.id}", vendor_order_id=order.id
    )
    audit.record(
        SYSTEM,
        "vendor_order.paid",
        "vendor_order",
        order.id,
        companies=(order.buyer_id, order.vendor_id),
        after={"total_minor": order.total_minor, "currency": order.currency, "accept_by_at": order.accept_by_at.isoformat()},
    )


def _keep_stock(order: VendorOrder) -> bool:
    """Whether the stock of a paid order is promised without an end; what has lapsed meanwhile is promised again where it can be."""
    lines = queries.lines_of_orders([order.id])[order.id]
    try:
        # A refusal undoes this order's promises only: the rest of the purchase goes on.
        with db.session.begin_nested():
            catalogue.reserve_stock(wanted_stock(lines), until=None)
    except OutOfStock:
        return False
    return True
