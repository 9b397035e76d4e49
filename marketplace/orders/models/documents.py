"""Invoices and credit notes: numbered without gaps for each vendor, frozen when they are issued."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class InvoiceKind(StrEnum):
    """What a numbered document is."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class DocumentCounter(Base):
    """The last number that a vendor has used. Its row is locked until the document is in the database, so that no number is lost."""

    __tablename__ = "document_counters"

    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    kind: Mapped[InvoiceKind] = mapped_column(enum_type(InvoiceKind, "kind"), primary_key=True)
    last: Mapped[int]


class Invoice(Base):
    """An invoice, or a credit note that corrects one. Sums of a credit note are what it takes back, as positive numbers."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("vendor_id", "kind", "sequence"),
        CheckConstraint("total_minor = goods_minor + freight_minor + tax_minor", name="total"),
        CheckConstraint("(kind = 'credit_note') = (corrects_id IS NOT NULL)", name="corrects"),
        Index("uq_invoices_order", "vendor_order_id", unique=True, postgresql_where=text("kind = 'invoice'")),
        Index("ix_invoices_vendor_order_id", "vendor_order_id"),
        Index("ix_invoices_buyer_id_issued_at", "buyer_id", "issued_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[InvoiceKind] = mapped_column(enum_type(InvoiceKind, "kind"))
    sequence: Mapped[int]
    """1, 2, 3 … for each vendor and kind."""
    number: Mapped[str]
    """`INV-000042` or `CRN-000007`; unique within the vendor."""
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_order_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_orders.id"))
    corrects_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"))
    currency: Mapped[str]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    content: Mapped[dict[str, Any]]
    """{seller, buyer, ship_to, order, lines, taxes}: everything that is printed, as it was (orders/papers/content.py)."""
    reason: Mapped[str | None]
    """Why a credit note was given."""
    issued_at: Mapped[datetime]
