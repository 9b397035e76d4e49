"""Jobs of this room: telling a vendor how its appeal of a decision stands."""

from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core import emails, jobs
from marketplace.core.db import outside, transaction
from marketplace.quality import queries
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
