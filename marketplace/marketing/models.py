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
        CheckConstraint("click_price_minor >= 0 AND monthly_cap_minor >= click_price_minor", name="price"),
        CheckConstraint("spent_minor >= 0 AND spent_minor <= monthly_cap_minor", name="spent"),
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
    currency: Mapped[str]
    """The vendor's, when the place was made."""
    click_price_minor: Mapped[int]
    monthly_cap_minor: Mapped[int]
    spent_month: Mapped[date | None]
    """The first day of the month, in UTC, that `spent_minor` is of; empty before the first click."""
    spent_minor: Mapped[int]
    made_at: Mapped[datetime]
    made_by_name: Mapped[str]
    ended_at: Mapped[datetime | None]
    """When it was ended before its last day."""

    def spent_in(self, month: date) -> int:
        """What the clicks of a month, named by its first day, cost so far."""
        return self.spent_minor if self.spent_month == month else 0


class SponsoredDay(Base):
    """How often a place was clicked on a day, and what that cost. Who clicked is not kept."""

    __tablename__ = "sponsored_days"

    place_id: Mapped[UUID] = mapped_column(ForeignKey("sponsored_places.id"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    clicks: Mapped[int]
    cost_minor: Mapped[int]
