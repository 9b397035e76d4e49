"""Jobs of this room: the nightly comparison of index and database."""

from uuid import UUID

import structlog

from marketplace.core import changes, jobs
from marketplace.core.db import outside, transaction
from search import index, queries
from search.rebuilding import differences

log = structlog.get_logger()


@jobs.task("search.reconcile")
def reconcile(job_id: UUID) -> None:
    """Compare ids and versions in the database and in the index, and mark what differs or was never indexed."""
    standings = queries.standings()
    fresh = queries.unversioned_products()
    outside()
    behind = differences(index.engine(), standings)
    with transaction():
        if jobs.finish(job_id):
            changes.mark("product", {*queries.products_of(behind), *fresh})
    if behind or fresh:
        log.warning("index_differed", variants=len(behind), products=len(fresh))
