"""Jobs of this room: a click on a sponsored place is counted after the page has been answered."""

from uuid import UUID

from marketplace.core import jobs
from marketplace.core.db import transaction
from marketplace.marketing import services


@jobs.task("marketing.count_click")
def count_click(job_id: UUID, place_id: str, company_id: str) -> None:
    """Count one click, once."""
    with transaction():
        if jobs.finish(job_id):
            services.count_click(UUID(place_id), UUID(company_id))
