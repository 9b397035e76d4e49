"""Certificates: the vendor sends one, a verifier checks it, and at its end the claim is gone at once (product.md §10)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.files import FileAccess, StoredFile
from marketplace.core.ids import new_id
from vendors import queries
from vendors.certificates import POINTS, Standing, first_moment_after, is_renewed, reminders, standing
from vendors.deadlines import after_desk_hours
from vendors.errors import CertificateClosed, CertificateSentTwice, DocumentNeeded, PointsOpen, ReasonNeeded
from vendors.models import Certificate, CertificateScope, LookUp


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says, as the vendor writes it down."""

    scheme: str
    number: str
    issuer: str
    scope_kind: CertificateScope
    scope: str | None
    valid_from: date
    valid_until: date | None
    is_file_public: bool


@dataclass(frozen=True, slots=True)
class Examination:
    """What a verifier saw: points of the checklist that are right, and what the issuer's register says."""

    ticked: Sequence[str]
    look_up: LookUp | None
    look_up_note: str | None = None


def send_certificate(vendor_id: UUID, facts: CertificateFacts, *, file_id: UUID, actor: Actor) -> Certificate:
    """Hand a certificate to the verification desk; its answer is due in 16 of its hours. Nothing is shown before it is checked.

    Raises: NotFound, also for a file of another company, CertificateSentTwice.
    """
    queries.lock_vendor(vendor_id)
    standing_ones = (c for c in queries.certificates_of(vendor_id) if c.refused_at is None and c.withdrawn_at is None)
    if any(_same(certificate, facts) for certificate in standing_ones):
        raise CertificateSentTwice
    certificate = _new(vendor_id, facts, _own_file(vendor_id, file_id).id)
    certificate.sent_at = clock.now()
    certificate.due_at = _answer_due_at(certificate.sent_at)
    _record(actor, "vendor.certificate_sent", certificate)
    return certificate


def _same(certificate: Certificate, facts: CertificateFacts) -> bool:
    """Whether two papers say the same; a renewal has other dates."""
    names = ("scheme", "issuer", "number", "scope_kind", "scope", "valid_from", "valid_until")
    return all(getattr(certificate, name) == getattr(facts, name) for name in names)


def correct_certificate(
    certificate_id: UUID, facts: CertificateFacts, *, vendor_id: UUID, file_id: UUID | None, actor: Actor
) -> Certificate:
    """Change a certificate that is not checked yet, or was refused, and send it again. Raises: NotFound, CertificateClosed."""
    certificate = queries.lock_certificate(certificate_id, vendor_id=vendor_id)
    if certificate.checked_at is not None or certificate.withdrawn_at is not None:
        raise CertificateClosed
    _write(certificate, facts)
    if file_id is not None:
        certificate.file_id = _own_file(vendor_id, file_id).id
    if certificate.file_id is None:
        raise DocumentNeeded
    certificate.refused_at, certificate.reason = None, None
    # What was seen is of the earlier paper.
    certificate.ticked, certificate.look_up, certificate.look_up_note, certificate.looked_up_at = [], None, None, None
    certificate.sent_at = clock.now()
    certificate.due_at = _answer_due_at(certificate.sent_at)
    _record(actor, "vendor.certificate_sent", certificate)
    return certificate


def save_examination(certificate_id: UUID, seen: Examination, *, actor: Actor) -> Certificate:
    """Keep what was seen so far, without a decision. Raises: NotFound, CertificateClosed (decided)."""
    certificate = _to_check(certificate_id)
    _examine(certificate, seen)
    audit.record(
        actor,
        "vendor.certificate_examined",
        "vendor",
        certificate.vendor_id,
        companies=(certificate.vendor_id,),
        after={"scheme": certificate.scheme, "look_up": certificate.look_up.value if certificate.look_up else None},
    )
    return certificate


def check_certificate(certificate_id: UUID, seen: Examination, *, actor: Actor) -> Certificate:
    """Find a certificate right: it is shown from now on while its dates hold.

    Raises: NotFound, CertificateClosed (decided, or its last day is over), PointsOpen (not every point, or not looked up).
    """
    certificate = _to_check(certificate_id)
    _examine(certificate, seen)
    points = [point for point in POINTS if point not in certificate.ticked]
    is_looked_up = certificate.look_up in (LookUp.AGREES, LookUp.NO_REGISTER)
    if points or not is_looked_up:
        raise PointsOpen(points=points, is_looked_up=is_looked_up)
    certificate.checked_at, certificate.checked_by = clock.now(), actor.name
    certificate.due_at, certificate.reason = None, None
    _publish_file(certificate)
    _remind(certificate)
    _record(actor, "vendor.certificate_recorded", certificate)
    _tell(certificate, "checked")
    return certificate


