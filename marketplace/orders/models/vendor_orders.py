"""Vendor orders and their lines. Names, prices and tax are copies, never links."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class VendorOrderState(StrEnum):
    """Where a vendor order stands (product.md §8)."""

    PLACED = "placed"  # waits for the vendor's yes
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    IN_PRODUCTION = "in_production"
    READY = "ready"
    SHIPPED = "shipped"
    DELIVERED = "delivered"  # the inspection runs
    ACCEPTED_BY_BUYER = "accepted_by_buyer"
    CLOSED = "closed"


S = VendorOrderState
MOVES: dict[VendorOrderState, frozenset[VendorOrderState]] = {
    S.PLACED: frozenset({S.ACCEPTED, S.DECLINED, S.CANCELLED}),
    S.ACCEPTED: frozenset({S.IN_PRODUCTION, S.READY, S.CANCELLED}),
    S.DECLINED: frozenset(),
    S.CANCELLED: frozenset(),
    S.IN_PRODUCTION: frozenset({S.READY, S.CANCELLED}),
    S.READY: frozenset({S.SHIPPED, S.CANCELLED}),
    S.SHIPPED: frozenset({S.DELIVERED, S.CANCELLED}),
    S.DELIVERED: frozenset({S.ACCEPTED_BY_BUYER, S.CANCELLED}),
    S.ACCEPTED_BY_BUYER: frozenset({S.CLOSED}),
    S.CLOSED: frozenset(),
}
PLATFORM_CANCELS = frozenset({S.IN_PRODUCTION, S.READY, S.SHIPPED, S.DELIVERED})
"""From these only the platform cancels, with the whole order refunded."""


class VendorOrder(Base):
    """The part of a purchase that one vendor fulfils. `funded_at` empty: the vendor sees nothing and no clock runs."""

    __tablename__ = "vendor_orders"
    __table_args__ = (
        UniqueConstraint("purchase_id", "vendor_id"),
        CheckConstraint("total_minor = goods_minor + freight_minor + tax_minor", name="total"),
        Index("ix_vendor_orders_vendor_id_placed_at_id", "vendor_id", "placed_at", "id"),
        Index("ix_vendor_orders_buyer_id_placed_at_id", "buyer_id", "placed_at", "id"),
        Index("ix_vendor_orders_placed_at_id", "placed_at", "id"),
        Index("ix_vendor_orders_vendor_id_state", "vendor_id", "state"),
        Index("ix_vendor_orders_buyer_id_state", "buyer_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    purchase_id: Mapped[UUID] = mapped_column(ForeignKey("purchases.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    buyer_name: Mapped[str]
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    vendor_name: Mapped[str]
    state: Mapped[VendorOrderState] = mapped_column(enum_type(VendorOrderState, "state"))
    currency: Mapped[str]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    commission_bp: Mapped[int]
    commission_minor: Mapped[int]
    freight: Mapped[dict[str, Any]]
    """{key, name, incoterm, days, weight_g}: the shipping method as it was"""
    inspection_days: Mapped[int]
    returns: Mapped[dict[str, Any]]
    """{window_days, freight_paid_by, restocking_bp, accepts, custom_goods}: the vendor's return policy as the buyer saw it"""
    ship_complete: Mapped[bool]
    """The buyer takes all lines in one shipment only."""
    has_goods: Mapped[bool] = mapped_column(default=True)
    """False where every line is a sample: such an order does not make the vendor a known one of the buyer."""
    placed_at: Mapped[datetime]
    funded_at: Mapped[datetime | None]
    accept_by_at: Mapped[datetime | None]
    cancel_unaccepted_at: Mapped[datetime | None]
    pay_by_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    in_production_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    first_shipped_at: Mapped[datetime | None]
    """When the first of its goods left; the rest may follow."""
    shipped_at: Mapped[datetime | None]
    """When the last of its goods left."""
    delivered_at: Mapped[datetime | None]
    delivered_by: Mapped[str | None]
    """vendor or buyer: who said that the goods arrived"""
    inspection_ends_at: Mapped[datetime | None]
    """Empty while a reported problem has stopped the clock."""
    accepted_by_buyer_at: Mapped[datetime | None]
    accepted_by: Mapped[str | None]
    """buyer, timer or platform"""
    ended_at: Mapped[datetime | None]
    """When it was declined, cancelled or closed."""
    end_reason: Mapped[str | None]

    @property
    def is_partly_shipped(self) -> bool:
        """Whether some goods have left and others are still to leave."""
        return self.first_shipped_at is not None and self.state in (S.IN_PRODUCTION, S.READY)

    def move(self, to: VendorOrderState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


SAMPLE = "sample"
"""The price source of a line that is a sample."""


class OrderLine(Base):
    """One variant of a vendor order, as it was when it was ordered."""

    __tablename__ = "order_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint(
            "0 <= accepted_quantity AND accepted_quantity <= delivered_quantity "
            "AND delivered_quantity <= shipped_quantity AND shipped_quantity <= quantity",
            name="progress",
        ),
        CheckConstraint("sample_credit_minor >= 0 AND credits_later_minor >= 0", name="sample"),
        Index("ix_order_lines_vendor_order_id", "vendor_order_id"),
        Index("ix_order_lines_variant_id", "variant_id"),
        Index("ix_order_lines_samples", "variant_id", postgresql_where=text("price_source = 'sample' OR sample_credit_minor > 0")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_order_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_orders.id"))
    position: Mapped[int]
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    product_version: Mapped[int]
    product_slug: Mapped[str]
    sku: Mapped[str]
    title: Mapped[dict[str, Any]]
    quantity: Mapped[int]
    unit: Mapped[str]
    display_unit: Mapped[str]
    display_factor: Mapped[int]
    unit_price_micro: Mapped[int]
    price_per: Mapped[int]
    price_source: Mapped[str]
    """A `pricing.resolution.Source`; `sample` where the line is one."""
    goods_minor: Mapped[int]
    """What the quantity costs at the unit price, less `sample_credit_minor`."""
    sample_credit_minor: Mapped[int] = mapped_column(default=0)
    """What an earlier sample cost, that this first order of the goods is credited with."""
    credits_later_minor: Mapped[int] = mapped_column(default=0)
    """Of a sample: what the first order of the goods is credited with, as the vendor offered it then."""
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    tax_rate_bp: Mapped[int]
    tax_reason: Mapped[str]
    """domestic, reverse_charge or export, with the jurisdiction: `domestic:SE`"""
    first_promise_on: Mapped[date | None]
    """Arrival as promised at placement; never overwritten: the on-time rate uses it."""
    requested_on: Mapped[date | None]
    """The day that the buyer asked for at checkout; a wish, not a promise."""
    shipped_quantity: Mapped[int]
    """Base units that have left, of `quantity`; the rows of the shipments add up to it."""
    delivered_quantity: Mapped[int]
    accepted_quantity: Mapped[int]
    cancelled_at: Mapped[datetime | None]
    """When both sides agreed that this line is not made."""

    @property
    def is_sample(self) -> bool:
        """Whether it is a sample of the goods, not the goods."""
        return self.price_source == SAMPLE

    @property
    def to_ship(self) -> int:
        """Base units that still have to leave."""
        return 0 if self.cancelled_at else self.quantity - self.shipped_quantity
