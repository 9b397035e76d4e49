"""The desk's part of a change of checked facts: confirm, ask for more, refuse; and the day on which a confirmed one comes into force.

Confirming ticks the points of the same checklist as the application. Source: product.md §10, docs/decisions/0037.
"""

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from marketplace.accounts import queries as accounts
from marketplace.accounts import services as accounts_services
from marketplace.accounts.permissions import Permission
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import SYSTEM, Actor
from vendors import queries
from vendors.changing import lines_of, same_number, written_address
from vendors.errors import CaseChanged, ChangeClosed, OwnChange, PointsOpen, ReasonNeeded
from vendors.models import ChangeState, FactChange, LookUp, Requirement, RequirementState, Vendor
from vendors.requirements import KINDS
from vendors.services.cases import changes_hands
from vendors.services.decisions import Finding, Findings
from vendors.services.fact_changes import lock_with_vendor, told_facts


def save_change_findings(change_id: UUID, findings: Findings, *, revision: int, actor: Actor) -> FactChange:
    """Keep what was seen so far, without a decision. Raises: NotFound, ChangeClosed, CaseChanged, OwnChange."""
    change = _waiting(change_id, revision, actor)
    _note(change, findings)
    return change


def confirm_change(change_id: UUID, findings: Findings, *, revision: int, actor: Actor) -> FactChange:
    """The new facts are right: in force at once, or from the day that the vendor has named. A suspended vendor's, too: its orders go on.

    `revision` is that of the page. Raises: NotFound, ChangeClosed, CaseChanged, OwnChange, PointsOpen.
    """
    change = _waiting(change_id, revision, actor)
    _note(change, findings)
    for kind in lines_of(change.after):
        if set(change.findings.get(kind, {}).get("ticked", ())) != set(KINDS[kind].points):
            raise PointsOpen(kind=kind)
    vendor = queries.vendor_by_id(change.vendor_id)
    _decide(change, ChangeState.COMING, None, actor)
    begins = _begins(change, vendor)
    _record(actor, "vendor.change_confirmed", change, after=told_facts(change.after) | {"holds_from": change.holds_from.isoformat()})
    if begins > clock.now():
        jobs.enqueue("vendors.bring_change_into_force", change_id=change.id, run_at=begins)
        _tell_vendor(change, "coming")
    else:
        _bring_into_force(change, vendor)
    return change


def bring_change_into_force(change_id: UUID) -> None:
    """The day of a confirmed change has come; a change that was withdrawn meanwhile is left alone. Raises: NotFound."""
    change = lock_with_vendor(change_id)
    vendor = queries.vendor_by_id(change.vendor_id)
    if change.state is ChangeState.COMING and _begins(change, vendor) <= clock.now():
        _bring_into_force(change, vendor)


def ask_about_change(change_id: UUID, findings: Findings, *, reason: str, revision: int, actor: Actor) -> FactChange:
    """Hand the change back with what is missing; the desk's clock stops. Raises: NotFound, ReasonNeeded, ChangeClosed, CaseChanged, OwnChange."""
    change = _waiting(change_id, revision, actor)
    if not reason.strip():
        raise ReasonNeeded
    _note(change, findings)
    _decide(change, ChangeState.DATA_NEEDED, reason, actor)
    _record(actor, "vendor.change_data_asked", change, after={"reason": reason})
    _tell_vendor(change, "data_needed")
    return change


def refuse_change(change_id: UUID, findings: Findings, *, reason: str, revision: int, actor: Actor) -> FactChange:
    """The facts stay as they are, and the vendor reads why. Raises: as `ask_about_change`."""
    change = _waiting(change_id, revision, actor)
    if not reason.strip():
        raise ReasonNeeded
    _note(change, findings)
    _decide(change, ChangeState.REFUSED, reason, actor)
    _record(actor, "vendor.change_refused", change, after=told_facts(change.after) | {"reason": reason})
    _tell_vendor(change, "refused")
    return change


def assign_change(change_id: UUID, *, to: UUID | None, seen: UUID | None, to_name: str, actor: Actor) -> FactChange:
    """Let one verifier work on a change, as `changes_hands` says. Raises: NotFound, TakenByColleague, OwnChange (who has asked for it)."""
    change = lock_with_vendor(change_id)
    if to is not None and to == change.asked_by:
        raise OwnChange
    if changes_hands(change.assigned_to, to=to, seen=seen):
        change.assigned_to = to
        # The desk's own business: the vendor's history does not name who was on duty.
        audit.record(actor, "vendor.change_assigned", "vendor", change.vendor_id, after={"name": to_name} if to else None)
    return change


def _waiting(change_id: UUID, revision: int, actor: Actor) -> FactChange:
    change = lock_with_vendor(change_id)
    if change.state is not ChangeState.WAITING:
        raise ChangeClosed
    if change.revision != revision:
        raise CaseChanged
    if actor.person_id is None or actor.person_id == change.asked_by:
        raise OwnChange
    return change


