"""Sponsored places."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


class SponsoredPlace(Base):
    """A product above the results of some words, or of a category and those below it, from one day to another."""

    __tablename__ = "sponsored_places"
    __table_args__ = (
        CheckConstraint("(words = '') <> (category_id IS NULL)", name="words_or_category"),
        CheckConstraint("from_on <= until_on", name="days"),
        Index("ix_sponsored_places_until_on", "until_on", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    words: Mapped[str]
    """All of them must be in the query; empty for a place in a category."""
    from_on: Mapped[date]
    until_on: Mapped[date]
    """The last day."""
    made_at: Mapped[datetime]
    made_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    """When it was ended before its last day."""
