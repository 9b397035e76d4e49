"""Shipments: goods on their way, which lines and how much of each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base
from marketplace.core.files import StoredFile


class Shipment(Base):
    """Goods on their way: carrier and tracking, and the proof that they arrived."""

    __tablename__ = "shipments"
    __table_args__ = (UniqueConstraint("vendor_order_id", "position"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_order_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_orders.id"))
    position: Mapped[int]
    """1, 2 … within its order: `ORD-2026-000042-1` is printed on the packing slip."""
    carrier: Mapped[str]
    tracking: Mapped[str | None]
    shipped_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    delivered_by: Mapped[str | None]
    """vendor or buyer: who said that it arrived"""
    signed_by: Mapped[str | None]
    proof_file_id: Mapped[UUID | None] = mapped_column(ForeignKey(StoredFile.id))
    """The signed delivery note, when the vendor has one."""


class ShipmentLine(Base):
    """How much of an order line is in a shipment, in base units."""

    __tablename__ = "shipment_lines"
    __table_args__ = (
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("0 <= delivered_quantity AND delivered_quantity <= quantity", name="delivered_quantity"),
        Index("ix_shipment_lines_line_id", "line_id"),
    )

    shipment_id: Mapped[UUID] = mapped_column(ForeignKey("shipments.id"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    quantity: Mapped[int]
    delivered_quantity: Mapped[int | None]
    """What arrived of it; empty while it is on its way."""
