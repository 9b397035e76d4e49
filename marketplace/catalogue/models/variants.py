"""Variants with their price tiers, and the parts of kits."""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class Supply(StrEnum):
    """Where the goods come from."""

    STOCK = "stock"
    MADE_TO_ORDER = "made_to_order"


class Variant(Base):
    """The sellable unit of a product. Quantities are integers of the base unit; 2.5 m of cable is 2,500 mm."""

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("vendor_id", "sku"),
        Index("ix_variants_product_id", "product_id"),
        Index("ix_variants_item_id", "item_id", postgresql_where=text("item_id IS NOT NULL")),
        CheckConstraint("increment >= 1", name="increment"),
        CheckConstraint("minimum_quantity >= 1 AND mod(minimum_quantity, increment) = 0", name="minimum"),
        CheckConstraint("maximum_quantity IS NULL OR maximum_quantity >= minimum_quantity", name="maximum"),
        CheckConstraint("price_per >= 1", name="price_per"),
        CheckConstraint("display_factor >= 1", name="display_factor"),
        CheckConstraint("weight_g IS NULL OR weight_g >= 0", name="weight"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    position: Mapped[int]
    is_active: Mapped[bool]
    """A variant taken out of its product stays for the orders that name it."""
    sku: Mapped[str]
    label: Mapped[str | None]
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id"))
    brand: Mapped[str | None]
    mpn: Mapped[str | None]
    gtin: Mapped[str | None]
    codes: Mapped[list[str]]
    """Further codes under which it is known."""
    attributes: Mapped[dict[str, Any]]
    unit: Mapped[str]
    display_unit: Mapped[str]
    display_factor: Mapped[int]
    """Base units in one display unit: 1,000 for metres kept in mm."""
    pack: Mapped[str | None]
    pack_quantity: Mapped[int | None]
    minimum_quantity: Mapped[int]
    increment: Mapped[int]
    maximum_quantity: Mapped[int | None]
    price_per: Mapped[int]
    """Base units that a tier's price is for: 1, 100 or 1,000; 1,000 for metres kept in mm."""
    supply: Mapped[Supply] = mapped_column(enum_type(Supply, "supply"))
    lead_time: Mapped[list[Any]]
    """[[up to quantity or null, days from, days to or null]], rising; null days are not stated"""
    capacity_month: Mapped[int | None]
    sample: Mapped[dict[str, Any] | None]
    """{price_micro, credited}; None is not offered"""
    weight_g: Mapped[Decimal | None]
    """Grams of one base unit: a millimetre of cable weighs 0.039 g."""
    dims_mm: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    hs_code: Mapped[str | None]
    origin: Mapped[str | None]
    lifecycle: Mapped[str]
    """active, not_for_new_designs, last_time_buy or end_of_life"""
    last_time_buy_on: Mapped[date | None]
    """The last day on which it can be ordered."""
    substitutes: Mapped[list[Any] | None]
    """[[SKU of the same vendor, relation]]: what to take instead; a key of `wording.RELATIONS`"""
    mix_group: Mapped[str | None]
    """Variants of one vendor with the same name here count together for the tier."""
    back_order_on: Mapped[date | None]
    """More is expected on this day, and orders for it are taken before; None: only what is there is sold."""
    created_at: Mapped[datetime]


class PriceTier(Base):
    """A public price from a quantity on. At most 10 a variant, falling as the quantity rises."""

    __tablename__ = "price_tiers"
    __table_args__ = (
        CheckConstraint("from_quantity >= 1", name="from_quantity"),
        CheckConstraint("unit_price_micro >= 0", name="unit_price"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    from_quantity: Mapped[int] = mapped_column(primary_key=True)
    unit_price_micro: Mapped[int]
    """Millionths of the currency's major unit for `price_per` base units."""
    currency: Mapped[str]


class KitPart(Base):
    """A part of a kit: a variant of the same vendor that is no kit itself. The kit's stock is the smallest that its parts allow."""

    __tablename__ = "kit_parts"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("kit_id <> part_id", name="not_itself"),
        Index("ix_kit_parts_part_id", "part_id"),
    )

    kit_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    part_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    position: Mapped[int]
    quantity: Mapped[int]
    """Base units of the part in one base unit of the kit."""
