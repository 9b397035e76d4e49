"""Carts and requisition lists, with their lines."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


class Cart(Base):
    """A person's basket in one company. It is open until a checkout turns it into a purchase."""

    __tablename__ = "carts"
    __table_args__ = (
        Index("uq_carts_open", "company_id", "person_id", unique=True, postgresql_where=text("purchase_id IS NULL")),
        CheckConstraint("(purchase_id IS NULL) = (ordered_at IS NULL)", name="ordered"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("people.id"))
    purchase_id: Mapped[UUID | None]
    """What the checkout made of it: a row of a room above, so a plain id."""
    ordered_at: Mapped[datetime | None]
    methods: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{vendor id: key of the shipping method that the buyer chose}; a vendor that is not named ships by the cheapest that serves."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    """Its version: a checkout names the one that the buyer saw."""


class CartLine(Base):
    """A variant and a quantity of base units, or its sample. The price that was shown is kept for display only."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index("ix_cart_lines_variant_id_added_at", "variant_id", "added_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    is_sample: Mapped[bool] = mapped_column(default=False)
    """The sample of the variant: it is decided on before the goods, so a cart holds one or the other."""
    quantity: Mapped[int]
    shown_price_micro: Mapped[int]
    """Unit price as the buyer last confirmed it by adding or changing; a differing price is said, never used."""
    shown_at: Mapped[datetime]
    added_at: Mapped[datetime]


class RequisitionList(Base):
    """Goods that a company buys again: named, shared by all its people, at most as many lines as a cart holds."""

    __tablename__ = "requisition_lists"
    __table_args__ = (Index("uq_requisition_lists_name", "company_id", text("lower(name)"), unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    name: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by_name: Mapped[str]
    """Who changed it last."""


class RequisitionLine(Base):
    """A variant and a quantity of base units. SKU, title and vendor are copies: they name a line whose goods have ended."""

    __tablename__ = "requisition_lines"
    __table_args__ = (UniqueConstraint("list_id", "variant_id"), CheckConstraint("quantity > 0", name="quantity"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    list_id: Mapped[UUID] = mapped_column(ForeignKey("requisition_lists.id"))
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int]
    sku: Mapped[str]
    title: Mapped[dict[str, Any]]
    vendor_name: Mapped[str]
    display_unit: Mapped[str]
    display_factor: Mapped[int]
    added_at: Mapped[datetime]
