"""Vendors and what was checked about them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
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
    RECHECK_DUE = "recheck_due"  # approved; the check of its identity has run out, or soon will


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
CHECKED_STATES = SEEN_STATES | {VendorState.SUSPENDED}
"""The facts of these were checked: they change by a `FactChange` alone."""


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
    holiday_note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the vendor says about its holiday, by language."""
    closed_days: Mapped[list[date]] = mapped_column(ARRAY(Date), default=list)
    """Public holidays and other days without work: no business days of this vendor."""
    best_at: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What it is best at in one line, by language."""
    capabilities: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{processes: [key], materials: [key], industries: [key], capacity_month, capacity_unit, tolerance_um, largest_mm, lot_from, lot_to}"""
    terms: Mapped[list[str]] = mapped_column(default=lambda: ["protected"])
    """Payment terms that it offers, as words only: keys of `lists.TERMS`. Whether a buyer gets them is another matter."""
    terms_note: Mapped[dict[str, Any]] = mapped_column(default=dict)
    payout_active_at: Mapped[datetime | None]
    """Since when the payout account can be paid; without it nothing can be bought."""
    submitted_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    assigned_to: Mapped[UUID | None]
    """The verifier who works on the case; None: nobody has taken it."""
    second_asked_by: Mapped[UUID | None]
    """Who has asked for a second reader: the approval is then another person's."""
    second_asked_at: Mapped[datetime | None]
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


class LookUp(StrEnum):
    """What a register or an issuer says about a paper."""

    AGREES = "agrees"  # the same there
    DIFFERS = "differs"  # something is written differently; the note says what
    NOT_FOUND = "not_found"  # they do not know it
    NO_REGISTER = "no_register"  # there is nowhere to look it up


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
    ticked: Mapped[list[str]] = mapped_column(default=list)
    """Points of the checklist that the verifier has seen to be right: keys of `requirements.KINDS[kind].points`."""
    look_up: Mapped[LookUp | None] = mapped_column(enum_type(LookUp, "look_up"))
    look_up_at: Mapped[str | None]
    """Where it was looked up: the name of the register or of the issuer."""
    look_up_note: Mapped[str | None]
    looked_up_at: Mapped[datetime | None]
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
    note: Mapped[str | None]
    """What was seen, for the reader of the shop."""
    photo_ids: Mapped[list[UUID]] = mapped_column(default=list)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_reason: Mapped[str | None]


class ProposalState(StrEnum):
    """Where a level stands that needs a second pair of eyes."""

    OPEN = "open"  # waits for the second reader
    CONFIRMED = "confirmed"  # it became a check
    REFUSED = "refused"  # turned down, with the reason
    RETURNED = "returned"  # taken back by whoever proposed it


