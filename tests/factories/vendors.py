"""Builders of vendors."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from marketplace.accounts.models import Company, Person
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id
from tests.factories.accounts import make_company
from vendors.certificates import POINTS
from vendors.models import (
    Certificate,
    CertificateScope,
    CustomerNote,
    LevelCheck,
    LevelProposal,
    LookUp,
    ProposalState,
    Requirement,
    RequirementState,
    ShippingMethod,
    Vendor,
    VendorState,
)

REQUIREMENTS = ("registry", "tax_id", "address", "owners", "agreement", "payout_account")
ZONES = (
    {
        "zone": "eu",
        "countries": ["SE", "DE", "AT", "FR", "NO"],
        "days": [2, 5],
        "bands": [{"up_to_g": 50_000, "price_minor": 1_850}, {"up_to_g": 500_000, "price_minor": 6_400}],
    },
)
_numbers = count(1)


def make_vendor(
    *,
    state: VendorState = VendorState.APPROVED,
    level: int = 1,
    is_payout_active: bool = True,
    with_shipping: bool = True,
    company: Company | None = None,
    name: str | None = None,
    country: str = "SE",
    currency: str = "EUR",
    **fields: Any,
) -> Vendor:
    """A vendor that sells: approved, identity checked (levels 1…`level`), payout account active, one shipping method to five countries.

    Further columns of `vendors` come as keywords. Its company is `accounts.models.Company` with the same id.
    """
    number = next(_numbers)
    now = clock.now()
    company = company or make_company(
        name=name or f"Norrvik Fasteners {number} AB",
        country=country,
        currency=currency,
        is_buyer=False,
        is_vendor=True,
        with_location=False,
    )
    is_approved = state in (VendorState.APPROVED, VendorState.RECHECK_DUE, VendorState.SUSPENDED)
    defaults: dict[str, Any] = {
        "slug": f"norrvik-{number}",
        "state_reason": None,
        "kind": "maker",
        "registry_number": f"55999{number:05d}",
        "address": {"street": "Smidesvägen 12", "postcode": "602 28", "city": "Norrköping", "region": "", "country": country},
        "owners": "Ingrid Norr, Sven Vik",
        "about": {"en": "Bolts and nuts for rail and bridges."},
        "languages": ["en"],
        "founded": 1988,
        "staff": 64,
        "phone": "+46 8 465 004 20",
        "email": "sales@norrvik.example",
        "website": None,
        "hours": {},
        "returns": {
            "window_days": 30,
            "freight_paid_by": "vendor",
            "restocking_bp": 0,
            "accepts": "defect only",
            "custom_goods": "defect only",
        },
        "opening_minimum_minor": 0,
        "reorder_minimum_minor": 0,
        "inspection_days": 10,
        "stock_display": "exact",
        "exposure_cap_minor": None,
        "holiday_from": None,
        "holiday_until": None,
        "holiday_note": {},
        "closed_days": [],
        "best_at": {},
        "capabilities": {},
        "terms": ["protected"],
        "terms_note": {},
        "assigned_to": None,
        "second_asked_by": None,
        "second_asked_at": None,
        "payout_active_at": now if is_payout_active else None,
        "submitted_at": None if state in (VendorState.INVITED, VendorState.DATA_NEEDED) else now,
        "answer_due_at": now + timedelta(days=2) if state is VendorState.UNDER_REVIEW else None,
        "approved_at": now if is_approved else None,
        "suspended_at": now if state is VendorState.SUSPENDED else None,
        "created_at": now,
    }
    vendor = Vendor(
        id=company.id, name=company.name, state=state, country=company.country, currency=company.currency, **(defaults | fields)
    )
    db.session.add(vendor)
    db.session.flush()  # rows that follow point to it
    given = RequirementState.OPEN if state in (VendorState.INVITED, VendorState.DATA_NEEDED) else RequirementState.PROVIDED
    for kind in REQUIREMENTS:
        is_passed = is_approved or (kind == "payout_account" and is_payout_active)
        make_requirement(vendor, kind, state=RequirementState.PASSED if is_passed else given)
    if is_approved:
        for n in range(1, level + 1):
            make_level_check(vendor, n)
    if with_shipping:
        make_shipping_method(vendor)
    return vendor


def make_requirement(vendor: Vendor, kind: str, *, state: RequirementState) -> Requirement:
    """One line of a vendor's checklist."""
    requirement = Requirement(
        id=new_id(),
        vendor_id=vendor.id,
        kind=kind,
        state=state,
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
    db.session.add(requirement)
    db.session.flush()  # found by queries at once
    return requirement


def make_level_check(vendor: Vendor, level: int, *, days_ago: int = 30, valid_days: int | None = 335) -> LevelCheck:
    """A check of a level that is valid today."""
    today = clock.now().date()
    check = LevelCheck(
        id=new_id(),
        vendor_id=vendor.id,
        level=level,
        checked_by="Rosa Okafor",
        method="identity" if level == 1 else "documents",
        checked_on=today - timedelta(days=days_ago),
        valid_until=None if valid_days is None else today + timedelta(days=valid_days),
        points=None,
        note=None,
        photo_ids=[],
        withdrawn_at=None,
        withdrawn_reason=None,
    )
    db.session.add(check)
    db.session.flush()  # found by queries at once
    return check


def make_certificate(
    vendor: Vendor, *, scheme: str = "ISO 9001", valid_days: int = 200, is_checked: bool = True, **fields: Any
) -> Certificate:
    """A checked certificate; negative `valid_days` means that it has ended, not `is_checked` that it waits for the desk.

    Further columns come as keywords.
    """
    today, now = clock.now().date(), clock.now()
    defaults: dict[str, Any] = {
        "number": "40-11873",
        "issuer": "Nordisk Attestregister",
        "scope_kind": CertificateScope.SITE,
        "scope": "site Norrköping",
        "file_id": None,
        "is_file_public": False,
        "sent_at": now,
        "due_at": None if is_checked else now + timedelta(days=2),
        "assigned_to": None,
        "ticked": list(POINTS) if is_checked else [],
        "look_up": LookUp.AGREES if is_checked else None,
        "look_up_note": None,
        "looked_up_at": now if is_checked else None,
        "refused_at": None,
        "withdrawn_at": None,
        "reason": None,
        "valid_from": today - timedelta(days=365),
        "valid_until": today + timedelta(days=valid_days),
        "checked_at": now if is_checked else None,
        "checked_by": "Rosa Okafor" if is_checked else None,
    }
    certificate = Certificate(
        id=new_id(),
        vendor_id=vendor.id,
        scheme=scheme,
        **(defaults | fields),
    )
    db.session.add(certificate)
    db.session.flush()  # found by queries at once
    return certificate


def make_shipping_method(
    vendor: Vendor, *, key: str = "road", position: int = 1, zones: Sequence[dict[str, Any]] = ZONES, incoterm: str = "DAP"
) -> ShippingMethod:
    """How the vendor ships; prices in its currency, `up_to_g` in grams."""
    method = ShippingMethod(
        id=new_id(),
        vendor_id=vendor.id,
        key=key,
        name={"en": "Road, DAP", "zh-Hans": "公路 DAP"},
        incoterm=incoterm,
        position=position,
        zones=list(zones),
    )
    db.session.add(method)
    db.session.flush()  # found by queries at once
    return method


def make_sender(freight_minor: int, *, country: str = "SE", currency: str = "EUR") -> Vendor:
    """A vendor that sends to Sweden for the same sum, whatever the goods weigh."""
    vendor = make_vendor(with_shipping=False, country=country, currency=currency)
    make_shipping_method(vendor, zones=[{"countries": ["SE"], "bands": [{"up_to_g": 10**9, "price_minor": freight_minor}], "days": [2, 4]}])
    return vendor


def make_proposal(vendor: Vendor, *, by: Person, note: str | None = None) -> LevelProposal:
    """Level 3 as a verifier has recorded it, waiting for a second reader."""
    today = clock.now().date()
    proposal = LevelProposal(
        id=new_id(),
        vendor_id=vendor.id,
        level=3,
        auditor="Hallbeck Audit",
        method="site_audit",
        checked_on=today - timedelta(days=10),
        valid_until=today + timedelta(days=300),
        points=86,
        note=note,
        photo_ids=[],
        state=ProposalState.OPEN,
        proposed_by=by.id,
        proposed_by_name=by.name,
        proposed_at=clock.now(),
        decided_by=None,
        decided_by_name=None,
        decided_at=None,
        reason=None,
    )
    db.session.add(proposal)
    db.session.flush()  # found by queries at once
    return proposal


def make_note(vendor: Vendor, buyer: Company, text: str) -> CustomerNote:
    """What a vendor has written for itself about a customer."""
    note = CustomerNote(
        id=new_id(),
        vendor_id=vendor.id,
        buyer_id=buyer.id,
        text=text,
        written_by=new_id(),
        written_by_name="Ingrid Norr",
        written_at=clock.now(),
    )
    db.session.add(note)
    db.session.flush()  # found by queries at once
    return note
