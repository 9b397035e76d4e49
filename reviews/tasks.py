"""What happens to reviews later."""

from uuid import UUID

from marketplace.core import jobs
from marketplace.core.db import transaction
from reviews import queries, services


@jobs.task("reviews.withdraw_proof")
def withdraw_proof(job_id: UUID, vendor_order_id: str) -> None:
    """After an order was refunded in full."""
    with transaction():
        if jobs.finish(job_id):
            order_id = UUID(vendor_order_id)
            services.withdraw_proof(order_id, queries.line_ids_of_order(order_id))
