"""The jobs of the orders: clocks that act, and mails. Each reads afresh and may be delivered twice without harm."""

from collections.abc import Callable
from uuid import UUID

from marketplace.core import emails as mail
from marketplace.core import jobs
from marketplace.core.db import outside, transaction
from marketplace.core.emails import Letter
from marketplace.orders import emails, services


def _act(job_id: UUID, service: Callable[[UUID], object], subject_id: str) -> None:
    with transaction():
        if jobs.finish(job_id):
            service(UUID(subject_id))


def _send(job_id: UUID, letter: Letter | None) -> None:
    outside()
    if letter is not None:
        mail.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)


@jobs.task("orders.mark_paid")
def mark_paid(*, job_id: UUID, purchase_id: str) -> None:
    """The money of a purchase is held; asked for by payments."""
    _act(job_id, services.mark_paid, purchase_id)


@jobs.task("orders.remind_of_unpaid")
def remind_of_unpaid(*, job_id: UUID, purchase_id: str) -> None:
    """Day 3 without money."""
    _act(job_id, services.remind_of_unpaid, purchase_id)


@jobs.task("orders.expire_unpaid")
def expire_unpaid(*, job_id: UUID, purchase_id: str) -> None:
    """Day 5 without money."""
    _act(job_id, services.expire_unpaid, purchase_id)


@jobs.task("orders.remind_to_accept")
def remind_to_accept(*, job_id: UUID, vendor_order_id: str) -> None:
    """The vendor's answer is due soon."""
    _act(job_id, services.remind_to_accept, vendor_order_id)


@jobs.task("orders.cancel_unaccepted")
def cancel_unaccepted(*, job_id: UUID, vendor_order_id: str) -> None:
    """Day 5 without the vendor's answer."""
    _act(job_id, services.cancel_unaccepted, vendor_order_id)


@jobs.task("orders.remind_of_inspection")
def remind_of_inspection(*, job_id: UUID, vendor_order_id: str) -> None:
    """The inspection is half over, nearly over, or ends within a day."""
    _act(job_id, services.remind_of_inspection, vendor_order_id)


@jobs.task("orders.accept_goods_by_timer")
def accept_goods_by_timer(*, job_id: UUID, vendor_order_id: str) -> None:
    """The inspection ends."""
    _act(job_id, services.accept_goods_by_timer, vendor_order_id)


@jobs.task("orders.settle_purchase")
def settle_purchase(*, job_id: UUID, purchase_id: str) -> None:
    """An order has ended: perhaps its purchase with it."""
    _act(job_id, services.settle_purchase, purchase_id)


@jobs.task("orders.close_order")
def close_order(*, job_id: UUID, vendor_order_id: str) -> None:
    """30 days after acceptance."""
    _act(job_id, services.close_order, vendor_order_id)


@jobs.task("orders.email_refunded")
def email_refunded(*, job_id: UUID, vendor_order_id: str) -> None:
    """The money of an order goes back; asked for by payments: one message for each reader."""
    _act(job_id, services.tell_refunded, vendor_order_id)


@jobs.task("orders.email_released")
def email_released(*, job_id: UUID, vendor_order_id: str) -> None:
    """The money of an order is the vendor's; asked for by payments: one message for each reader."""
    _act(job_id, services.tell_released, vendor_order_id)


@jobs.task("orders.email_order_placed")
def email_order_placed(*, job_id: UUID, purchase_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.order_placed(UUID(purchase_id), UUID(person_id)))


@jobs.task("orders.email_unpaid")
def email_unpaid(*, job_id: UUID, purchase_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.unpaid(UUID(purchase_id), UUID(person_id)))


@jobs.task("orders.email_cancelled_unpaid")
def email_cancelled_unpaid(*, job_id: UUID, purchase_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.cancelled_unpaid(UUID(purchase_id), UUID(person_id)))


@jobs.task("orders.email_accept_by")
def email_accept_by(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the vendor."""
    _send(job_id, emails.accept_by(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_accept_reminder")
def email_accept_reminder(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the vendor."""
    _send(job_id, emails.accept_reminder(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_accepted")
def email_accepted(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.accepted(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_declined")
def email_declined(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.declined(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_cancelled")
def email_cancelled(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of either side."""
    _send(job_id, emails.cancelled(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_shipped")
def email_shipped(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.shipped(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_delivered")
def email_delivered(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.delivered(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_inspection_reminder")
def email_inspection_reminder(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.inspection_reminder(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_refunded_to")
def email_refunded_to(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the buyer."""
    _send(job_id, emails.refunded(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_released_to")
def email_released_to(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the vendor."""
    _send(job_id, emails.released(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_problem")
def email_problem(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the vendor."""
    _send(job_id, emails.problem(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_problem_to_decide")
def email_problem_to_decide(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of the platform's finance."""
    _send(job_id, emails.problem_to_decide(UUID(vendor_order_id), UUID(person_id)))


@jobs.task("orders.email_problem_decided")
def email_problem_decided(*, job_id: UUID, vendor_order_id: str, person_id: str) -> None:
    """Mail a reader of either side."""
    _send(job_id, emails.problem_decided(UUID(vendor_order_id), UUID(person_id)))
