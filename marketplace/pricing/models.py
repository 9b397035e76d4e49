"""Dated tables that the operator edits (tax, duty, indicative rates), and what vendors agree with buyers: price lists and segments."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.accounts.models import Company, Location
from marketplace.catalogue.models import Category, Variant
from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove
from vendors.models import Vendor


class TaxRate(Base):
    """A rate of one jurisdiction and class from a day on."""

    __tablename__ = "tax_rates"
    __table_args__ = (UniqueConstraint("country", "region", "tax_class", "valid_from"), CheckConstraint("rate_bp >= 0", name="rate"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str]
    region: Mapped[str]
    """Empty for the whole country."""
    tax_class: Mapped[str]
    rate_bp: Mapped[int]
    valid_from: Mapped[date]
    is_example: Mapped[bool]
    """Shipped as an example; the operator has not vouched for it."""


class CategoryTaxClass(Base):
    """The tax class of all goods of a category and of those below it; the nearest one counts, and without any it is `standard`."""

    __tablename__ = "category_tax_classes"

    category_id: Mapped[UUID] = mapped_column(ForeignKey(Category.id), primary_key=True)
    tax_class: Mapped[str]


class DutyRate(Base):
    """What a country or customs union takes of the customs value of goods whose HS code begins so, from a day on."""

    __tablename__ = "duty_rates"
    __table_args__ = (
        UniqueConstraint("country", "hs_prefix", "valid_from"),
        CheckConstraint("rate_bp >= 0", name="rate"),
        CheckConstraint("hs_prefix ~ '^[0-9]{2,10}$'", name="hs_prefix"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str]
    """Where the goods go; `EU` is the customs union."""
    hs_prefix: Mapped[str]
    """2 to 10 digits; of all rows that fit a code the longest counts."""
    rate_bp: Mapped[int]
    valid_from: Mapped[date]
    is_example: Mapped[bool]


class ExchangeRate(Base):
    """An indication: what one unit of a currency is worth in the platform's currency from a day on. Never used to charge."""

    __tablename__ = "exchange_rates"
    __table_args__ = (CheckConstraint("rate > 0", name="rate"),)

    currency: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal]
    source: Mapped[str]


