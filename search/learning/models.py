"""The operator's synonyms and pins with their history; searches, and what followed from them."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, Double, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class SynonymKind(StrEnum):
    """Which way a synonym is read."""

    BOTH = "both"  # whoever searches for one of the words finds them all
    ONE_WAY = "one_way"  # whoever searches for the first also finds the others


class SynonymLanguage(StrEnum):
    """What language the words are in: for people who look for a rule; a search holds any language."""

    ENGLISH = "en"
    CHINESE = "zh"
    ENGLISH_AND_CHINESE = "en-zh"
    OTHER = "other"


class RuleKind(StrEnum):
    """What a change was made to."""

    SYNONYM = "synonym"
    PIN = "pin"


class SynonymRule(Base):
    """Words of the operator that mean the same; they come over the shipped tables, and no document knows of them."""

    __tablename__ = "search_synonyms"
    __table_args__ = (CheckConstraint("cardinality(terms) >= 2", name="terms"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[SynonymKind] = mapped_column(enum_type(SynonymKind, "kind"))
    language: Mapped[SynonymLanguage] = mapped_column(enum_type(SynonymLanguage, "language"))
    terms: Mapped[list[str]]
    """As they were typed; the first is the one that is searched for."""
    is_active: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str]


class Pin(Base):
    """Variants that stand first, in this order, for one query."""

    __tablename__ = "search_pins"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    """The query as `wishes.query_key` writes it."""
    words: Mapped[str]
    """The query as it was typed."""
    variant_ids: Mapped[list[UUID]]
    is_active: Mapped[bool]
    changed_at: Mapped[datetime]
    changed_by_name: Mapped[str]


class RuleChange(Base):
    """One change of a synonym or a pin, with what was before: it can be taken back while it still stands. Empty: there was none."""

    __tablename__ = "search_rule_changes"
    __table_args__ = (Index("ix_search_rule_changes_subject_id_made_at", "subject_id", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[RuleKind] = mapped_column(enum_type(RuleKind, "kind"))
    subject_id: Mapped[UUID]
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    made_by: Mapped[UUID | None]
    made_by_name: Mapped[str]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_name: Mapped[str]
    """Who took it back; empty where nobody has, or where that was not kept."""


class SearchRecord(Base):
    """A page of results as it was answered. No person, no address, no session; the company as a keyed hash (`trails.company_mark`)."""

    __tablename__ = "searches"
    __table_args__ = (
        Index("ix_searches_asked_at", "asked_at"),
        # With all that sums by query read: a row holds what a page showed, and is twenty times as long.
        Index("ix_searches_key_asked_at", "key", "asked_at", postgresql_include=["id", "page", "found", "took_ms", "is_relaxed"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    asked_at: Mapped[datetime]
    key: Mapped[str]
    """The query as `wishes.query_key` writes it; empty where a category or everything was listed."""
    words: Mapped[str]
    """As they were typed, without a count that was read as how many somebody wants: all who look for a hex bolt look for the same."""
    category: Mapped[str]
    filters: Mapped[dict[str, Any]]
    """Name of each filter → its values, as the address has them; `count` → the count that the words had."""
    sort: Mapped[str]
    page: Mapped[int]
    found: Mapped[int]
    took_ms: Mapped[int]
    correction: Mapped[str]
    """What was searched instead of what was written; empty where nothing was corrected."""
    is_relaxed: Mapped[bool]
    language: Mapped[str]
    company_mark: Mapped[str]
    first_position: Mapped[int]
    """The position of the first of `variants` among all results, from 1."""
    variants: Mapped[list[UUID]]
    """What was shown, in order."""
    versions: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    """The document's version of each."""
    vendors: Mapped[list[UUID]]
    """The vendor of each."""
    matches: Mapped[dict[str, Any]]
    """Vendor → how many of its goods matched, for those with the most and those that are shown."""


class SearchHour(Base):
    """An hour that is over and has its sums; one without is counted from its searches (`hours`)."""

    __tablename__ = "search_hours"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    """When it began."""


class VendorSum(Base):
    """What the first pages of an hour, of searches with words and of any vendor, gave to a vendor. No foreign key: vendors may go."""

    __tablename__ = "search_vendor_sums"

    hour: Mapped[datetime] = mapped_column(ForeignKey("search_hours.hour", ondelete="CASCADE"), primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(primary_key=True)
    times: Mapped[int]
    """Searches that showed it."""
    weight: Mapped[float] = mapped_column(Double)
    """What its places got of the attention: the sum of 1 / log2(1 + position)."""
    fair_times: Mapped[int]
    """Searches that showed it and have kept how many of its goods matched."""
    fair_weight: Mapped[float] = mapped_column(Double)
    """What it would have got by its share of what matched."""


class PositionSum(Base):
    """How often a position was shown in an hour, by searches with words, on any page."""

    __tablename__ = "search_position_sums"

    hour: Mapped[datetime] = mapped_column(ForeignKey("search_hours.hour", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    times: Mapped[int]


class SearchActKind(StrEnum):
    """What somebody did with a result."""

    CLICK = "click"  # opened its page
    COMPARE = "compare"
    CART = "cart"
    ORDER = "order"


class SearchAct(Base):
    """What followed from one place of one page of results, counted once for each variant whatever how often.

    Of one hit several sizes can be put into the cart, and each of them ordered.
    """

    __tablename__ = "search_acts"
    __table_args__ = (Index("ix_search_acts_at", "at"), Index("ix_search_acts_variant_id_kind", "variant_id", "kind"))

    search_id: Mapped[UUID] = mapped_column(ForeignKey("searches.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SearchActKind] = mapped_column(enum_type(SearchActKind, "kind"), primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime]
