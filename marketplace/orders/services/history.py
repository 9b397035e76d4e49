"""The line of history of an act on a vendor order."""

from typing import Any

from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.orders.models import VendorOrder, VendorOrderState


def record(actor: Actor, act: str, order: VendorOrder, *, before: VendorOrderState, **after: Any) -> None:
    """One line of history about a vendor order: for both of its companies, but for the buyer alone while the vendor does not see it."""
    audit.record(
        actor,
        f"vendor_order.{act}",
        "vendor_order",
        order.id,
        companies=(order.buyer_id, order.vendor_id) if order.funded_at else (order.buyer_id,),
        before={"state": before.value},
        after={"state": order.state.value, **after},
    )
