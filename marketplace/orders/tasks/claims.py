"""The clocks of claims, and the messages about them."""

from uuid import UUID

from marketplace.core import jobs
from marketplace.orders import emails, services
from marketplace.orders.tasks.running import act, send


@jobs.task("orders.remind_to_answer_claim")
def remind_to_answer_claim(*, job_id: UUID, claim_id: str) -> None:
    """A day before the vendor's time to answer ends."""
    act(job_id, services.remind_to_answer_claim, claim_id)


@jobs.task("orders.grant_unanswered")
def grant_unanswered(*, job_id: UUID, claim_id: str) -> None:
    """Some days after that time."""
    act(job_id, services.grant_unanswered, claim_id)


@jobs.task("orders.hand_over_claim")
def hand_over_claim(*, job_id: UUID, claim_id: str) -> None:
    """Day 7 of a claim."""
    act(job_id, services.hand_over_by_clock, claim_id)


@jobs.task("orders.carry_out_ruling")
def carry_out_ruling(*, job_id: UUID, claim_id: str) -> None:
    """The time to appeal is over."""
    act(job_id, services.carry_out_ruling, claim_id)


@jobs.task("orders.go_on_with_claim_line")
def go_on_with_claim_line(*, job_id: UUID, claim_line_id: str) -> None:
    """A replacement or a return has not been sent, or not been confirmed, for too long."""
    act(job_id, services.go_on_by_clock, claim_line_id)


@jobs.task("orders.email_claim")
def email_claim(*, job_id: UUID, claim_id: str, person_id: str, side: str, step: str) -> None:
    """Mail a reader of either side, or of the platform."""
    send(job_id, emails.claim_news(UUID(claim_id), UUID(person_id), side=side, step=step))
