"""The vendor's own part: opening, filling and sending the application."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.accounts import queries as accounts
from marketplace.accounts.zones import zone_of
from marketplace.core import audit, clock, policy
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_code, new_id
from vendors import agreement, queries
from vendors.deadlines import after_desk_hours
from vendors.errors import ApplicationClosed, ApplicationIncomplete
from vendors.models import Requirement, RequirementState, Vendor, VendorState
from vendors.requirements import GIVEN_BY_VENDOR, KINDS
from vendors.slugs import slug_of

WRITABLE = frozenset({VendorState.INVITED, VendorState.DATA_NEEDED, VendorState.REFUSED})


def open_application(company_id: UUID, *, actor: Actor = SYSTEM) -> Vendor:
    """The selling side of a company, unchecked, with an open checklist. A second call finds it there. Raises: NotFound."""
    company = accounts.company_by_id(company_id)
    written = db.session.execute(
        insert(Vendor)
        .values(
            id=company_id,
            slug=_free_slug(company.name),
            name=company.name,
            state=VendorState.DATA_NEEDED,
            country=company.country,
            currency=company.currency,
            kind="",
            address={},
            about={},
            languages=[company.language.partition("_")[0]],  # spoken, however it is written
            hours={},
            returns={},
            opening_minimum_minor=0,
            reorder_minimum_minor=0,
            inspection_days=policy.current().inspection_days,
            stock_display="exact",
            phone=company.phone,
            email=company.email,
            holiday_note={},
            closed_days=[],
            best_at={},
            capabilities={},
            terms=["protected"],
            terms_note={},
            created_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["id"])
        .returning(Vendor.id)
    ).scalar()
    if written is not None:
        for kind in KINDS:
            db.session.add(
                Requirement(
                    id=new_id(),
                    vendor_id=company_id,
                    kind=kind,
                    state=RequirementState.OPEN,
                    value=None,
                    file_id=None,
                    reason=None,
                    ticked=[],
                    look_up=None,
                    look_up_at=None,
                    look_up_note=None,
                    looked_up_at=None,
                    decided_by=None,
                    decided_at=None,
                )
            )
        audit.record(actor, "vendor.application_opened", "vendor", company_id, companies=(company_id,))
    return queries.lock_vendor(company_id)


def save_application(
    vendor_id: UUID,
    *,
    kind: str | None,
    registry_number: str | None,
    address: Mapping[str, Any],
    owners: str | None,
    phone: str | None,
    email: str | None,
    is_signed: bool,
    actor: Actor,
) -> Vendor:
    """Keep what the vendor has written so far; also how a refused vendor begins again.

    `address` is {street, postcode, city, region, country}; `is_signed` says that the present agreement was accepted.
    Raises: ApplicationClosed.
    """
    vendor = _writable(vendor_id, actor)
    company = accounts.company_by_id(vendor_id)
    if vendor.state is not VendorState.DATA_NEEDED:
        vendor.move(VendorState.DATA_NEEDED)
        vendor.state_reason = None
    vendor.name, vendor.country = company.name, company.country
    vendor.kind, vendor.registry_number, vendor.owners = kind or "", registry_number, owners
    vendor.phone, vendor.email = phone, email
    vendor.address = {key: value for key, value in address.items() if value}
    lines = queries.requirements_of(vendor_id)
    written = ", ".join(str(vendor.address[key]) for key in ("street", "postcode", "city", "region", "country") if vendor.address.get(key))
    is_whole = all(vendor.address.get(key) for key in ("street", "postcode", "city", "country"))
    _give(lines["registry"], registry_number if kind else None)
    _give(lines["tax_id"], _tax_ids(vendor_id))
    _give(lines["address"], written if is_whole else None)
    _give(lines["owners"], owners)
    _sign(lines["agreement"], vendor_id, is_signed=is_signed, actor=actor)
    queries.forget(vendor_id)
    return vendor


def attach_document(vendor_id: UUID, kind: str, file_id: UUID, *, actor: Actor) -> None:
    """Put a stored file beside a line of the checklist. Raises: ApplicationClosed."""
    vendor = open_application(vendor_id, actor=actor)
    if vendor.state not in WRITABLE and not takes_papers(vendor):
        raise ApplicationClosed
    line = queries.requirements_of(vendor_id)[kind]
    line.file_id = file_id
    if line.state is not RequirementState.OPEN:
        _reopen(line, RequirementState.PROVIDED)


def takes_papers(vendor: Vendor) -> bool:
    """Whether papers can be sent for a new check of the identity. The facts of the shop stay as they were checked until then."""
    return vendor.state is VendorState.RECHECK_DUE and vendor.answer_due_at is None


def submit_application(vendor_id: UUID, *, actor: Actor) -> Vendor:
    """Hand the application to the verification desk; its answer is due in 16 of its hours. Raises: ApplicationClosed, ApplicationIncomplete."""
    vendor = _writable(vendor_id, actor)
    _check_whole(vendor_id)
    vendor.move(VendorState.UNDER_REVIEW)
    return _hand_over(vendor, actor)


def send_papers(vendor_id: UUID, *, is_signed: bool, actor: Actor) -> Vendor:
    """Hand the papers for a new check to the desk; the shop stays seen meanwhile. Raises: ApplicationClosed, ApplicationIncomplete."""
    vendor = queries.lock_vendor(vendor_id)
    if not takes_papers(vendor):
        raise ApplicationClosed
    lines = queries.requirements_of(vendor_id)
    _give(lines["tax_id"], _tax_ids(vendor_id))
    if is_signed:
        _sign(lines["agreement"], vendor_id, is_signed=True, actor=actor)
    _check_whole(vendor_id)
    return _hand_over(vendor, actor)


def _check_whole(vendor_id: UUID) -> None:
    missing = missing_kinds(queries.requirements_of(vendor_id))
    if missing:
        raise ApplicationIncomplete(kinds=missing)


def _hand_over(vendor: Vendor, actor: Actor) -> Vendor:
    vendor.state_reason = None
    numbers = policy.current()
    vendor.submitted_at = clock.now()
    vendor.answer_due_at = after_desk_hours(vendor.submitted_at, numbers.first_answer_business_hours, zone_of(numbers.platform_country))
    after = {"state": vendor.state.value, "answer_due_at": vendor.answer_due_at.isoformat()}
    audit.record(actor, "vendor.application_submitted", "vendor", vendor.id, companies=(vendor.id,), after=after)
    queries.forget(vendor.id)
    return vendor


def missing_kinds(lines: Mapping[str, Requirement]) -> list[str]:
    """The lines that keep an application from being sent: not given, failed and not changed since, or without their document."""
    blocking = (RequirementState.OPEN, RequirementState.FAILED)
    return [
        kind
        for kind in GIVEN_BY_VENDOR
        if kind not in lines or lines[kind].state in blocking or (KINDS[kind].needs_document and lines[kind].file_id is None)
    ]


def record_payout_state(vendor_id: UUID, is_active: bool, *, actor: Actor = SYSTEM) -> None:  # noqa: FBT001 - the provider's answer is a yes or a no
    """Note whether the provider can pay the vendor out; without it nothing can be bought. Raises: NotFound."""
    vendor = queries.lock_vendor(vendor_id)
    if (vendor.payout_active_at is not None) == is_active:
        return
    vendor.payout_active_at = clock.now() if is_active else None
    line = queries.requirements_of(vendor_id).get("payout_account")
    if line is not None:
        line.state = RequirementState.PASSED if is_active else RequirementState.OPEN
        line.decided_at = clock.now()
    act = "vendor.payout_account_active" if is_active else "vendor.payout_account_inactive"
    audit.record(actor, act, "vendor", vendor_id, companies=(vendor_id,), after={"is_active": is_active})
    queries.forget(vendor_id)


def _writable(vendor_id: UUID, actor: Actor) -> Vendor:
    vendor = open_application(vendor_id, actor=actor)
    if vendor.state not in WRITABLE:
        raise ApplicationClosed
    return vendor


def _give(line: Requirement, value: str | None) -> None:
    """What did not change keeps the verifier's word on it; what did is looked at again."""
    if value == line.value and (value is None or line.state is not RequirementState.OPEN):
        return
    line.value = value
    _reopen(line, RequirementState.PROVIDED if value else RequirementState.OPEN)


