"""Jobs of this room: telling a vendor how its appeal of a decision stands, and what is left of forms that were given up."""

from collections.abc import Sequence
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core import emails, files, jobs
from marketplace.core.db import outside, transaction
from marketplace.quality import queries, services
from vendors import queries as vendors


@jobs.task("quality.email_appeal")
def email_appeal(job_id: UUID, appeal_id: str, person_id: str, what: str) -> None:
    """Tell one person of the vendor that an appeal was received (`received`) or answered (`decided`)."""
    appeal = queries.appeal_by_id(UUID(appeal_id))
    person = accounts.person_by_id(UUID(person_id))
    title = queries.product_titles([appeal]).get(appeal.product_id) if appeal.product_id else None
    letter = emails.write(
        "vendor_appeal",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        what=what,
        appeal=appeal,
        title=title,
        name=vendors.vendor_by_id(appeal.vendor_id).name,
        person_name=person.name,
    )
    outside()
    emails.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)


@jobs.task("quality.drop_unused_papers")
def drop_unused_papers(job_id: UUID, vendor_id: str, file_ids: Sequence[str]) -> None:
    """Some days after papers came with an appeal or a taking down. Their rows first, then their bytes: a page never shows one that cannot be read."""
    with transaction():
        gone = services.drop_unused_papers([UUID(file_id) for file_id in file_ids])
    outside()
    for file_id in gone:
        files.remove_picture(UUID(vendor_id), file_id)
    with transaction():
        jobs.finish(job_id)
