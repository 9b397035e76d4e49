"""Jobs of this room: the nightly look at the index."""

from uuid import UUID

from marketplace.core import changes, duties, jobs
from marketplace.core.db import transaction
from marketplace.core.duties import Duty
from search.night import CHECK


@jobs.task("search.reconcile")
def reconcile(job_id: UUID) -> None:
    """Ask the indexer to compare index and database: the embedded index can be written by that process alone."""
    with transaction():
        if jobs.finish(job_id):
            changes.mark(CHECK, [duties.SUBJECTS[Duty.INDEX_CHECK]])
