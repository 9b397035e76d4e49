"""Purchases: what one checkout creates. Names and sums are copies, never links."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class PurchaseState(StrEnum):
    """Where a purchase stands (product.md §8)."""

    PENDING_APPROVAL = "pending_approval"  # waits for an approver; vendors see nothing
    PLACED = "placed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"


class Purchase(Base):
    """What one checkout creates: one vendor order per vendor, one payment per currency."""

    __tablename__ = "purchases"
    __table_args__ = (Index("ix_purchases_buyer_id_placed_at_id", "buyer_id", "placed_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id"), unique=True)
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    placed_by_name: Mapped[str]
    state: Mapped[PurchaseState] = mapped_column(enum_type(PurchaseState, "state"))
    buyer_reference: Mapped[str | None]
    """The buyer's own purchase order number."""
    ship_to: Mapped[dict[str, Any]]
    """Copy of the location: {name, street, postcode, city, region, country, dock}"""
    currency: Mapped[str]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    note: Mapped[str | None]
    placed_at: Mapped[datetime]
