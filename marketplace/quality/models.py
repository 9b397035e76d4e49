"""What this room counts by itself, and the appeals of vendors against what the platform decided about them."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, Index, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.models import Product
from marketplace.core.db import Base, enum_type
from vendors.models import Vendor


class ProductViewDay(Base):
    """How often the page of a product was opened on a day (UTC), by anybody but its vendor and the platform. No personal data."""

    __tablename__ = "product_view_days"
    __table_args__ = (CheckConstraint("views > 0", name="views"),)

    product_id: Mapped[UUID] = mapped_column(ForeignKey(Product.id), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    views: Mapped[int]


class DecisionKind(StrEnum):
    """What of the platform's decisions a vendor can appeal against (product.md §10)."""

    APPLICATION_REFUSED = "application_refused"  # the company may not sell here
    SUSPENDED = "suspended"  # nothing of the shop is seen or sold
    PRODUCT_REFUSED = "product_refused"  # one listing was turned down
    PRODUCT_TAKEN_DOWN = "product_taken_down"  # one listing on sale was taken down
    CHANGE_REFUSED = "change_refused"  # a change of one listing on sale was turned down


class AppealState(StrEnum):
    """Where an appeal of a decision stands."""

    OPEN = "open"  # a person who did not take the decision looks at it
    UPHELD = "upheld"  # the decision stands
    GRANTED = "granted"  # the decision was wrong, and is undone
    WITHDRAWN = "withdrawn"  # the vendor has taken it back


class VendorAppeal(Base):
    """A vendor's appeal of one decision: the decision as it stood, what the vendor says, and the answer of another person.

    Appeals against the ruling of a claim are of the orders: `claim_appeals`.
    """

    __tablename__ = "vendor_appeals"
    __table_args__ = (
        CheckConstraint("decided_by <> decision_by", name="four_eyes"),
        CheckConstraint("(state IN ('upheld', 'granted')) = (decided_by IS NOT NULL AND answer IS NOT NULL)", name="answered"),
        CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("(kind IN ('product_refused', 'product_taken_down', 'change_refused')) = (product_id IS NOT NULL)", name="product"),
        Index("uq_vendor_appeals_decision_id", "decision_id", unique=True),
        Index("ix_vendor_appeals_vendor_id", "vendor_id"),
        Index("ix_vendor_appeals_open", "due_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey(Vendor.id))
    kind: Mapped[DecisionKind] = mapped_column(enum_type(DecisionKind, "kind"))
    product_id: Mapped[UUID | None] = mapped_column(ForeignKey(Product.id))
    decision_id: Mapped[UUID]
    """The line of the audit log that is the decision: each can be appealed against once, a new decision anew."""
    decision_at: Mapped[datetime]
    decision_by: Mapped[UUID | None]
    """Who took it and may not answer the appeal; None: the platform's own clockwork."""
    decision_by_name: Mapped[str]
    decision_reasons: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """The statement of reasons as it stood; where it is about a product, codes of `catalogue.reasons` and behind them what was written."""
    said: Mapped[str]
    """Why the vendor thinks it wrong."""
    file_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    filed_by: Mapped[UUID | None]
    filed_by_name: Mapped[str]
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]
    assigned_to: Mapped[UUID | None]
    """The verifier who works on it; None: nobody has taken it."""
    state: Mapped[AppealState] = mapped_column(enum_type(AppealState, "state"))
    decided_by: Mapped[UUID | None]
    decided_by_name: Mapped[str | None]
    answer: Mapped[str | None]
    """Why, for the vendor to read."""
    closed_at: Mapped[datetime | None]
    """When it was decided or taken back."""
