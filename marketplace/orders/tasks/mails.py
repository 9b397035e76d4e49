"""Messages about purchases and vendor orders."""

from uuid import UUID

from marketplace.core import jobs
from marketplace.orders import emails
from marketplace.orders.tasks.running import send


@jobs.task("orders.email_order_placed")
def email_order_placed(*, job_id: UUID, purchase_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.order_placed(UUID(purchase_id), UUID(person_id)))


@jobs.task("orders.email_unpaid")
def email_unpaid(*, job_id: UUID, purchase_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.unpaid(UUID(purchase_id), UUID(person_id)))


@jobs.task("orders.email_cancelled_unpaid")
def email_cancelled_unpaid(*, job_id: UUID, purchase_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.cancelled_unpaid(UUID(purchase_id), UUID(person_id)))


@jobs.task("orders.email_accept_by")
def email_accept_by(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the vendor."""
    send(job_id, emails.accept_by(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_accept_reminder")
def email_accept_reminder(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the vendor."""
    send(job_id, emails.accept_reminder(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_accepted")
def email_accepted(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.accepted(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_declined")
def email_declined(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.declined(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_cancelled")
def email_cancelled(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of either side."""
    send(job_id, emails.cancelled(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_shipped")
def email_shipped(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.shipped(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_delivered")
def email_delivered(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.delivered(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_inspection_reminder")
def email_inspection_reminder(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.inspection_reminder(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_refunded_to")
def email_refunded_to(*, job_id: UUID, vendor_order_id: str, person_id: str, amount_minor: int) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.refunded(UUID(vendor_order_id), UUID(person_id), amount_minor=amount_minor))


@jobs.task("orders.email_released_to")
def email_released_to(*, job_id: UUID, vendor_order_id: str, person_id: str, released_minor: int, fee_minor: int) -> None:
    """Mail a reader of the vendor."""
    send(job_id, emails.released(UUID(vendor_order_id), UUID(person_id), released_minor=released_minor, fee_minor=fee_minor))


@jobs.task("orders.email_stage")
def email_stage(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    send(job_id, emails.stage(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_change_proposed")
def email_change_proposed(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the side that answers."""
    send(job_id, emails.change_proposed(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_change_answered")
def email_change_answered(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of either side."""
    send(job_id, emails.change_answered(UUID(vendor_order_id), UUID(person_id)))
