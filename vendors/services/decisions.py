"""The platform's part: checks, approval, refusal, suspension. Each carries its reason, and the vendor is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from marketplace.accounts import queries as accounts
from marketplace.accounts.permissions import Permission
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, jobs, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.errors import InvalidMove
from vendors import queries
from vendors.deadlines import after_desk_hours
from vendors.errors import CaseChanged, PointsOpen, ReasonNeeded, RequirementsOpen, SecondReaderNeeded
from vendors.levels import a_year_after, is_recheck_due, level_of
from vendors.models import LookUp, Requirement, RequirementState, Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS
from vendors.services.applications import open_application
from vendors.services.cases import OPEN_STATES
from vendors.services.levels import add_level_check


@dataclass(frozen=True, slots=True)
class Finding:
    """What a verifier found about one line of the checklist: passed, failed with a reason, or None (not decided yet).

    `ticked` are the points that were seen to be right, `look_up` what a register says; a line passes with every point.
    """

    is_passed: bool | None
    reason: str | None = None
    ticked: Sequence[str] = ()
    look_up: LookUp | None = None
    look_up_at: str | None = None
    look_up_note: str | None = None


Findings = Mapping[str, Finding]
"""By the kind of requirement; lines that are left out stay as they are."""


def save_findings(vendor_id: UUID, findings: Findings, *, stamp: str, actor: Actor) -> Vendor:
    """Keep what was found so far, without a decision.

    `stamp` is `queries.case_stamp` of the page. Raises: NotFound, CaseChanged, ReasonNeeded, PointsOpen, InvalidMove (not under review).
    """
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    return vendor


def approve_vendor(vendor_id: UUID, findings: Findings, *, stamp: str, exposure_cap_minor: int | None, actor: Actor) -> Vendor:
    """Let the vendor sell: level 1 for 12 months, and a cap on each of its first orders in its own currency.

    Raises: NotFound, CaseChanged, ReasonNeeded, PointsOpen, RequirementsOpen, SecondReaderNeeded (this person asked for one), InvalidMove.
    """
    vendor = _case(vendor_id, stamp)
    if vendor.second_asked_by is not None and vendor.second_asked_by == actor.person_id:
        raise SecondReaderNeeded
    _record_findings(vendor, findings, actor)
    lines = queries.requirements_of(vendor_id)
    missing = [kind for kind in KINDS if kind not in lines or lines[kind].state is not RequirementState.PASSED]
    if missing:
        raise RequirementsOpen(kinds=missing)
    is_first = vendor.approved_at is None
    vendor.move(VendorState.APPROVED)
    now = clock.now()
    vendor.state_reason, vendor.answer_due_at, vendor.suspended_at = None, None, None
    vendor.second_asked_by, vendor.second_asked_at = None, None
    vendor.approved_at = vendor.approved_at or now
    if is_first:
        vendor.exposure_cap_minor = exposure_cap_minor
    _check_identity(vendor_id, actor)
    _record(actor, "vendor.approved", vendor, after={"state": vendor.state.value, "level": 1})
    _tell(vendor_id, "approved")
    return vendor


def ask_for_more(vendor_id: UUID, findings: Findings, *, stamp: str, reason: str, actor: Actor) -> Vendor:
    """Hand the application back with what is missing; the desk's clock stops. A shop whose new check is due stays seen.

    Raises: NotFound, CaseChanged, ReasonNeeded, InvalidMove.
    """
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    _decide(vendor, VendorState.RECHECK_DUE if vendor.state is VendorState.RECHECK_DUE else VendorState.DATA_NEEDED, reason)
    _record(actor, "vendor.data_asked", vendor, after={"state": vendor.state.value, "reason": reason})
    _tell(vendor_id, "data_needed")
    return vendor


def refuse_vendor(vendor_id: UUID, findings: Findings, *, stamp: str, reason: str, actor: Actor) -> Vendor:
    """Turn the application down; the vendor may apply again. Raises: NotFound, CaseChanged, ReasonNeeded, InvalidMove."""
    vendor = _case(vendor_id, stamp)
    _record_findings(vendor, findings, actor)
    _decide(vendor, VendorState.REFUSED, reason)
    vendor.second_asked_by, vendor.second_asked_at = None, None
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
    jobs.enqueue("vendors.tell_buyers_of_suspension", vendor_id=vendor_id)
    return vendor


def cap_exposure(vendor_id: UUID, *, cap_minor: int | None, actor: Actor) -> Vendor:
    """Bound each order of a vendor that is new, in its own currency; None lifts the bound. Raises: NotFound."""
    vendor = queries.lock_vendor(vendor_id)
    before = vendor.exposure_cap_minor
    vendor.exposure_cap_minor = cap_minor
    _record(actor, "vendor.exposure_capped", vendor, before={"cap_minor": before}, after={"cap_minor": cap_minor})
    return vendor


def lift_suspension(vendor_id: UUID, *, reason: str, actor: Actor) -> Vendor:
    """Show the shop again; a check that came due meanwhile is asked for. Raises: NotFound, InvalidMove (not suspended), ReasonNeeded."""
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state is not VendorState.SUSPENDED:
        raise InvalidMove(state=vendor.state.value, to=VendorState.APPROVED.value)
    _decide(vendor, VendorState.APPROVED, reason)
    vendor.suspended_at = None
    _record(actor, "vendor.suspension_lifted", vendor, after={"state": vendor.state.value, "reason": reason})
    _tell(vendor_id, "restored")
    if _is_recheck_due(vendor):  # its hour came while the shop was suspended
        _ask_again(vendor)
    return vendor


def reopen_application(vendor_id: UUID, *, actor: Actor) -> Vendor:
    """A refusal was wrong: the application lies with the desk again, as it was sent, and the desk's clock begins anew.

    Raises: NotFound, InvalidMove (not refused).
    """
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state is not VendorState.REFUSED:
        raise InvalidMove(state=vendor.state.value, to=VendorState.UNDER_REVIEW.value)
    vendor.move(VendorState.DATA_NEEDED)
    vendor.move(VendorState.UNDER_REVIEW)
    numbers = policy.current()
    vendor.state_reason, vendor.assigned_to = None, None
    vendor.answer_due_at = after_desk_hours(clock.now(), numbers.first_answer_business_hours, zone_of(numbers.platform_country))
    _record(
        actor, "vendor.application_reopened", vendor, after={"state": vendor.state.value, "answer_due_at": vendor.answer_due_at.isoformat()}
    )
    return vendor


def mark_recheck_due(vendor_id: UUID) -> None:
    """Level 1 runs out in 30 days: its case comes back to the desk, and everything goes on. When it has run out, the vendor stays seen,
    cannot be bought from, and is told again.
    """
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state is VendorState.APPROVED and _is_recheck_due(vendor):
        vendor.state_reason = None
        _ask_again(vendor)
    elif vendor.state is VendorState.RECHECK_DUE and _has_run_out(vendor):
        _tell(vendor_id, "run_out")


def _is_recheck_due(vendor: Vendor) -> bool:
    return is_recheck_due(queries.level_checks_of(vendor.id), clock.now().date())


def _has_run_out(vendor: Vendor) -> bool:
    return level_of(queries.level_checks_of(vendor.id), clock.now().date()) < 1


def _ask_again(vendor: Vendor) -> None:
    vendor.move(VendorState.RECHECK_DUE)
    for line in queries.requirements_of(vendor.id).values():
        if line.kind in GIVEN_BY_VENDOR and line.state is RequirementState.PASSED:
            line.state, line.decided_by, line.decided_at = RequirementState.PROVIDED, None, None
    _record(SYSTEM, "vendor.recheck_due", vendor, after={"state": vendor.state.value})
    _tell(vendor.id, "run_out" if _has_run_out(vendor) else "recheck_due")


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


def _check_identity(vendor_id: UUID, actor: Actor) -> None:
    today = clock.now().date()
    until = a_year_after(today)
    add_level_check(vendor_id, 1, checked_by=actor.name, method="identity", checked_on=today, valid_until=until, actor=actor)


def _case(vendor_id: UUID, stamp: str) -> Vendor:
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state not in OPEN_STATES:
        raise InvalidMove(state=vendor.state.value)
    if queries.case_stamp(vendor) != stamp:
        raise CaseChanged
    return vendor


def _record_findings(vendor: Vendor, findings: Findings, actor: Actor) -> None:
    lines = queries.requirements_of(vendor.id)
    now = clock.now()
    changed: dict[str, str | None] = {}
    for kind in GIVEN_BY_VENDOR:
        finding = findings.get(kind)
        if finding is None:
            continue
        line = lines[kind]
        if _note_look_up(line, finding, now):
            changed[f"{kind}.look_up"] = finding.look_up.value if finding.look_up else None
        if finding.is_passed is None:
            continue
        if not finding.is_passed and not finding.reason:
            raise ReasonNeeded(kind=kind)
        if finding.is_passed and set(line.ticked) != set(KINDS[kind].points):
            raise PointsOpen(kind=kind)
        state = RequirementState.PASSED if finding.is_passed else RequirementState.FAILED
        reason = None if finding.is_passed else finding.reason
        if (line.state, line.reason) != (state, reason):
            line.state, line.reason, line.decided_by, line.decided_at = state, reason, actor.person_id, now
            changed[kind] = f"{state.value}: {reason}" if reason else state.value
    if changed:
        _record(actor, "vendor.requirements_checked", vendor, after=changed)


def _note_look_up(line: Requirement, finding: Finding, now: datetime) -> bool:
    """Keep the ticks and what the register said; True when the latter is new."""
    line.ticked = [point for point in KINDS[line.kind].points if point in finding.ticked]
    seen = (finding.look_up, finding.look_up_at, finding.look_up_note)
    if (line.look_up, line.look_up_at, line.look_up_note) == seen:
        return False
    line.look_up, line.look_up_at, line.look_up_note = seen
    line.looked_up_at = now if finding.look_up else None
    return True


def _decide(vendor: Vendor, to: VendorState, reason: str) -> None:
    if not reason.strip():
        raise ReasonNeeded
    if vendor.state is not to:
        vendor.move(to)
    vendor.state_reason = reason
    vendor.answer_due_at = None


def _record(actor: Actor, act: str, vendor: Vendor, *, after: Mapping[str, object], before: Mapping[str, object] | None = None) -> None:
    audit.record(actor, act, "vendor", vendor.id, companies=(vendor.id,), before=dict(before or {}), after=dict(after))
    queries.forget(vendor.id)


def _tell(vendor_id: UUID, what: str) -> None:
    for person in accounts.people_to_write_to(vendor_id, Permission.SHOP_EDIT):
        jobs.enqueue("vendors.email_decision", vendor_id=vendor_id, person_id=person.id, what=what)
