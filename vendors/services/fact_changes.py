"""The vendor's part of a change of checked facts: sending it, answering the desk, taking it back. Source: product.md §10, docs/decisions/0037.

Locks: vendor, change, company, in this order. Until a change is in force, everything reads as before and goes on.
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, policy
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id
from vendors import queries
from vendors.changing import MOST_DAYS_AHEAD, Wanted, differing, papers_of, written_address
from vendors.deadlines import after_desk_days
from vendors.errors import ChangeClosed, ChangePapersMissing, ChangeWaits, FactsNotChecked, HoldsTooLate, NothingChanged
from vendors.models import CHECKED_STATES, ChangeReason, ChangeState, FactChange


def send_change(
    vendor_id: UUID,
    wanted: Wanted,
    *,
    reason: ChangeReason,
    holds_from: date,
    note: str | None,
    files: Mapping[str, UUID],
    actor: Actor,
) -> FactChange:
    """Ask for a change of checked facts, or answer what the desk has asked about the one that there is.

    `files` are papers by the line of the checklist; those that were sent with the same change before stay. The caller has stored them for
    the vendor. Raises: NotFound, FactsNotChecked, ChangeWaits, HoldsTooLate, NothingChanged, ChangePapersMissing.
    """
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state not in CHECKED_STATES:
        raise FactsNotChecked
    change = queries.lock_open_change(vendor_id)
    if change is not None and change.state is not ChangeState.DATA_NEEDED:
        raise ChangeWaits
    now, numbers = clock.now(), policy.current()
    if holds_from > now.date() + timedelta(days=MOST_DAYS_AHEAD):
        raise HoldsTooLate
    before, after = differing(queries.checked_facts(vendor_id), wanted)
    if not after:
        raise NothingChanged
    needed = papers_of(after)
    kept = (dict(change.files) if change is not None else {}) | {kind: str(file_id) for kind, file_id in files.items()}
    missing = [kind for kind in needed if kind not in kept]
    if missing:
        raise ChangePapersMissing(kinds=missing)
    if change is None:
        change = FactChange(id=new_id(), vendor_id=vendor_id, revision=0, findings={}, assigned_to=None, said=None, in_force_at=None)
        db.session.add(change)
    change.state, change.revision = ChangeState.WAITING, change.revision + 1
    change.reason, change.holds_from, change.note = reason, holds_from, note
    change.before, change.after = before, after
    change.files = {kind: kept[kind] for kind in needed}
    # What was seen is of the earlier papers.
    change.findings = {}
    change.asked_by, change.asked_by_name, change.asked_at = actor.person_id, actor.name, now
    change.due_at = after_desk_days(now, numbers.fact_change_business_days, zone_of(numbers.platform_country))
    change.decided_by = change.decided_by_name = change.decided_at = None
    audit.record(
        actor,
        "vendor.change_asked",
        "vendor",
        vendor_id,
        companies=(vendor_id,),
        before=told_facts(before),
        after=told_facts(after) | {"answer_due_at": change.due_at.isoformat()},
    )
    return change


def withdraw_change(change_id: UUID, *, actor: Actor) -> FactChange:
    """The vendor takes its change back before it is in force; the facts stay as they are. Raises: NotFound, ChangeClosed."""
    change = lock_with_vendor(change_id)
    if change.vendor_id != actor.company_id:
        raise NotFound
    if not change.is_open:
        raise ChangeClosed
    change.state, change.revision, change.due_at = ChangeState.WITHDRAWN, change.revision + 1, None
    audit.record(actor, "vendor.change_withdrawn", "vendor", change.vendor_id, companies=(change.vendor_id,))
    return change


def lock_with_vendor(change_id: UUID) -> FactChange:
    """A change, locked behind its vendor: whoever sends, decides or withdraws comes one after the other. Raises: NotFound."""
    queries.lock_vendor(queries.change_by_id(change_id).vendor_id)
    return queries.lock_change(change_id)


def told_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as a line of history keeps them: in words, each under its own name."""
    told = dict(facts)
    if facts.get("address"):
        told["address"] = written_address(facts["address"])
    if facts.get("tax_id"):
        told["tax_id"] = facts["tax_id"]["display"]
    return told
