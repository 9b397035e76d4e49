"""What the platform's clockwork does for itself."""

from uuid import UUID

from marketplace.core import jobs
from marketplace.core.db import transaction


@jobs.task("admin.sweep_done_jobs")
def sweep_done_jobs(*, job_id: UUID) -> None:
    """Forget jobs that were done long ago."""
    with transaction():
        if jobs.finish(job_id):
            jobs.sweep_done()
