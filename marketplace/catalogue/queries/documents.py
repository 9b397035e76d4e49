"""Documents of products: what a reader is told about them and may read, all of them for their vendor, and who asked for access."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from marketplace.accounts.models import Company
from marketplace.catalogue.documents import CLOSED, KINDS
from marketplace.catalogue.models import (
    DocumentAccess,
    DocumentGrant,
    DocumentVersion,
    GrantState,
    Product,
    ProductDocument,
    ProductState,
)
from marketplace.catalogue.wording import GRANTS as GRANT_WORDS
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.files import StoredFile
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Sort, Table, Words
from vendors.models import SEEN_STATES, Vendor

KIND_ORDER = {kind: position for position, kind in enumerate(KINDS)}


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A document as a page lists it. What the reader may not read has no size; `grant` is how his asking stands."""

    id: UUID
    kind: str
    title: str
    language: str
    version: int
    valid_from: date | None
    valid_until: date | None
    access: DocumentAccess
    may_read: bool
    grant: GrantState | None
    size: int | None
    type: str | None
    sha256: str | None

    def is_over(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.valid_until is not None and self.valid_until < today


def documents_of(product_id: UUID, *, vendor_id: UUID, company_id: UUID | None) -> list[DocumentView]:
    """The documents of a product that the reader may see; closed ones are named, so that access can be asked for."""
    rows = db.session.execute(
        select(ProductDocument, StoredFile)
        .outerjoin(StoredFile, StoredFile.id == ProductDocument.file_id)
        .where(ProductDocument.product_id == product_id, ProductDocument.removed_at.is_(None))
    ).all()
    is_closed = any(document.access in CLOSED for document, _ in rows)
    grants = grants_of(company_id, vendor_id=vendor_id) if is_closed and company_id else {}
    views = [_view(document, stored, company_id, grants) for document, stored in rows]
    return sorted(views, key=lambda view: (KIND_ORDER.get(view.kind, 99), view.title, view.language, str(view.id)))


def _view(
    document: ProductDocument, stored: StoredFile | None, company_id: UUID | None, grants: dict[DocumentAccess, GrantState]
) -> DocumentView:
    may_read = _is_open(document, company_id, grants)
    known = stored if may_read else None
    return DocumentView(
        id=document.id,
        kind=document.kind,
        title=document.title,
        language=document.language,
        version=document.version,
        valid_from=document.valid_from,
        valid_until=document.valid_until,
        access=document.access,
        may_read=may_read,
        grant=grants.get(document.access),
        size=known.size if known else None,
        type=known.type if known else None,
        sha256=known.sha256 if known else None,
    )


def _is_open(document: ProductDocument, company_id: UUID | None, grants: dict[DocumentAccess, GrantState]) -> bool:
    if document.access is DocumentAccess.PUBLIC or (company_id is not None and document.vendor_id == company_id):
        return True
    if document.access is DocumentAccess.REGISTERED:
        return company_id is not None
    return grants.get(document.access) is GrantState.GRANTED


def grants_of(company_id: UUID | None, *, vendor_id: UUID) -> dict[DocumentAccess, GrantState]:
    """How a company's access to a vendor's closed documents stands."""
    query = select(DocumentGrant.access, DocumentGrant.state).where(
        DocumentGrant.vendor_id == vendor_id, DocumentGrant.company_id == company_id
    )
    return dict(db.session.execute(query).all())


def document_for(document_id: UUID, *, keys: frozenset[str], company_id: UUID | None, is_staff: bool) -> tuple[ProductDocument, StoredFile]:
    """A document to read: of a product that the reader may see and open to him, any of his own company's, any for platform staff.

    `keys` are the reader's (`visibility.keys_of`). Raises: NotFound.
    """
    is_seen: ColumnElement[bool] = (
        (Product.state == ProductState.LIVE) & Product.visibility.overlap(sorted(keys)) & Vendor.state.in_(SEEN_STATES)
    )
    query = (
        select(ProductDocument, StoredFile)
        .join(Product, Product.id == ProductDocument.product_id)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(StoredFile, StoredFile.id == ProductDocument.file_id)
        .where(ProductDocument.id == document_id, ProductDocument.removed_at.is_(None))
    )
    if not is_staff:
        query = query.where(or_(is_seen, ProductDocument.vendor_id == company_id))
    row = db.session.execute(query).one_or_none()
    if row is None:
        raise NotFound
    document, stored = row
    grants = grants_of(company_id, vendor_id=document.vendor_id) if company_id else {}
    if not is_staff and not _is_open(document, company_id, grants):
        raise NotFound
    return document, stored


def own_documents(product_id: UUID, *, vendor_id: UUID) -> list[tuple[ProductDocument, StoredFile]]:
    """The documents of a vendor's listing with their files, by kind."""
    rows = db.session.execute(
        select(ProductDocument, StoredFile)
        .join(StoredFile, StoredFile.id == ProductDocument.file_id)
        .where(ProductDocument.product_id == product_id, ProductDocument.vendor_id == vendor_id, ProductDocument.removed_at.is_(None))
    )
    return sorted(
        ((document, stored) for document, stored in rows), key=lambda r: (KIND_ORDER.get(r[0].kind, 99), r[0].title, str(r[0].id))
    )


def own_document(document_id: UUID, *, product_id: UUID, vendor_id: UUID) -> ProductDocument:
    """A document of a vendor's listing. Raises: NotFound, also for another vendor's and for one that was removed."""
    return _one(document_id, product_id, vendor_id, select(ProductDocument))


def lock_document(document_id: UUID, *, product_id: UUID, vendor_id: UUID) -> ProductDocument:
    """The same, locked. Raises: NotFound."""
    return _one(document_id, product_id, vendor_id, select(ProductDocument).with_for_update())


def _one(document_id: UUID, product_id: UUID, vendor_id: UUID, query: Select[Any]) -> ProductDocument:
    row: ProductDocument | None = db.session.scalar(
        query.where(
            ProductDocument.id == document_id,
            ProductDocument.product_id == product_id,
            ProductDocument.vendor_id == vendor_id,
            ProductDocument.removed_at.is_(None),
        ).execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound
    return row


def versions_of(document_id: UUID, *, vendor_id: UUID) -> list[tuple[DocumentVersion, StoredFile]]:
    """Every file that a vendor's document was, the newest first."""
    rows = db.session.execute(
        select(DocumentVersion, StoredFile)
        .join(StoredFile, StoredFile.id == DocumentVersion.file_id)
        .where(DocumentVersion.document_id == document_id, DocumentVersion.vendor_id == vendor_id)
        .order_by(DocumentVersion.version.desc())
    )
    return [(version, stored) for version, stored in rows]


GRANTS = Table(
    name="catalogue.document_grants",
    key=DocumentGrant.id,
    sorts={"asked": Sort(DocumentGrant.asked_at, falls=True), "company": Sort(func.lower(Company.name))},
    default="-asked",
    filters=(
        Words("q", lazy("Company"), lambda typed: Company.name.icontains(typed, autoescape=True)),
        Choice(
            "state",
            lazy("State"),
            lambda: [(s.value, gettext(GRANT_WORDS[s][0])) for s in GrantState],
            lambda v: DocumentGrant.state == GrantState(v),
        ),
    ),
)


def asked_grants(vendor_id: UUID) -> Select[Any]:
    """The companies that asked a vendor for closed documents: (grant, company's name, product's title)."""
    return (
        select(DocumentGrant, Company.name.label("company_name"), Product.title.label("product_title"))
        .join(Company, Company.id == DocumentGrant.company_id)
        .join(Product, Product.id == DocumentGrant.product_id)
        .where(DocumentGrant.vendor_id == vendor_id)
    )


def count_asked(vendor_id: UUID) -> int:
    """How many companies wait for a vendor's answer."""
    query = select(DocumentGrant.id).where(DocumentGrant.vendor_id == vendor_id, DocumentGrant.state == GrantState.ASKED)
    return len(db.session.execute(query).all())


def lock_grant(grant_id: UUID, *, vendor_id: UUID) -> DocumentGrant:
    """A company's asking, locked. Raises: NotFound, also for another vendor's."""
    query = select(DocumentGrant).where(DocumentGrant.id == grant_id, DocumentGrant.vendor_id == vendor_id).with_for_update()
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        raise NotFound
    return row


def may_read_document(document: ProductDocument, company_id: UUID) -> bool:
    """Whether a company may read a document of a product that it has bought: who is told when it changes."""
    return _is_open(document, company_id, grants_of(company_id, vendor_id=document.vendor_id))


def find_document(document_id: UUID) -> ProductDocument | None:
    """A document that was not removed; for the clockwork."""
    row = db.session.get(ProductDocument, document_id, populate_existing=True)
    return row if row is not None and row.removed_at is None else None


def find_grant(grant_id: UUID) -> DocumentGrant | None:
    """A company's asking; for the clockwork."""
    return db.session.scalar(select(DocumentGrant).where(DocumentGrant.id == grant_id).execution_options(populate_existing=True))
