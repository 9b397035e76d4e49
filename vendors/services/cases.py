"""Who works on what at the verification desk: take, give back, hand over, ask for a second reader."""

from uuid import UUID

from marketplace.core import audit, clock
from marketplace.core.audit import Actor
from marketplace.core.errors import InvalidMove
from vendors import queries
from vendors.errors import TakenByColleague
from vendors.models import Certificate, Vendor, VendorState

OPEN_STATES = frozenset({VendorState.UNDER_REVIEW, VendorState.RECHECK_DUE})


def changes_hands(assigned_to: UUID | None, *, to: UUID | None, seen: UUID | None) -> bool:
    """Whether what somebody works on goes to another one; for what the caller has locked.

    `to` is a verifier, which the caller has made sure of, or None to give it back; `seen` is who had it when the page was opened.
    Raises: TakenByColleague (somebody was faster).
    """
    if assigned_to not in (seen, to):
        raise TakenByColleague
    return assigned_to != to


def assign_case(vendor_id: UUID, *, to: UUID | None, seen: UUID | None, to_name: str, actor: Actor) -> Vendor:
    """Let one verifier work on a case, as `changes_hands` says. Raises: NotFound, TakenByColleague."""
    vendor = queries.lock_vendor(vendor_id)
    if changes_hands(vendor.assigned_to, to=to, seen=seen):
        vendor.assigned_to = to
        act = "vendor.case_assigned" if to else "vendor.case_given_back"
        # The desk's own business: the vendor's history does not name who was on duty.
        audit.record(actor, act, "vendor", vendor_id, after={"name": to_name} if to else None)
    return vendor


def assign_certificate(certificate_id: UUID, *, to: UUID | None, seen: UUID | None, to_name: str, actor: Actor) -> Certificate:
    """The same for a certificate that waits. Raises: NotFound, TakenByColleague."""
    certificate = queries.lock_certificate(certificate_id)
    if changes_hands(certificate.assigned_to, to=to, seen=seen):
        certificate.assigned_to = to
        after = {"scheme": certificate.scheme} | ({"name": to_name} if to else {})
        audit.record(actor, "vendor.certificate_assigned", "vendor", certificate.vendor_id, after=after)
    return certificate


def ask_second_reader(vendor_id: UUID, *, actor: Actor) -> Vendor:
    """Ask for a second pair of eyes: another person than the asker then approves. Raises: NotFound, InvalidMove (not open, or asked)."""
    vendor = queries.lock_vendor(vendor_id)
    if vendor.state not in OPEN_STATES or vendor.second_asked_by is not None or actor.person_id is None:
        raise InvalidMove(state=vendor.state.value)
    vendor.second_asked_by, vendor.second_asked_at = actor.person_id, clock.now()
    vendor.assigned_to = None
    audit.record(actor, "vendor.second_reader_asked", "vendor", vendor_id)
    return vendor
