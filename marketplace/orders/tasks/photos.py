"""What is left of forms that were given up."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.core import files, jobs
from marketplace.core.db import outside, transaction
from marketplace.orders import services


@jobs.task("orders.drop_unused_photos")
def drop_unused_photos(*, job_id: UUID, company_id: str, file_ids: Sequence[str]) -> None:
    """Some days after photos came with a form. Their rows first, then their bytes: a page never shows one that cannot be read."""
    with transaction():
        gone = services.drop_unused_photos([UUID(file_id) for file_id in file_ids])
    outside()
    for file_id in gone:
        files.remove_picture(UUID(company_id), file_id)
    with transaction():
        jobs.finish(job_id)
