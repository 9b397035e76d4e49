"""Reviews and replies (product.md §11)."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


class Review(Base):
    """A buyer company's verified judgement of one delivered line: one per line."""

    __tablename__ = "reviews"
    __table_args__ = (
        CheckConstraint(
            "stars BETWEEN 1 AND 5 AND quality BETWEEN 1 AND 5 AND on_time BETWEEN 1 AND 5"
            " AND communication BETWEEN 1 AND 5 AND documents BETWEEN 1 AND 5",
            name="marks",
        ),
        Index("ix_reviews_vendor_id_written_at", "vendor_id", "written_at"),
        Index("ix_reviews_product_id_written_at", "product_id", "written_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), unique=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    person_id: Mapped[UUID | None]
    stars: Mapped[int]
    quality: Mapped[int]
    on_time: Mapped[int]
    communication: Mapped[int]
    documents: Mapped[int]
    would_reorder: Mapped[bool]
    text: Mapped[str]
    language: Mapped[str]
    label: Mapped[str]
    """verified_order, verified_sample, incentivised, imported or in_use"""
    spend_minor: Mapped[int]
    """Goods value of the line in the vendor's currency: the weight of the review."""
    written_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    proof_withdrawn_at: Mapped[datetime | None]
    """When the whole order was refunded: the review stays to be read, without its proof mark and outside the score."""


class ReviewReply(Base):
    """The vendor's answer to a review; one each."""

    __tablename__ = "review_replies"

    review_id: Mapped[UUID] = mapped_column(ForeignKey("reviews.id"), primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    person_id: Mapped[UUID | None]
    text: Mapped[str]
    written_at: Mapped[datetime]
