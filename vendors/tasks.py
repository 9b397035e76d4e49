"""Jobs of this room: opening an application, levels and certificates that run out, telling vendors and their buyers."""

from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import emails, i18n, jobs
from marketplace.core.db import outside, transaction
from marketplace.core.i18n import lazy
from marketplace.quality import queries as quality
from vendors import queries, services
from vendors.changing import READ_BY_BUYERS
from vendors.requirements import KINDS
from vendors.views.fact_words import fact_rows

SUBJECTS = {
    "approved": lazy("%(name)s is approved"),
    "data_needed": lazy("Your application needs more"),
    "refused": lazy("Your application was refused"),
    "suspended": lazy("%(name)s is suspended"),
    "restored": lazy("The suspension of %(name)s is lifted"),
    "recheck_due": lazy("A new check of %(name)s is due"),
    "run_out": lazy("The identity check of %(name)s has run out"),
}


@jobs.task("vendors.open_application")
def open_application(job_id: UUID, company_id: str) -> None:
    """A company wants to sell: open its application."""
    with transaction():
        if jobs.finish(job_id):
            services.open_application(UUID(company_id))


@jobs.task("vendors.mark_recheck_due")
def mark_recheck_due(job_id: UUID, vendor_id: str) -> None:
    """A check of level 1 has run out, or will in 30 days."""
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
        until=queries.identity_until(vendor.id),
    )
    _send(letter, job_id)


CERTIFICATE_SUBJECTS = {
    "checked": lazy("%(scheme)s was checked and is shown"),
    "refused": lazy("%(scheme)s was refused"),
    "withdrawn": lazy("%(scheme)s is shown no longer"),
    "ending": lazy("%(scheme)s ends on %(day)s"),
    "ended": lazy("%(scheme)s has ended"),
}


@jobs.task("vendors.remind_of_end")
def remind_of_end(job_id: UUID, certificate_id: str) -> None:
    """90, 30 or 7 days are left of a certificate."""
    with transaction():
        if jobs.finish(job_id):
            services.remind_of_end(UUID(certificate_id))


@jobs.task("vendors.end_certificate")
def end_certificate(job_id: UUID, certificate_id: str) -> None:
    """The last day of a certificate is over."""
    with transaction():
        if jobs.finish(job_id):
            services.end_certificate(UUID(certificate_id))


@jobs.task("vendors.email_certificate")
def email_certificate(job_id: UUID, certificate_id: str, person_id: str, what: str) -> None:
    """Tell one person of the vendor how a certificate stands."""
    certificate = queries.certificate_by_id(UUID(certificate_id))
    person = accounts.person_by_id(UUID(person_id))
    letter = emails.write(
        "vendor_certificate",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        what=what,
        subject=CERTIFICATE_SUBJECTS[what],
        name=queries.vendor_by_id(certificate.vendor_id).name,
        person_name=person.name,
        certificate=certificate,
    )
    _send(letter, job_id)


@jobs.task("vendors.email_level")
def email_level(job_id: UUID, vendor_id: str, person_id: str, level: int, what: str) -> None:
    """Tell one person of the vendor that a level was given or withdrawn."""
    vendor = queries.vendor_by_id(UUID(vendor_id))
    person = accounts.person_by_id(UUID(person_id))
    checks = [check for check in queries.level_checks_of(vendor.id) if check.level == level]
    letter = emails.write(
        "vendor_level",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        what=what,
        level=level,
        check=checks[0] if checks else None,
        name=vendor.name,
        person_name=person.name,
    )
    _send(letter, job_id)


@jobs.task("vendors.tell_buyers_of_certificate")
def tell_buyers_of_certificate(job_id: UUID, certificate_id: str) -> None:
    """A claim has ended or was withdrawn: write to the companies whose open orders were placed while it was shown."""
    certificate = queries.certificate_by_id(UUID(certificate_id))
    buyers = quality.buyers_with_open_orders(certificate.vendor_id, placed_from=certificate.checked_at)
    with transaction():
        if jobs.finish(job_id):
            for buyer_id in buyers:
                for person in accounts.people_to_write_to(buyer_id, Permission.ORDER_PLACE):
                    jobs.enqueue("vendors.email_buyer_of_certificate", certificate_id=certificate.id, person_id=person.id)


