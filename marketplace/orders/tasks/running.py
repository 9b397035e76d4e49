"""How a task of the orders runs: an act with only database effects, or a message that is written, sent, and then done."""

from collections.abc import Callable
from uuid import UUID

from marketplace.core import emails as mail
from marketplace.core import jobs
from marketplace.core.db import outside, transaction
from marketplace.core.emails import Letter


def act(job_id: UUID, service: Callable[[UUID], object], subject_id: str) -> None:
    """Do a service about one thing in the transaction that finishes the job; a second delivery does nothing."""
    with transaction():
        if jobs.finish(job_id):
            service(UUID(subject_id))


def send(job_id: UUID, letter: Letter | None) -> None:
    """Send a letter, and finish the job; none is finished without one."""
    outside()
    if letter is not None:
        mail.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)
