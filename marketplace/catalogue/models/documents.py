"""Documents of products: what is open to whom, every version that was ever given out, and the companies a vendor has approved."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.files import StoredFile


class DocumentAccess(StrEnum):
    """Who may read a document besides its vendor and the platform's staff (product.md §3)."""

    PUBLIC = "public"  # everybody who sees the product
    REGISTERED = "registered"  # every signed-in company that sees it
    APPROVED = "approved"  # companies that the vendor has approved
    NDA = "nda"  # companies that the vendor has a non-disclosure agreement with


class ProductDocument(Base):
    """A document as it stands; what it was before is in `product_document_versions`. A removed one keeps its versions."""

    __tablename__ = "product_documents"
    __table_args__ = (
        Index("ix_product_documents_product_id", "product_id", postgresql_where=text("removed_at IS NULL")),
        Index("ix_product_documents_file_id", "file_id"),
        CheckConstraint("valid_until IS NULL OR valid_from IS NULL OR valid_until >= valid_from", name="validity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    kind: Mapped[str]
    """A key of `documents.KINDS`"""
    title: Mapped[str]
    language: Mapped[str]
    """A language tag; `mul` for several languages or none"""
    access: Mapped[DocumentAccess] = mapped_column(enum_type(DocumentAccess, "access"))
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    """The last day on which it counts"""
    version: Mapped[int]
    file_id: Mapped[UUID] = mapped_column(ForeignKey(StoredFile.id))
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DocumentVersion(Base):
    """A file that a document was: append-only by grant, so that what a buyer once read can be shown again."""

    __tablename__ = "product_document_versions"
    __table_args__ = (Index("ix_product_document_versions_file_id", "file_id"),)

    document_id: Mapped[UUID] = mapped_column(ForeignKey("product_documents.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    file_id: Mapped[UUID] = mapped_column(ForeignKey(StoredFile.id))
    sha256: Mapped[str]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]


class GrantState(StrEnum):
    """Where a company's access to a vendor's closed documents stands."""

    ASKED = "asked"  # waits for the vendor
    GRANTED = "granted"
    REFUSED = "refused"
    ENDED = "ended"  # taken back by the vendor


class DocumentGrant(Base):
    """A company that asked a vendor for its closed documents, and what the vendor said; one line per company and kind of access."""

    __tablename__ = "document_grants"
    __table_args__ = (
        CheckConstraint("access IN ('approved', 'nda')", name="closed"),
        Index("ix_document_grants_company_id", "company_id"),
    )

    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), primary_key=True)
    access: Mapped[DocumentAccess] = mapped_column(enum_type(DocumentAccess, "access"), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    state: Mapped[GrantState] = mapped_column(enum_type(GrantState, "state"))
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    """The product on whose page it was asked for last."""
    asked_by: Mapped[UUID | None]
    asked_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
