"""The category tree with its typed attributes, and items."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class Category(Base):
    """A node of the tree; products stand on leaves. `path` holds the ids from the root to itself."""

    __tablename__ = "categories"
    __table_args__ = (Index("ix_categories_path", "path", postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    path: Mapped[list[UUID]]
    name: Mapped[dict[str, Any]]
    unspsc: Mapped[str | None]
    hs_codes: Mapped[list[str]]
    is_leaf: Mapped[bool]
    position: Mapped[int]
    retired_at: Mapped[datetime | None]
    """Takes no product any more; its address leads to where its products went, or to its parent."""
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    """The category that took its products."""


class AttributeKind(StrEnum):
    """What values an attribute takes."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"


class AttributeDefinition(Base):
    """A typed attribute. Numbers are stored in its unit."""

    __tablename__ = "attribute_definitions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[AttributeKind] = mapped_column(enum_type(AttributeKind, "kind"))
    unit: Mapped[str | None]
    name: Mapped[dict[str, Any]]
    choices: Mapped[list[Any]]
    """[{code, en, zh-Hans}] of a choice"""


class CategoryAttribute(Base):
    """An attribute that a category asks for."""

    __tablename__ = "category_attributes"

    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"), primary_key=True)
    attribute_id: Mapped[UUID] = mapped_column(ForeignKey("attribute_definitions.id"), primary_key=True)
    is_required: Mapped[bool]
    is_facet: Mapped[bool]
    is_comparable: Mapped[bool] = mapped_column(server_default=text("true"))
    """Stands as a row where buyers compare."""
    position: Mapped[int]


class CategoryChangeKind(StrEnum):
    """What the desk did to the tree."""

    ADDED = "added"
    EDITED = "edited"  # names, codes, place in the tree
    RETIRED = "retired"
    MERGED = "merged"  # its products went to another category
    ATTRIBUTE_SET = "attribute_set"
    ATTRIBUTE_REMOVED = "attribute_removed"  # no longer asked for; products keep their values


class CategoryMove(StrEnum):
    """How far a change is whose listings move along; every other one stands at once."""

    MOVING = "moving"
    STANDS = "stands"
    MOVING_BACK = "moving_back"
    UNDONE = "undone"


class CategoryChange(Base):
    """One change of a category, with what was before: it can be taken back while nothing has been changed since."""

    __tablename__ = "category_changes"
    __table_args__ = (Index("ix_category_changes_category_id_made_at", "category_id", "made_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    kind: Mapped[CategoryChangeKind] = mapped_column(enum_type(CategoryChangeKind, "kind"))
    subject_id: Mapped[UUID]
    """The category itself, or the attribute."""
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    product_ids: Mapped[list[UUID]]
    """The listings that moved along, so far."""
    state: Mapped[CategoryMove] = mapped_column(enum_type(CategoryMove, "state"))
    total: Mapped[int]
    """How many listings move, or move back."""
    done: Mapped[int]
    """How many have been dealt with."""
    made_by: Mapped[UUID | None]
    made_by_name: Mapped[str]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]


class Item(Base):
    """The same manufactured thing from several vendors; it only links variants: by GTIN, or by brand and MPN."""

    __tablename__ = "items"
    __table_args__ = (CheckConstraint("gtin_key IS NOT NULL OR maker_key IS NOT NULL", name="key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    gtin_key: Mapped[str | None] = mapped_column(unique=True)
    """The GTIN in 14 digits."""
    maker_key: Mapped[str | None] = mapped_column(unique=True)
    """`brand:mpn` without spelling, so that distributors who give no GTIN are linked too."""