class LevelProposal(Base):
    """A level that one verifier has recorded and another must confirm: four eyes for level 3 (product.md §10)."""

    __tablename__ = "vendor_level_proposals"
    __table_args__ = (
        CheckConstraint("level BETWEEN 2 AND 4", name="level"),
        CheckConstraint("points BETWEEN 0 AND 100", name="points"),
        CheckConstraint("decided_by IS NULL OR state = 'returned' OR decided_by <> proposed_by", name="four_eyes"),
        Index("uq_vendor_level_proposals_open", "vendor_id", "level", unique=True, postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    level: Mapped[int]
    auditor: Mapped[str]
    method: Mapped[str]
    checked_on: Mapped[date]
    valid_until: Mapped[date]
    points: Mapped[int | None]
    note: Mapped[str | None]
    photo_ids: Mapped[list[UUID]]
    state: Mapped[ProposalState] = mapped_column(enum_type(ProposalState, "state"))
    proposed_by: Mapped[UUID]
    proposed_by_name: Mapped[str]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None]


class CertificateScope(StrEnum):
    """What a certificate speaks of."""

    COMPANY = "company"
    SITE = "site"
    PRODUCTS = "products"


class Certificate(Base):
    """Evidence with issuer, number, scope and dates. What was once checked is never deleted: orders of its days rely on it."""

    __tablename__ = "certificates"
    __table_args__ = (
        Index("ix_certificates_vendor_id", "vendor_id"),
        Index(
            "ix_certificates_to_check",
            "due_at",
            postgresql_where=text("checked_at IS NULL AND refused_at IS NULL AND withdrawn_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    scheme: Mapped[str]
    """The name as it stands on papers: ISO 9001."""
    number: Mapped[str]
    issuer: Mapped[str]
    scope_kind: Mapped[CertificateScope] = mapped_column(enum_type(CertificateScope, "scope_kind"), default=CertificateScope.COMPANY)
    scope: Mapped[str | None]
    """Which site or products, in words."""
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id))
    is_file_public: Mapped[bool] = mapped_column(default=False)
    """Buyers may open the file while the claim is shown."""
    sent_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    """When the desk's answer is due; None once it is given."""
    assigned_to: Mapped[UUID | None]
    ticked: Mapped[list[str]] = mapped_column(default=list)
    """Points of the checklist that were seen to be right: keys of `certificates.POINTS`."""
    look_up: Mapped[LookUp | None] = mapped_column(enum_type(LookUp, "look_up"))
    look_up_note: Mapped[str | None]
    looked_up_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None]
    refused_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    """From this moment the claim is shown no longer, whatever its dates say."""
    reason: Mapped[str | None]
    """Why it was refused or withdrawn; the vendor reads it."""


class ShippingKind(StrEnum):
    """What a shipping method is (product.md §4)."""

    TABLE = "table"  # zone × weight and volume band × price
    COLLECTION = "collection"  # the buyer fetches the goods; never chosen by itself
    ON_REQUEST = "on_request"  # the vendor names a price when asked; nothing can be ordered by it


class ShippingMethod(Base):
    """How a vendor ships: zone × weight/volume band × price, free from an amount, collection, or on request (product.md §4)."""

    __tablename__ = "shipping_methods"
    __table_args__ = (
        UniqueConstraint("vendor_id", "key"),
        CheckConstraint("free_from_minor > 0", name="free_from"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    key: Mapped[str]
    name: Mapped[dict[str, Any]]
    incoterm: Mapped[str]
    """Incoterms 2020: who pays freight and duty."""
    position: Mapped[int]
    kind: Mapped[ShippingKind] = mapped_column(enum_type(ShippingKind, "kind"), default=ShippingKind.TABLE)
    free_from_minor: Mapped[int | None]
    """Goods value of a delivery from which it costs nothing; None: never."""
    currency: Mapped[str | None]
    """Of its prices; None: the vendor's own. Prices agreed in another currency need a method in that currency."""
    zones: Mapped[list[Any]]
    """[{zone, countries: [code], days: [from, to], bands: [{up_to_g, up_to_cm3 (optional), price_minor}]}], bands rising.

    Collection needs no bands; on request without zones is for everywhere.
    """


class ListKind(StrEnum):
    """Lists that the operator keeps."""

    SCHEME = "scheme"
    PROCESS = "process"
    MATERIAL = "material"
    INDUSTRY = "industry"


class ListEntry(Base):
    """What the operator has added to one of its lists, or taken out of it. The usual entries stand in `lists.USUAL`."""

    __tablename__ = "vendor_list_entries"

    kind: Mapped[ListKind] = mapped_column(enum_type(ListKind, "kind"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[dict[str, Any]] = mapped_column(JSONB(none_as_null=True))
    """By language; a scheme has one name everywhere."""
    withdrawn_at: Mapped[datetime | None]
    """Offered no longer; vendors that have chosen it keep it."""


class CustomerNote(Base):
    """What a vendor writes for itself about a customer. The customer never sees it."""

    __tablename__ = "vendor_customer_notes"
    __table_args__ = (Index("ix_vendor_customer_notes_vendor_id_buyer_id", "vendor_id", "buyer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey(Company.id))
    text: Mapped[str]
    written_by: Mapped[UUID]
    written_by_name: Mapped[str]
    written_at: Mapped[datetime]
