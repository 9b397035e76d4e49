"""The platform's part: checks, approval, refusal, suspension. Each carries its reason, and the vendor is told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove
from marketplace.core.ids import new_id
from vendors import queries
from vendors.errors import CaseChanged, ReasonNeeded, RequirementsOpen
from vendors.levels import a_year_after, level_of
from vendors.models import Certificate, LevelCheck, RequirementState, Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS
from vendors.services.applications import open_application


@dataclass(frozen=True, slots=True)
class Finding:
    """What a verifier found about one line of the checklist: passed, failed with a reason, or None (not looked at yet)."""

    is_passed: bool | None
    reason: str | None = None


Findings = Mapping[str, Finding]
"""By the kind of requirement; lines that are left out stay as they are."""


def save_findings(vendor_id: UUID, findings: Findings, *, stamp: str, actor: Actor) -> Vendor:
    """Keep what was found so far, without a decision.

    `stamp` is `queries.case_stamp` of the page. Raises: NotFound, CaseChanged, ReasonNeeded, InvalidMove (not under review).
    """
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    return vendor


def approve_vendor(vendor_id: UUID, findings: Findings, *, stamp: str, exposure_cap_minor: int | None, actor: Actor) -> Vendor:
    """Let the vendor sell: level 1 for 12 months, and a cap on each of its first orders in its own currency.

    Raises: NotFound, CaseChanged, ReasonNeeded, RequirementsOpen, InvalidMove.
    """
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    lines = queries.requirements_of(vendor_id)
    missing = [kind for kind in KINDS if kind not in lines or lines[kind].state is not RequirementState.PASSED]
    if missing:
        raise RequirementsOpen(kinds=missing)
    is_first = vendor.approved_at is None
    vendor.move(VendorState.APPROVED)
    now = clock.now()
    vendor.state_reason, vendor.answer_due_at, vendor.suspended_at = None, None, None
    vendor.approved_at = vendor.approved_at or now
    if is_first:
        vendor.exposure_cap_minor = exposure_cap_minor
    _check_identity(vendor_id, actor)
    _record(actor, "vendor.approved", vendor, after={"state": vendor.state.value, "level": 1})
    _tell(vendor_id, "approved")
    return vendor


def ask_for_more(vendor_id: UUID, findings: Findings, *, stamp: str, reason: str, actor: Actor) -> Vendor:
    """Hand the application back with what is missing; the desk's clock stops. Raises: NotFound, CaseChanged, ReasonNeeded, InvalidMove."""
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    _decide(vendor, VendorState.DATA_NEEDED, reason)
    _record(actor, "vendor.data_asked", vendor, after={"state": vendor.state.value, "reason": reason})
    _tell(vendor_id, "data_needed")
    return vendor


def refuse_vendor(vendor_id: UUID, findings: Findings, *, stamp: str, reason: str, actor: Actor) -> Vendor:
    """Turn the application down; the vendor may apply again. Raises: NotFound, CaseChanged, ReasonNeeded, InvalidMove."""
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    _decide(vendor, VendorState.REFUSED, reason)
    _record(actor, "vendor.refused", vendor, after={"state": vendor.state.value, "reason": reason})
    _tell(vendor_id, "refused")
    return vendor


def suspend_vendor(vendor_id: UUID, *, reason: str, actor: Actor) -> Vendor:
    """Hide and stop the shop at once, with a statement of reasons. Orders that are placed go on. Raises: NotFound, InvalidMove, ReasonNeeded."""
    vendor = queries.lock_vendor(vendor_id)
    before = vendor.state.value
    _decide(vendor, VendorState.SUSPENDED, reason)
    vendor.suspended_at = clock.now()
    _record(actor, "vendor.suspended", vendor, before={"state": before}, after={"state": vendor.state.value, "reason": reason})
    _tell(vendor_id, "suspended")
    return vendor


def cap_exposure(vendor_id: UUID, *, cap_minor: int | None, actor: Actor) -> Vendor:
    """Bound each order of a vendor that is new, in its own currency; None lifts the bound. Raises: NotFound."""
    vendor = queries.lock_vendor(vendor_id)
    before = vendor.exposure_cap_minor
    vendor.exposure_cap_minor = cap_minor
    _record(actor, "vendor.exposure_capped", vendor, before={"cap_minor": before}, after={"cap_minor": cap_minor})
    return vendor


def lift_suspension(vendor_id: UUID, *, reason: str, actor: Actor) -> Vendor:
    """Show the shop again. Raises: NotFound, InvalidMove (not suspended), ReasonNeeded."""
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state is not VendorState.SUSPENDED:
        raise InvalidMove(state=vendor.state.value, to=VendorState.APPROVED.value)
    _decide(vendor, VendorState.APPROVED, reason)
    vendor.suspended_at = None
    _record(actor, "vendor.suspension_lifted", vendor, after={"state": vendor.state.value, "reason": reason})
    _tell(vendor_id, "restored")
    return vendor


def mark_recheck_due(vendor_id: UUID) -> None:
    """Level 1 has run out: the vendor stays seen, cannot be bought from, and its case comes back to the desk."""
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state is not VendorState.APPROVED or level_of(queries.level_checks_of(vendor_id), clock.now().date()) >= 1:
        return
    vendor.move(VendorState.RECHECK_DUE)
    for line in queries.requirements_of(vendor_id).values():
        if line.kind in GIVEN_BY_VENDOR and line.state is RequirementState.PASSED:
            line.state, line.decided_by, line.decided_at = RequirementState.PROVIDED, None, None
    _record(SYSTEM, "vendor.recheck_due", vendor, after={"state": vendor.state.value})
    _tell(vendor_id, "recheck_due")


