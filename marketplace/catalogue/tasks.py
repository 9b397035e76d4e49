"""Jobs of the catalogue."""

from uuid import UUID

from marketplace.catalogue import services
from marketplace.core import jobs
from marketplace.core.db import transaction


@jobs.task("catalogue.give_back_expired")
def give_back_expired(*, job_id: UUID) -> None:
    """Promises of stock whose end has passed go back, a part at a time; the next start of a payment promises again."""
    while True:
        with transaction():
            if not services.give_back_expired():
                jobs.finish(job_id)
                return