def refuse_certificate(certificate_id: UUID, seen: Examination, *, reason: str, actor: Actor) -> Certificate:
    """Turn a certificate down; the vendor may correct it and send it again. Raises: NotFound, CertificateClosed, ReasonNeeded."""
    if not reason.strip():
        raise ReasonNeeded
    certificate = _to_check(certificate_id)
    _examine(certificate, seen)
    certificate.refused_at, certificate.reason, certificate.due_at = clock.now(), reason, None
    _record(actor, "vendor.certificate_refused", certificate, reason=reason)
    _tell(certificate, "refused")
    return certificate


def withdraw_claim(certificate_id: UUID, *, reason: str, actor: Actor) -> Certificate:
    """Take a certificate out of shop, search and facts at once, for the desk: its issuer has suspended it, or it was wrong.

    Companies with open orders that could rely on it are told. Raises: NotFound, CertificateClosed (not shown), ReasonNeeded.
    """
    if not reason.strip():
        raise ReasonNeeded
    certificate = queries.lock_certificate(certificate_id)
    if certificate.checked_at is None or certificate.withdrawn_at is not None:
        raise CertificateClosed
    _end(certificate, reason, actor)
    _tell(certificate, "withdrawn")
    jobs.enqueue("vendors.tell_buyers_of_certificate", certificate_id=certificate.id)
    return certificate


def withdraw_certificate(certificate_id: UUID, *, vendor_id: UUID, actor: Actor) -> None:
    """Take back one's own certificate, whatever its standing. Orders of its days keep the proof. Raises: NotFound, CertificateClosed."""
    certificate = queries.lock_certificate(certificate_id, vendor_id=vendor_id)
    if certificate.withdrawn_at is not None:
        raise CertificateClosed
    was_shown = certificate.checked_at is not None
    _end(certificate, None, actor)
    if was_shown:
        jobs.enqueue("vendors.tell_buyers_of_certificate", certificate_id=certificate.id)


def record_certificate(
    vendor_id: UUID,
    *,
    scheme: str,
    number: str,
    issuer: str,
    scope: str | None,
    valid_from: date,
    valid_until: date | None,
    checked_by: str | None,
    actor: Actor,
    file_id: UUID | None = None,
    scope_kind: CertificateScope = CertificateScope.COMPANY,
    is_file_public: bool = False,
) -> Certificate:
    """Record a certificate as the platform found it; with `checked_by` it has been looked up, and is shown while it is valid."""
    facts = CertificateFacts(scheme, number, issuer, scope_kind, scope, valid_from, valid_until, is_file_public=is_file_public)
    certificate = _new(vendor_id, facts, file_id)
    now = clock.now()
    if checked_by:
        certificate.checked_at, certificate.checked_by = now, checked_by
        certificate.ticked, certificate.look_up, certificate.looked_up_at = list(POINTS), LookUp.AGREES, now
        _publish_file(certificate)
        _remind(certificate)
    else:
        certificate.sent_at, certificate.due_at = now, _answer_due_at(now)
    _record(actor, "vendor.certificate_recorded" if checked_by else "vendor.certificate_sent", certificate)
    return certificate


def end_certificate(certificate_id: UUID) -> None:
    """The last day of a certificate is over: tell the vendor and the buyers who relied on it, and close the file to strangers.

    Nothing has to be switched off: what is shown is computed from the dates. Safe to call again.
    """
    certificate = queries.lock_certificate(certificate_id)
    today = clock.now().date()
    if certificate.checked_at is None or standing(certificate, today) is not Standing.EXPIRED:
        return
    _close_file(certificate)
    after = {"scheme": certificate.scheme, "number": certificate.number}
    companies = (certificate.vendor_id,)
    audit.record(audit.SYSTEM, "vendor.certificate_ended", "vendor", certificate.vendor_id, companies=companies, after=after)
    queries.forget(certificate.vendor_id)
    if not is_renewed(certificate, queries.certificates_of(certificate.vendor_id)):
        _tell(certificate, "ended")
        jobs.enqueue("vendors.tell_buyers_of_certificate", certificate_id=certificate.id)


