"""Acts of the desk that belong to no other room."""

from uuid import UUID

from marketplace.core import audit, jobs
from marketplace.core.audit import Actor
from marketplace.core.errors import NotFound


def try_job_again(job_id: UUID, *, actor: Actor) -> None:
    """Queue a job again that was given up. Raises: NotFound (no such job, or it was not given up)."""
    job = jobs.try_again(job_id)
    if job is None:
        raise NotFound
    audit.record(actor, "job.tried_again", "job", job_id, after={"name": job.name, "args": job.args})
