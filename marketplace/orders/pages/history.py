"""What happened to a purchase and its orders, in words."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.orders import queries, wording
from marketplace.orders.models import Purchase, VendorOrder

SHOWN = 8
"""Events of a history that stand open; older ones are folded away."""


def story(purchase: Purchase, orders: Sequence[VendorOrder], *, company_id: UUID | None) -> list[wording.Event]:
    """The history of a purchase and its orders, newest first."""
    events = queries.history([purchase.id, *(order.id for order in orders)], company_id=company_id)
    numbers = {order.id: order.number for order in orders} if len(orders) > 1 else {}
    return wording.history_lines(events, numbers)


def story_of_order(order: VendorOrder, *, company_id: UUID | None) -> list[wording.Event]:
    """The history of one vendor order, newest first."""
    return wording.history_lines(queries.history([order.id], company_id=company_id), {})
