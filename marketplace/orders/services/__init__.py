"""Every write of the orders: one function for each act of the trade."""

from marketplace.orders.services.ending import (
    cancel_by_platform,
    cancel_order,
    cancel_purchase,
    cancel_unaccepted,
    close_order,
    decline_order,
    expire_unpaid,
    settle_purchase,
)
from marketplace.orders.services.fulfilment import (
    accept_order,
    confirm_delivery,
    deliver_with_proof,
    mark_in_production,
    mark_ready,
    ship_order,
)
from marketplace.orders.services.funding import mark_paid, reserve_again
from marketplace.orders.services.inspection import (
    accept_goods,
    accept_goods_by_timer,
    refund_after_problem,
    release_after_problem,
    report_problem,
)
from marketplace.orders.services.placing import place_order
from marketplace.orders.services.telling import (
    remind_of_inspection,
    remind_of_unpaid,
    remind_to_accept,
    tell_refunded,
    tell_released,
)

__all__ = [
    "accept_goods",
    "accept_goods_by_timer",
    "accept_order",
    "cancel_by_platform",
    "cancel_order",
    "cancel_purchase",
    "cancel_unaccepted",
    "close_order",
    "confirm_delivery",
    "decline_order",
    "deliver_with_proof",
    "expire_unpaid",
    "mark_in_production",
    "mark_paid",
    "mark_ready",
    "place_order",
    "refund_after_problem",
    "release_after_problem",
    "remind_of_inspection",
    "remind_of_unpaid",
    "remind_to_accept",
    "report_problem",
    "reserve_again",
    "settle_purchase",
    "ship_order",
    "tell_refunded",
    "tell_released",
]