def _sign(line: Requirement, vendor_id: UUID, *, is_signed: bool, actor: Actor) -> None:
    """A signature that was turned down is given anew, though its words are the same; until then its reason stays to be read."""
    signature = f"{agreement.VERSION} · {agreement.text_hash()[:12]}" if is_signed else None
    if line.state is not RequirementState.FAILED:
        _give(line, signature)
    elif signature:
        line.value = signature
        _reopen(line, RequirementState.PROVIDED)
    if is_signed and line.decided_at is None and line.reason is None:
        after = {"version": agreement.VERSION, "sha256": agreement.text_hash(), "signed_by": actor.name}
        audit.record(actor, "vendor.agreement_signed", "vendor", vendor_id, companies=(vendor_id,), after=after)


def _tax_ids(vendor_id: UUID) -> str | None:
    return ", ".join(number["display"] for number in accounts.company_by_id(vendor_id).tax_ids) or None


def _reopen(line: Requirement, state: RequirementState) -> None:
    line.state, line.reason, line.decided_by, line.decided_at = state, None, None, None
    # What was seen is of the earlier paper.
    line.ticked, line.look_up, line.look_up_at, line.look_up_note, line.looked_up_at = [], None, None, None, None


def _free_slug(name: str) -> str:
    slug = slug_of(name) or "shop"
    return f"{slug}-{new_code(4)}" if slug == "shop" or queries.slug_is_taken(slug) else slug