@jobs.task("vendors.email_buyer_of_certificate")
def email_buyer_of_certificate(job_id: UUID, certificate_id: str, person_id: str) -> None:
    """Tell one buyer that a certificate of a vendor with open orders is shown no longer."""
    certificate = queries.certificate_by_id(UUID(certificate_id))
    person = accounts.person_by_id(UUID(person_id))
    letter = emails.write(
        "certificate_gone",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        name=queries.vendor_by_id(certificate.vendor_id).name,
        person_name=person.name,
        certificate=certificate,
    )
    _send(letter, job_id)


@jobs.task("vendors.tell_buyers_of_suspension")
def tell_buyers_of_suspension(job_id: UUID, vendor_id: str) -> None:
    """A vendor was suspended: write to the companies with open orders there."""
    buyers = quality.buyers_with_open_orders(UUID(vendor_id))
    with transaction():
        if jobs.finish(job_id):
            for buyer_id in buyers:
                for person in accounts.people_to_write_to(buyer_id, Permission.ORDER_PLACE):
                    jobs.enqueue("vendors.email_buyer_of_suspension", vendor_id=vendor_id, person_id=person.id)


@jobs.task("vendors.email_buyer_of_suspension")
def email_buyer_of_suspension(job_id: UUID, vendor_id: str, person_id: str) -> None:
    """Tell one buyer what the suspension means for its orders."""
    person = accounts.person_by_id(UUID(person_id))
    letter = emails.write(
        "vendor_gone",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        name=queries.vendor_by_id(UUID(vendor_id)).name,
        person_name=person.name,
    )
    _send(letter, job_id)


CHANGE_SUBJECTS = {
    "in_force": lazy("The change of %(name)s is in force"),
    "coming": lazy("The change of %(name)s was confirmed"),
    "data_needed": lazy("Your change needs more"),
    "refused": lazy("Your change was refused"),
}


@jobs.task("vendors.bring_change_into_force")
def bring_change_into_force(job_id: UUID, change_id: str) -> None:
    """The day has come from which a confirmed change of a vendor holds."""
    with transaction():
        if jobs.finish(job_id):
            services.bring_change_into_force(UUID(change_id))


@jobs.task("vendors.email_change")
def email_change(job_id: UUID, change_id: str, person_id: str, what: str) -> None:
    """Tell one person of the vendor how a change of what was checked stands."""
    change = queries.change_by_id(UUID(change_id))
    person = accounts.person_by_id(UUID(person_id))
    with i18n.speaking(person.locale):
        facts = fact_rows(change)
    letter = emails.write(
        "fact_change",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        what=what,
        subject=CHANGE_SUBJECTS[what],
        name=queries.vendor_by_id(change.vendor_id).name,
        person_name=person.name,
        facts=facts,
        reason=change.said if what in ("data_needed", "refused") else None,
        holds_from=change.holds_from,
    )
    _send(letter, job_id)


@jobs.task("vendors.tell_buyers_of_change")
def tell_buyers_of_change(job_id: UUID, change_id: str) -> None:
    """Checked facts of a vendor have changed: write once to each person of the companies with open orders there, if buyers read them."""
    change = queries.change_by_id(UUID(change_id))
    is_read = bool(READ_BY_BUYERS & set(change.after))
    buyers = quality.buyers_with_open_orders(change.vendor_id) if is_read else []
    with transaction():
        if jobs.finish(job_id):
            for buyer_id in buyers:
                for person in accounts.people_to_write_to(buyer_id, Permission.ORDER_PLACE):
                    jobs.enqueue("vendors.email_buyer_of_change", change_id=change.id, buyer_id=buyer_id, person_id=person.id)


@jobs.task("vendors.email_buyer_of_change")
def email_buyer_of_change(job_id: UUID, change_id: str, buyer_id: str, person_id: str) -> None:
    """Tell one person of a buyer how a vendor with open orders is called now, and that its papers stay valid. Its owners are not told."""
    change = queries.change_by_id(UUID(change_id))
    person = accounts.person_by_id(UUID(person_id))
    with i18n.speaking(person.locale):
        facts = [row for row in fact_rows(change) if row.fact in READ_BY_BUYERS]
    letter = emails.write(
        "fact_change_buyer",
        to=person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        name=change.after.get("name") or queries.vendor_by_id(change.vendor_id).name,
        old_name=change.before.get("name"),
        person_name=person.name,
        company=accounts.company_by_id(UUID(buyer_id)).name,
        facts=facts,
    )
    _send(letter, job_id)


def _send(letter: emails.Letter, job_id: UUID) -> None:
    outside()
    emails.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)
