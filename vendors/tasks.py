"""Jobs of this room: opening an application, telling about decisions, levels that run out."""

from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.core import emails, i18n, jobs
from marketplace.core.db import outside, transaction
from marketplace.core.i18n import lazy
from vendors import queries, services
from vendors.requirements import KINDS

SUBJECTS = {
    "approved": lazy("%(name)s is approved"),
    "data_needed": lazy("Your application needs more"),
    "refused": lazy("Your application was refused"),
    "suspended": lazy("%(name)s is suspended"),
    "restored": lazy("The suspension of %(name)s is lifted"),
    "recheck_due": lazy("The identity check of %(name)s has run out"),
}


@jobs.task("vendors.open_application")
def open_application(job_id: UUID, company_id: str) -> None:
    """A company wants to sell: open its application."""
    with transaction():
        if jobs.finish(job_id):
            services.open_application(UUID(company_id))


@jobs.task("vendors.mark_recheck_due")
def mark_recheck_due(job_id: UUID, vendor_id: str) -> None:
    """A check of level 1 has run out."""
    with transaction():
        if jobs.finish(job_id):
            services.mark_recheck_due(UUID(vendor_id))


@jobs.task("vendors.email_decision")
def email_decision(job_id: UUID, vendor_id: str, person_id: str, what: str) -> None:
    """Tell one person of the vendor what was decided, and why."""
    vendor = queries.vendor_by_id(UUID(vendor_id))
    person = accounts.person_by_id(UUID(person_id))
    with i18n.speaking(person.locale):
        lines = [line for line in queries.requirements_of(vendor.id).values() if line.reason]
        failed = [(i18n.gettext(KINDS[line.kind].name), line.reason) for line in lines]
    letter = emails.write(
        "vendor_decision",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        what=what,
        subject=SUBJECTS[what],
        name=vendor.name,
        person_name=person.name,
        slug=vendor.slug,
        reason=vendor.state_reason,
        failed=failed,
    )
    outside()
    emails.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)
