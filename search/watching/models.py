"""Saved searches, follows and wishes: each is of one company and of the person who made it."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class WishState(StrEnum):
    """Where a wish stands."""

    OPEN = "open"  # factories may answer it
    WITHDRAWN = "withdrawn"  # the buyer looks for it no longer


class QuoteWish(Base):
    """What a buyer looked for and did not find: factories are to be asked for it."""

    __tablename__ = "quote_wishes"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_quote_wishes_company_id_created_at", "company_id", "created_at"),
        Index("ix_quote_wishes_created_at_id", "created_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    person_name: Mapped[str]
    words: Mapped[str]
    """What is wanted, as the buyer says it."""
    quantity: Mapped[Decimal | None]
    """In `unit`, which is the buyer's own word; None: not said."""
    unit: Mapped[str]
    wanted_on: Mapped[date | None]
    note: Mapped[str]
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    """Where the buyer thinks that it belongs."""
    language: Mapped[str]
    """The locale in which it was written."""
    state: Mapped[WishState] = mapped_column(enum_type(WishState, "state"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class Alert(StrEnum):
    """How soon somebody hears of new matches."""

    NEVER = "never"  # only when the list is opened
    DAILY = "daily"  # one mail a day
    WEEKLY = "weekly"  # one mail a week
    AT_ONCE = "at_once"  # within minutes


class SavedSearch(Base):
    """A search that somebody makes again: the parameters of its address, never what it found at which price."""

    __tablename__ = "saved_searches"
    __table_args__ = (
        Index("uq_saved_searches_name", "company_id", "person_id", text("lower(name)"), unique=True),
        Index("ix_saved_searches_looked_at", "looked_at", postgresql_where=text("alert <> 'never'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str]
    query: Mapped[str]
    """The query string of the result page, with country and quantity, without its place."""
    category: Mapped[str | None]
    """Slug of the category whose page it is; None: the search page."""
    alert: Mapped[Alert] = mapped_column(enum_type(Alert, "alert"))
    known: Mapped[list[UUID]] = mapped_column(deferred=True)
    """Variants that it found when it was last opened: what it finds besides is new."""
    told: Mapped[list[UUID]] = mapped_column(deferred=True)
    """Variants that a look has found: nothing is told twice."""
    created_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    looked_at: Mapped[datetime]
    """When the last alert looked: prices that fell since then are news."""


class FollowKind(StrEnum):
    """What is followed."""

    VENDOR = "vendor"  # a shop with all its goods
    PRODUCT = "product"  # one listing
    CATEGORY = "category"  # all goods of a category and below


class Follow(Base):
    """Somebody wants to hear of a vendor, a product or a category."""

    __tablename__ = "follows"
    __table_args__ = (UniqueConstraint("company_id", "person_id", "kind", "subject_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[FollowKind] = mapped_column(enum_type(FollowKind, "kind"))
    subject_id: Mapped[UUID]
    """Id of the vendor, the product or the category."""
    created_at: Mapped[datetime]
