"""Carts and their lines."""

from datetime import datetime
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
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    """Its version: a checkout names the one that the buyer saw."""


class CartLine(Base):
    """A variant and a quantity of base units. The price that was shown is kept for display only."""

    __tablename__ = "cart_lines"
    __table_args__ = (UniqueConstraint("cart_id", "variant_id"), CheckConstraint("quantity > 0", name="quantity"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    cart_id: Mapped[UUID] = mapped_column(ForeignKey("carts.id"))
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    quantity: Mapped[int]
    shown_price_micro: Mapped[int]
    """Unit price as the buyer last confirmed it by adding or changing; a differing price is said, never used."""
    shown_at: Mapped[datetime]
    added_at: Mapped[datetime]
