"""Mails of this room. Each link's secret is made from the job's id, so a repeated mail carries the same link."""

from uuid import UUID

from flask import current_app

from marketplace.accounts import queries, services
from marketplace.accounts.links import link_token
from marketplace.accounts.models import LinkKind, Person
from marketplace.core import emails, i18n, jobs, policy
from marketplace.core.db import outside, transaction
from marketplace.core.i18n import lazy


def _send(letter: emails.Letter, job_id: UUID) -> None:
    outside()
    emails.send(letter, job_id)
    with transaction():
        jobs.finish(job_id)


def _drop(job_id: UUID) -> None:
    outside()
    with transaction():
        jobs.finish(job_id)


def _send_link(job_id: UUID, person: Person, kind: LinkKind, template: str, path: str, *, to: str | None = None) -> None:
    """Mail a link with a secret that is kept first; `to` is an address that it is about to prove, else it goes to the person's own."""
    outside()
    token = link_token(current_app.config["SECRET_KEY"], job_id)
    with transaction():
        services.record_link(person.id, kind, token, email=to)
    letter = emails.write(
        template,
        to=to or person.email,
        locale=person.locale,
        time_zone=person.time_zone,
        name=person.name,
        path=f"{path}/{token}",
    )
    _send(letter, job_id)


@jobs.task("accounts.email_confirm_address")
def email_confirm_address(job_id: UUID, person_id: str) -> None:
    """Send the link that confirms an address."""
    person = queries.person_by_id(UUID(person_id))
    if person.email_confirmed_at is not None:
        _drop(job_id)
        return
    _send_link(job_id, person, LinkKind.CONFIRM_EMAIL, "confirm_address", "/confirm-address")


@jobs.task("accounts.email_address_taken")
def email_address_taken(job_id: UUID, person_id: str) -> None:
    """Tell the owner of an address that somebody tried to sign up with it."""
    person = queries.person_by_id(UUID(person_id))
    letter = emails.write("address_taken", to=person.email, locale=person.locale, time_zone=person.time_zone, name=person.name)
    _send(letter, job_id)


@jobs.task("accounts.email_reset_password")
def email_reset_password(job_id: UUID, email: str) -> None:
    """Send the link by which a password is set anew; nothing goes to an address that nobody has."""
    person = queries.find_person_by_email(email)
    if person is None:
        _drop(job_id)
        return
    _send_link(job_id, person, LinkKind.RESET_PASSWORD, "reset_password", "/reset-password")


@jobs.task("accounts.email_new_address")
def email_new_address(job_id: UUID, person_id: str, email: str) -> None:
    """Send the link that proves a new address; one that has an account is told so instead, and nothing can come of it."""
    person = queries.person_by_id(UUID(person_id))
    holder = queries.find_person_by_email(email)
    if holder is not None:
        letter = emails.write("address_taken", to=holder.email, locale=holder.locale, time_zone=holder.time_zone, name=holder.name)
        _send(letter, job_id)
        return
    _send_link(job_id, person, LinkKind.CHANGE_EMAIL, "new_address", "/confirm-new-address", to=email)


@jobs.task("accounts.email_address_changing")
def email_address_changing(job_id: UUID, person_id: str, email: str) -> None:
    """Tell the present address that another one was asked for, and how to stop it."""
    person = queries.person_by_id(UUID(person_id))
    letter = emails.write(
        "address_changing", to=person.email, locale=person.locale, time_zone=person.time_zone, name=person.name, email=email
    )
    _send(letter, job_id)


@jobs.task("accounts.email_address_changed")
def email_address_changed(job_id: UUID, person_id: str, before: str, email: str) -> None:
    """Tell the earlier address that it opens the account no more."""
    person = queries.person_by_id(UUID(person_id))
    letter = emails.write(
        "address_changed",
        to=before,
        locale=person.locale,
        time_zone=person.time_zone,
        name=person.name,
        email=email,
        phone=policy.current().operator_phone,
    )
    _send(letter, job_id)


SECURITY_TEXTS = {
    "two_step_on": lazy("the second step is on: after the password, your log-in asks for a code of your app."),
    "two_step_off": lazy("the second step is off: the password alone opens your account."),
    "recovery_code_used": lazy("a code of your sheet was used in place of the app's."),
    "recovery_codes_renewed": lazy("a new sheet of codes was made for your account; the earlier one is worthless."),
    "passkey_added": lazy("a passkey was added to your account; it opens it without the password."),
    "passkey_removed": lazy("a passkey of your account was removed."),
}


@jobs.task("accounts.email_security_changed")
def email_security_changed(job_id: UUID, person_id: str, what: str) -> None:
    """Tell somebody that the ways into their account have changed."""
    person = queries.person_by_id(UUID(person_id))
    with i18n.speaking(person.locale, person.time_zone):
        text = i18n.gettext(SECURITY_TEXTS[what])
    letter = emails.write(
        "security_changed", to=person.email, locale=person.locale, time_zone=person.time_zone, name=person.name, what=text
    )
    _send(letter, job_id)


@jobs.task("accounts.email_invitation")
def email_invitation(job_id: UUID, invitation_id: str) -> None:
    """Send the link that offers a seat in a company."""
    invitation = queries.invitation_by_id(UUID(invitation_id))
    if invitation.accepted_at is not None or invitation.withdrawn_at is not None:
        _drop(job_id)
        return
    company = queries.company_by_id(invitation.company_id)
    inviter = queries.person_by_id(invitation.invited_by)
    outside()
    token = link_token(current_app.config["SECRET_KEY"], job_id)
    with transaction():
        services.record_invitation_link(invitation.id, token)
    letter = emails.write(
        "invitation",
        to=invitation.email,
        locale=company.language,
        time_zone=company.time_zone,
        company=company.name,
        inviter=inviter.name,
        expires_at=invitation.expires_at,
        path=f"/invitations/{token}",
    )
    _send(letter, job_id)


@jobs.task("accounts.forget_old_tries")
def forget_old_tries(job_id: UUID) -> None:
    """Drop the counted tries that no longer count."""
    with transaction():
        if jobs.finish(job_id):
            services.forget_old_tries()
