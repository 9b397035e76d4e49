"""What the clock and the payments ask of the orders."""

from uuid import UUID

from marketplace.core import jobs
from marketplace.orders import services
from marketplace.orders.tasks.running import act


@jobs.task("orders.mark_paid")
def mark_paid(*, job_id: UUID, purchase_id: str) -> None:
    """The money of a purchase is held; asked for by payments."""
    act(job_id, services.mark_paid, purchase_id)


@jobs.task("orders.remind_of_unpaid")
def remind_of_unpaid(*, job_id: UUID, purchase_id: str) -> None:
    """Day 3 without money."""
    act(job_id, services.remind_of_unpaid, purchase_id)


@jobs.task("orders.expire_unpaid")
def expire_unpaid(*, job_id: UUID, purchase_id: str) -> None:
    """Day 5 without money."""
    act(job_id, services.expire_unpaid, purchase_id)


@jobs.task("orders.remind_to_accept")
def remind_to_accept(*, job_id: UUID, vendor_order_id: str) -> None:
    """The vendor's answer is due soon."""
    act(job_id, services.remind_to_accept, vendor_order_id)


@jobs.task("orders.cancel_unaccepted")
def cancel_unaccepted(*, job_id: UUID, vendor_order_id: str) -> None:
    """Day 5 without the vendor's answer."""
    act(job_id, services.cancel_unaccepted, vendor_order_id)


@jobs.task("orders.remind_of_inspection")
def remind_of_inspection(*, job_id: UUID, vendor_order_id: str) -> None:
    """The inspection is half over, nearly over, or ends within a day."""
    act(job_id, services.remind_of_inspection, vendor_order_id)


@jobs.task("orders.accept_goods_by_timer")
def accept_goods_by_timer(*, job_id: UUID, vendor_order_id: str) -> None:
    """The inspection ends."""
    act(job_id, services.accept_goods_by_timer, vendor_order_id)


@jobs.task("orders.expire_change")
def expire_change(*, job_id: UUID, change_id: str) -> None:
    """The time to answer a change request is over."""
    act(job_id, services.expire_change, change_id)


@jobs.task("orders.settle_purchase")
def settle_purchase(*, job_id: UUID, purchase_id: str) -> None:
    """An order has ended: perhaps its purchase with it."""
    act(job_id, services.settle_purchase, purchase_id)


@jobs.task("orders.close_order")
def close_order(*, job_id: UUID, vendor_order_id: str) -> None:
    """30 days after acceptance."""
    act(job_id, services.close_order, vendor_order_id)


@jobs.task("orders.email_refunded")
def email_refunded(*, job_id: UUID, vendor_order_id: str, amount_minor: int) -> None:
    """The money of an order goes back; asked for by payments: one message for each reader."""
    act(job_id, lambda order_id: services.tell_refunded(order_id, amount_minor), vendor_order_id)


@jobs.task("orders.email_released")
def email_released(*, job_id: UUID, vendor_order_id: str, released_minor: int, fee_minor: int) -> None:
    """Money of an order is the vendor's; asked for by payments: one message for each reader."""
    act(job_id, lambda order_id: services.tell_released(order_id, released_minor=released_minor, fee_minor=fee_minor), vendor_order_id)