def remind_of_end(certificate_id: UUID) -> None:
    """Remind the vendor that a certificate ends soon, unless it is withdrawn or a later one is checked."""
    certificate = queries.lock_certificate(certificate_id)
    is_shown = standing(certificate, clock.now().date()) in (Standing.VALID, Standing.AHEAD)
    if is_shown and not is_renewed(certificate, queries.certificates_of(certificate.vendor_id)):
        _tell(certificate, "ending")


def _new(vendor_id: UUID, facts: CertificateFacts, file_id: UUID | None) -> Certificate:
    certificate = Certificate(
        id=new_id(),
        vendor_id=vendor_id,
        file_id=file_id,
        sent_at=None,
        due_at=None,
        assigned_to=None,
        ticked=[],
        look_up=None,
        look_up_note=None,
        looked_up_at=None,
        checked_at=None,
        checked_by=None,
        refused_at=None,
        withdrawn_at=None,
        reason=None,
    )
    _write(certificate, facts)
    db.session.add(certificate)
    return certificate


def _write(certificate: Certificate, facts: CertificateFacts) -> None:
    certificate.scheme, certificate.number, certificate.issuer = facts.scheme, facts.number, facts.issuer
    certificate.scope_kind, certificate.scope = facts.scope_kind, facts.scope
    certificate.valid_from, certificate.valid_until = facts.valid_from, facts.valid_until
    certificate.is_file_public = facts.is_file_public


def _to_check(certificate_id: UUID) -> Certificate:
    certificate = queries.lock_certificate(certificate_id)
    if certificate.checked_at is not None or standing(certificate, clock.now().date()) is not Standing.SENT:
        raise CertificateClosed
    return certificate


def _examine(certificate: Certificate, seen: Examination) -> None:
    certificate.ticked = [point for point in POINTS if point in seen.ticked]
    if (certificate.look_up, certificate.look_up_note) != (seen.look_up, seen.look_up_note):
        certificate.look_up, certificate.look_up_note = seen.look_up, seen.look_up_note
        certificate.looked_up_at = clock.now() if seen.look_up else None


def _end(certificate: Certificate, reason: str | None, actor: Actor) -> None:
    certificate.withdrawn_at, certificate.reason, certificate.due_at = clock.now(), reason, None
    _close_file(certificate)
    _record(actor, "vendor.certificate_withdrawn", certificate, reason=reason)


def _own_file(vendor_id: UUID, file_id: UUID) -> StoredFile:
    stored = queries.files_by_id([file_id], company_id=vendor_id).get(file_id)
    if stored is None:
        raise DocumentNeeded
    return stored


def _publish_file(certificate: Certificate) -> None:
    if certificate.is_file_public and certificate.file_id is not None:
        _own_file(certificate.vendor_id, certificate.file_id).access = FileAccess.PUBLIC


def _close_file(certificate: Certificate) -> None:
    if certificate.file_id is not None:
        _own_file(certificate.vendor_id, certificate.file_id).access = FileAccess.COMPANY


def _answer_due_at(start: datetime) -> datetime:
    numbers = policy.current()
    return after_desk_hours(start, numbers.first_answer_business_hours, zone_of(numbers.platform_country))


def _remind(certificate: Certificate) -> None:
    if certificate.valid_until is None:
        return
    for days, at in reminders(certificate.valid_until, clock.now()):
        jobs.enqueue("vendors.remind_of_end", run_at=at, key=f"certificate_ends:{certificate.id}:{days}", certificate_id=certificate.id)
    ends = first_moment_after(certificate.valid_until)
    if ends > clock.now():
        jobs.enqueue("vendors.end_certificate", run_at=ends, key=f"certificate_ended:{certificate.id}", certificate_id=certificate.id)


def _record(actor: Actor, act: str, certificate: Certificate, *, reason: str | None = None) -> None:
    until = str(certificate.valid_until) if certificate.valid_until else None
    after: Mapping[str, object] = {"scheme": certificate.scheme, "number": certificate.number, "valid_until": until}
    if reason:
        after = {**after, "reason": reason}
    audit.record(actor, act, "vendor", certificate.vendor_id, companies=(certificate.vendor_id,), after=dict(after))
    queries.forget(certificate.vendor_id)


def _tell(certificate: Certificate, what: str) -> None:
    for person in accounts.people_to_write_to(certificate.vendor_id, Permission.SHOP_EDIT):
        jobs.enqueue("vendors.email_certificate", certificate_id=certificate.id, person_id=person.id, what=what)