class Segment(Base):
    """A vendor's own group of buyers. Only the vendor knows its name and its members; a member knows that it is in one."""

    __tablename__ = "segments"
    __table_args__ = (UniqueConstraint("vendor_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey(Vendor.id))
    name: Mapped[str]
    created_at: Mapped[datetime]


class SegmentMember(Base):
    """A company in a segment. The vendor stands on the row so that row security needs no join."""

    __tablename__ = "segment_members"
    __table_args__ = (Index("ix_segment_members_company_id", "company_id"),)

    segment_id: Mapped[UUID] = mapped_column(ForeignKey(Segment.id), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.id), primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey(Vendor.id))
    added_at: Mapped[datetime]


class ListKind(StrEnum):
    """Where the prices of a list come from."""

    FIXED = "fixed"  # written down variant by variant
    FORMULA = "formula"  # reckoned from the public prices or from another list


class Standing(StrEnum):
    """How a list ranks against others (product.md §4)."""

    CONTRACT = "contract"  # agreed with the buyer: goes before every other list
    LIST = "list"  # the vendor's own


class ListState(StrEnum):
    """Whether a list counts; its dates say from when until when."""

    DRAFT = "draft"  # only the vendor sees it
    ACTIVE = "active"  # counts within its dates
    ENDED = "ended"  # taken back; its history stays


MOVES: dict[ListState, frozenset[ListState]] = {
    ListState.DRAFT: frozenset({ListState.ACTIVE, ListState.ENDED}),
    ListState.ACTIVE: frozenset({ListState.ENDED}),
    ListState.ENDED: frozenset(),
}


class PriceList(Base):
    """Prices of one vendor for companies, delivery addresses or segments, within dates. It may be in another currency than the shop."""

    __tablename__ = "price_lists"
    __table_args__ = (
        UniqueConstraint("vendor_id", "name"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
        CheckConstraint("base_list_id IS NULL OR kind = 'formula'", name="base"),
        Index("ix_price_lists_vendor_id_updated_at_id", "vendor_id", "updated_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey(Vendor.id))
    name: Mapped[str]
    currency: Mapped[str]
    kind: Mapped[ListKind] = mapped_column(enum_type(ListKind, "kind"))
    standing: Mapped[Standing] = mapped_column(enum_type(Standing, "standing"))
    state: Mapped[ListState] = mapped_column(enum_type(ListState, "state"))
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    """The last day; None is open."""
    base_list_id: Mapped[UUID | None] = mapped_column(ForeignKey("price_lists.id"))
    """The fixed list that a formula stands on; None: the public prices."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    """Its version: a form names the one that it was filled in from."""

    def counts_on(self, day: date) -> bool:
        """Whether it counts on a day, for whomever it is meant."""
        return self.state is ListState.ACTIVE and self.valid_from <= day and (self.valid_until is None or self.valid_until >= day)

    def move(self, to: ListState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class Rounding(StrEnum):
    """Which way a reckoned price goes to its step."""

    NEAREST = "nearest"  # half goes up
    UP = "up"
    DOWN = "down"


class PriceListFormula(Base):
    """How a formula list reckons from a day on. Append-only: of the rows that have begun the latest counts."""

    __tablename__ = "price_list_formulas"
    __table_args__ = (
        CheckConstraint("percent_bp BETWEEN -10000 AND 100000", name="percent"),
        CheckConstraint("round_micro >= 1", name="round"),
        Index("ix_price_list_formulas_latest", "price_list_id", "valid_from", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    price_list_id: Mapped[UUID] = mapped_column(ForeignKey(PriceList.id))
    vendor_id: Mapped[UUID]
    valid_from: Mapped[date]
    percent_bp: Mapped[int]
    """Added to the base price; -300 is 3 % less."""
    bands: Mapped[list[Any]]
    """[[from quantity in display units, percent_bp]], rising quantities, falling percents; below the first one `percent_bp` counts"""
    round_micro: Mapped[int]
    """The step that a price is rounded to, in millionths of the major unit."""
    rounding: Mapped[Rounding] = mapped_column(enum_type(Rounding, "rounding"))
    made_at: Mapped[datetime]


class PriceListPrice(Base):
    """What a variant costs in a fixed list from a day on. Append-only: of the rows that have begun the latest counts."""

    __tablename__ = "price_list_prices"
    __table_args__ = (
        CheckConstraint("price_per >= 1", name="price_per"),
        Index("ix_price_list_prices_latest", "price_list_id", "variant_id", "valid_from", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    price_list_id: Mapped[UUID] = mapped_column(ForeignKey(PriceList.id))
    vendor_id: Mapped[UUID]
    variant_id: Mapped[UUID] = mapped_column(ForeignKey(Variant.id))
    valid_from: Mapped[date]
    price_per: Mapped[int]
    """Base units that the prices are for, as the variant had it when they were written."""
    tiers: Mapped[list[Any]]
    """[[from quantity in base units, unit_price_micro]], rising; empty: not in the list any more"""
    made_at: Mapped[datetime]


class PriceListSegment(Base):
    """A list that is meant for a segment."""

    __tablename__ = "price_list_segments"

    price_list_id: Mapped[UUID] = mapped_column(ForeignKey(PriceList.id), primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(ForeignKey(Segment.id), primary_key=True)
    vendor_id: Mapped[UUID]


class PriceListCompany(Base):
    """A company that a list is meant for, and why: itself, one of its addresses, or its place in a segment.

    Row security compares with this table (decisions.md 11), so members of segments are written here too.
    """

    __tablename__ = "price_list_companies"
    __table_args__ = (
        UniqueConstraint(
            "price_list_id",
            "company_id",
            "location_id",
            "segment_id",
            name="uq_price_list_companies_once",
            postgresql_nulls_not_distinct=True,
        ),
        CheckConstraint("location_id IS NULL OR segment_id IS NULL", name="one_reason"),
        Index("ix_price_list_companies_company_id", "company_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    price_list_id: Mapped[UUID] = mapped_column(ForeignKey(PriceList.id))
    vendor_id: Mapped[UUID]
    company_id: Mapped[UUID] = mapped_column(ForeignKey(Company.id))
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey(Location.id))
    segment_id: Mapped[UUID | None] = mapped_column(ForeignKey(Segment.id))