def admit_by_operator(company_id: UUID, *, kind: str, reason: str, actor: Actor) -> Vendor:
    """Approve a company at once on the operator's own word, with level 1 (decisions.md 31: the operator's import; the demo).

    The payout account is opened by the payments room afterwards. Nothing is done when the vendor is approved already.
    """
    vendor = open_application(company_id, actor=actor)
    if vendor.state in (VendorState.APPROVED, VendorState.RECHECK_DUE):
        return vendor
    if vendor.state is not VendorState.UNDER_REVIEW:
        vendor.move(VendorState.UNDER_REVIEW)
    now = clock.now()
    for line in queries.requirements_of(company_id).values():
        if line.kind in GIVEN_BY_VENDOR:
            line.state, line.reason, line.decided_by, line.decided_at = RequirementState.PASSED, None, actor.person_id, now
    vendor.move(VendorState.APPROVED)
    vendor.kind = vendor.kind or kind
    vendor.approved_at = now
    vendor.submitted_at = vendor.submitted_at or now
    _check_identity(company_id, actor)
    _record(actor, "vendor.admitted", vendor, after={"state": vendor.state.value, "level": 1, "reason": reason})
    return vendor


def add_level_check(
    vendor_id: UUID,
    level: int,
    *,
    checked_by: str,
    method: str,
    checked_on: date,
    valid_until: date | None,
    actor: Actor,
    points: int | None = None,
) -> LevelCheck:
    """Record a check of a level: by whom, how, when, until when. `method` is a key of `requirements.METHODS` or words."""
    check = LevelCheck(
        id=new_id(),
        vendor_id=vendor_id,
        level=level,
        checked_by=checked_by,
        method=method,
        checked_on=checked_on,
        valid_until=valid_until,
        points=points,
        withdrawn_at=None,
    )
    db.session.add(check)
    after = {"level": level, "checked_by": checked_by, "valid_until": str(valid_until) if valid_until else None}
    audit.record(actor, "vendor.level_checked", "vendor", vendor_id, companies=(vendor_id,), after=after)
    if level == 1 and valid_until is not None:
        # The first moment of the day after the last valid one; the task looks again whether a newer check exists.
        runs_out = datetime.combine(valid_until + timedelta(days=1), time(), tzinfo=UTC)
        jobs.enqueue("vendors.mark_recheck_due", run_at=runs_out, key=f"recheck:{check.id}", vendor_id=vendor_id)
    queries.forget(vendor_id)
    return check


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
) -> Certificate:
    """Record a certificate; with `checked_by` it has been looked up, and is shown while it is valid."""
    certificate = Certificate(
        id=new_id(),
        vendor_id=vendor_id,
        scheme=scheme,
        number=number,
        issuer=issuer,
        scope=scope,
        valid_from=valid_from,
        valid_until=valid_until,
        file_id=file_id,
        checked_at=clock.now() if checked_by else None,
        checked_by=checked_by,
    )
    db.session.add(certificate)
    after = {"scheme": scheme, "number": number, "valid_until": str(valid_until) if valid_until else None}
    audit.record(actor, "vendor.certificate_recorded", "vendor", vendor_id, companies=(vendor_id,), after=after)
    queries.forget(vendor_id)
    return certificate


def _check_identity(vendor_id: UUID, actor: Actor) -> None:
    today = clock.now().date()
    until = a_year_after(today)
    add_level_check(vendor_id, 1, checked_by=actor.name, method="identity", checked_on=today, valid_until=until, actor=actor)


def _case(vendor_id: UUID, stamp: str) -> Vendor:
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state not in (VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE):
        raise InvalidMove(state=vendor.state.value)
    if queries.case_stamp(vendor) != stamp:
        raise CaseChanged
    return vendor


def _record_findings(vendor: Vendor, findings: Findings, actor: Actor) -> None:
    lines = queries.requirements_of(vendor.id)
    now = clock.now()
    changed = {}
    for kind in GIVEN_BY_VENDOR:
        finding = findings.get(kind)
        if finding is None or finding.is_passed is None:
            continue
        if not finding.is_passed and not finding.reason:
            raise ReasonNeeded(kind=kind)
        line = lines[kind]
        state = RequirementState.PASSED if finding.is_passed else RequirementState.FAILED
        reason = None if finding.is_passed else finding.reason
        if (line.state, line.reason) != (state, reason):
            line.state, line.reason, line.decided_by, line.decided_at = state, reason, actor.person_id, now
            changed[kind] = f"{state.value}: {reason}" if reason else state.value
    if changed:
        _record(actor, "vendor.requirements_checked", vendor, after=changed)


def _decide(vendor: Vendor, to: VendorState, reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded
    vendor.move(to)
    vendor.state_reason = reason
    vendor.answer_due_at = None


def _record(actor: Actor, act: str, vendor: Vendor, *, after: Mapping[str, object], before: Mapping[str, object] | None = None) -> None:
    audit.record(actor, act, "vendor", vendor.id, companies=(vendor.id,), before=dict(before or {}), after=dict(after))
    queries.forget(vendor.id)


def _tell(vendor_id: UUID, what: str) -> None:
    for person in accounts.people_to_write_to(vendor_id, Permission.SHOP_EDIT):
        jobs.enqueue("vendors.email_decision", vendor_id=vendor_id, person_id=person.id, what=what)
