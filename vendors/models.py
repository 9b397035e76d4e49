"""Vendors and what was checked about them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Company
from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove
from marketplace.core.files import StoredFile


class VendorState(StrEnum):
    """Where a vendor's onboarding stands (product.md §10)."""

    INVITED = "invited"  # asked to join
    DATA_NEEDED = "data_needed"  # the application waits for the vendor
    UNDER_REVIEW = "under_review"  # a verifier looks at it
    APPROVED = "approved"  # may be seen; level 1 may sell
    REFUSED = "refused"  # turned down, with reasons; may apply again
    SUSPENDED = "suspended"  # nothing of it is seen or sold
    RECHECK_DUE = "recheck_due"  # approved, but a check has run out


MOVES: dict[VendorState, frozenset[VendorState]] = {
    VendorState.INVITED: frozenset({VendorState.DATA_NEEDED}),
    VendorState.DATA_NEEDED: frozenset({VendorState.UNDER_REVIEW}),
    VendorState.UNDER_REVIEW: frozenset({VendorState.APPROVED, VendorState.REFUSED, VendorState.DATA_NEEDED}),
    VendorState.APPROVED: frozenset({VendorState.SUSPENDED, VendorState.RECHECK_DUE}),
    VendorState.REFUSED: frozenset({VendorState.DATA_NEEDED}),
    VendorState.SUSPENDED: frozenset({VendorState.APPROVED, VendorState.REFUSED}),
    VendorState.RECHECK_DUE: frozenset({VendorState.UNDER_REVIEW, VendorState.APPROVED, VendorState.SUSPENDED}),
}
SEEN_STATES = frozenset({VendorState.APPROVED, VendorState.RECHECK_DUE})
"""Only these are seen anywhere: shop, products, search, counts."""


class Vendor(Base):
    """The selling side of a company; its id is the company's id."""

    __tablename__ = "vendors"
    __table_args__ = (
        CheckConstraint("inspection_days BETWEEN 1 AND 30", name="inspection_days"),
        CheckConstraint("opening_minimum_minor >= 0", name="opening_minimum"),
        Index("ix_vendors_state", "state"),
    )

    id: Mapped[UUID] = mapped_column(ForeignKey(Company.id), primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    """The legal name, copied from the company when it was checked."""
    state: Mapped[VendorState] = mapped_column(enum_type(VendorState, "state"))
    state_reason: Mapped[str | None]
    country: Mapped[str]
    currency: Mapped[str]
    """The one currency that it sells in (decisions.md 5)."""
    kind: Mapped[str]
    """maker, distributor or reseller, in the vendor's own word."""
    registry_number: Mapped[str | None]
    address: Mapped[dict[str, Any]]
    """{street, postcode, city, region, country}"""
    owners: Mapped[str | None]
    about: Mapped[dict[str, Any]]
    """Shop text by language."""
    languages: Mapped[list[str]]
    founded: Mapped[int | None]
    staff: Mapped[int | None]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    hours: Mapped[dict[str, Any]]
    returns: Mapped[dict[str, Any]]
    """{window_days, freight_paid_by, restocking_bp, accepts, custom_goods}"""
    opening_minimum_minor: Mapped[int]
    """Least goods value of a buyer's first order; later orders use `reorder_minimum_minor`."""
    reorder_minimum_minor: Mapped[int]
    inspection_days: Mapped[int]
    stock_display: Mapped[str]
    """exact, band or hidden"""
    exposure_cap_minor: Mapped[int | None]
    """Cap of an order while the vendor is new, in its own currency; None once proven."""
    holiday_from: Mapped[date | None]
    holiday_until: Mapped[date | None]
    payout_active_at: Mapped[datetime | None]
    """Since when the payout account can be paid; without it nothing can be bought."""
    submitted_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    created_at: Mapped[datetime]

    def move(self, to: VendorState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to

    @property
    def is_seen(self) -> bool:
        """Whether anything of the vendor may be shown."""
        return self.state in SEEN_STATES


class RequirementState(StrEnum):
    """Where one line of the checklist stands."""

    OPEN = "open"  # the vendor has not given it
    PROVIDED = "provided"  # given, not yet looked at
    PASSED = "passed"  # checked and right
    FAILED = "failed"  # checked and wrong; the reason says what


class Requirement(Base):
    """One line of a vendor's checklist: what has to be shown before it may sell."""

    __tablename__ = "vendor_requirements"
    __table_args__ = (UniqueConstraint("vendor_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    kind: Mapped[str]
    """registry, tax_id, address, owners, payout_account or agreement"""
    state: Mapped[RequirementState] = mapped_column(enum_type(RequirementState, "state"))
    value: Mapped[str | None]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id))
    reason: Mapped[str | None]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class LevelCheck(Base):
    """What was checked for a level: by whom, how, when, until when. The shown level is the highest n with 0…n all valid today."""

    __tablename__ = "vendor_level_checks"
    __table_args__ = (Index("ix_vendor_level_checks_vendor_id", "vendor_id"), CheckConstraint("level BETWEEN 1 AND 4", name="level"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    level: Mapped[int]
    checked_by: Mapped[str]
    method: Mapped[str]
    checked_on: Mapped[date]
    valid_until: Mapped[date | None]
    points: Mapped[int | None]
    withdrawn_at: Mapped[datetime | None]


class Certificate(Base):
    """Evidence with issuer, number, scope and dates."""

    __tablename__ = "certificates"
    __table_args__ = (Index("ix_certificates_vendor_id", "vendor_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    scheme: Mapped[str]
    number: Mapped[str]
    issuer: Mapped[str]
    scope: Mapped[str | None]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id))
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None]


class ShippingMethod(Base):
    """How a vendor ships: zone × weight band × price (product.md §4). The first one is used so far (decisions.md 6)."""

    __tablename__ = "shipping_methods"
    __table_args__ = (UniqueConstraint("vendor_id", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    key: Mapped[str]
    name: Mapped[dict[str, Any]]
    incoterm: Mapped[str]
    position: Mapped[int]
    zones: Mapped[list[Any]]
    """[{zone, countries: [code], days: [from, to], bands: [{up_to_g, price_minor}]}], bands rising; prices in the vendor's currency"""