def _note(change: FactChange, findings: Findings) -> None:
    """Keep the ticks and what the registers said, of the lines that the change is about."""
    kept = dict(change.findings)
    for kind in lines_of(change.after):
        if kind in findings:
            kept[kind] = _finding(kind, findings[kind])
    if kept != change.findings:
        change.findings, change.revision = kept, change.revision + 1


def _finding(kind: str, finding: Finding) -> dict[str, Any]:
    return {
        "ticked": [point for point in KINDS[kind].points if point in finding.ticked],
        "look_up": finding.look_up.value if finding.look_up else None,
        "look_up_at": finding.look_up_at,
        "look_up_note": finding.look_up_note,
    }


def _decide(change: FactChange, to: ChangeState, said: str | None, actor: Actor) -> None:
    change.state, change.revision, change.due_at, change.said = to, change.revision + 1, None, said
    change.decided_by, change.decided_by_name, change.decided_at = actor.person_id, actor.name, clock.now()


def _begins(change: FactChange, vendor: Vendor) -> datetime:
    """The beginning of the day from which it holds, where the vendor is."""
    return datetime.combine(change.holds_from, time(), ZoneInfo(zone_of(vendor.country)))


def _bring_into_force(change: FactChange, vendor: Vendor) -> None:
    """Write the new facts to the shop, the company and the checklist; buyers and the vendor are told. The vendor is locked."""
    after = change.after
    facts, numbers = queries.checked_facts(vendor.id), _numbers(change)
    for fact in ("name", "registry_number", "address", "owners"):
        if fact in after:
            setattr(vendor, fact, after[fact])
    given: dict[str, Any] = {fact: after[fact] for fact in ("name", "local_name") if fact in after}
    if "address" in after:
        given["region"] = after["address"].get("region")
    accounts_services.correct_company(vendor.id, given, number=_number(change), replaces=change.before.get("tax_id"))
    change.before = {fact: facts.get(fact, change.before[fact]) for fact in after}
    change.state, change.in_force_at, change.revision = ChangeState.CONFIRMED, clock.now(), change.revision + 1
    _pass_lines(change, vendor, numbers)
    _record(SYSTEM, "vendor.facts_changed", change, before=told_facts(change.before), after=told_facts(after))
    queries.forget(vendor.id)
    _tell_vendor(change, "in_force")
    jobs.enqueue("vendors.tell_buyers_of_change", change_id=change.id)


def _number(change: FactChange) -> dict[str, Any] | None:
    """The new tax number with what a register said of it, as the company's list keeps numbers."""
    if "tax_id" not in change.after:
        return None
    found = change.findings.get("tax_id", {})
    is_known = found.get("look_up") == LookUp.AGREES and change.decided_at is not None
    stamps = {
        "added_at": clock.now().isoformat(),
        "checked_at": change.decided_at.isoformat() if is_known and change.decided_at else None,
        "checked_how": found.get("look_up_at") if is_known else None,
    }
    return dict(change.after["tax_id"]) | stamps


def _numbers(change: FactChange) -> str:
    """The tax numbers that have been seen once this change is in force, as the checklist keeps them."""
    stay = [number for number in queries.checked_numbers(change.vendor_id) if not same_number(number, change.before.get("tax_id"))]
    new = [change.after["tax_id"]] if "tax_id" in change.after else []
    return ", ".join(number["display"] for number in (*stay, *new))


def _pass_lines(change: FactChange, vendor: Vendor, numbers: str) -> None:
    lines = queries.requirements_of(vendor.id)
    values = {
        "registry": vendor.registry_number,
        "address": written_address(vendor.address),
        "owners": vendor.owners,
        "tax_id": numbers,
    }
    for kind in lines_of(change.after):
        if kind in lines:
            _pass(lines[kind], values[kind], change)


def _pass(line: Requirement, value: str | None, change: FactChange) -> None:
    found = change.findings.get(line.kind, {})
    # The extract shows the registered address, too: an older proof would stand beside it.
    paper = change.files.get(line.kind) or change.files["registry"]
    line.state, line.reason, line.value, line.file_id = RequirementState.PASSED, None, value, UUID(paper)
    line.ticked = list(found.get("ticked", ()))
    line.look_up = LookUp(found["look_up"]) if found.get("look_up") else None
    line.look_up_at, line.look_up_note = found.get("look_up_at"), found.get("look_up_note")
    line.looked_up_at = change.decided_at if line.look_up else None
    line.decided_by, line.decided_at = change.decided_by, change.decided_at


def _record(actor: Actor, act: str, change: FactChange, *, after: Mapping[str, object], before: Mapping[str, object] | None = None) -> None:
    audit.record(actor, act, "vendor", change.vendor_id, companies=(change.vendor_id,), before=dict(before or {}), after=dict(after))


def _tell_vendor(change: FactChange, what: str) -> None:
    for person in accounts.people_to_write_to(change.vendor_id, Permission.SHOP_EDIT):
        jobs.enqueue("vendors.email_change", change_id=change.id, person_id=person.id, what=what)
