"""Documents of a listing: added, replaced by a new version, opened to others, taken away; and who may read the closed ones."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.documents import CLOSED
from marketplace.catalogue.errors import NothingClosed
from marketplace.catalogue.models import DocumentAccess, DocumentGrant, DocumentVersion, GrantState, ProductDocument, ProductState
from marketplace.catalogue.queries.documents import documents_of, lock_document, lock_grant
from marketplace.catalogue.queries.products import lock_product
from marketplace.catalogue.services.telling import tell_of_document
from marketplace.core import audit, clock, jobs
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import InvalidMove, NotFound
from marketplace.core.files import StoredFile
from marketplace.core.ids import new_id

GRANT_MOVES = {
    GrantState.ASKED: frozenset({GrantState.GRANTED, GrantState.REFUSED}),
    GrantState.GRANTED: frozenset({GrantState.ENDED}),
    GrantState.REFUSED: frozenset({GrantState.GRANTED}),
    GrantState.ENDED: frozenset({GrantState.GRANTED}),
}


@dataclass(frozen=True, slots=True)
class Details:
    """What a vendor says about a document. Days are the first and the last on which it counts."""

    kind: str
    title: str
    language: str
    access: DocumentAccess
    valid_from: date | None = None
    valid_until: date | None = None


def add_document(product_id: UUID, stored: StoredFile, details: Details, *, actor: Actor) -> ProductDocument:
    """The vendor adds a document, whose bytes are stored. Raises: NotFound."""
    product = lock_product(product_id, vendor_id=_company(actor))
    now = clock.now()
    document = ProductDocument(
        id=new_id(), product_id=product.id, vendor_id=product.vendor_id, version=0, file_id=stored.id, removed_at=None, created_at=now
    )
    _describe(document, details)
    _write_version(document, stored, actor)
    audit.record(actor, "product.document_added", "product", product.id, companies=(product.vendor_id,), after=_logged(document))
    if product.state is ProductState.LIVE:
        tell_of_document(document.id, document.version)
    return document


def replace_document(document_id: UUID, stored: StoredFile, details: Details, *, product_id: UUID, actor: Actor) -> ProductDocument:
    """The vendor puts a new version in the place of a document; those who bought the product are told. Raises: NotFound."""
    product = lock_product(product_id, vendor_id=_company(actor))
    document = lock_document(document_id, product_id=product.id, vendor_id=product.vendor_id)
    before = _logged(document)
    _describe(document, details)
    _write_version(document, stored, actor)
    audit.record(
        actor, "product.document_replaced", "product", product.id, companies=(product.vendor_id,), before=before, after=_logged(document)
    )
    if product.state is ProductState.LIVE:
        tell_of_document(document.id, document.version)
    return document


def edit_document(document_id: UUID, details: Details, *, product_id: UUID, actor: Actor) -> ProductDocument:
    """The vendor says something else about a document; its file stays. Raises: NotFound."""
    product = lock_product(product_id, vendor_id=_company(actor))
    document = lock_document(document_id, product_id=product.id, vendor_id=product.vendor_id)
    before = _logged(document)
    _describe(document, details)
    after = _logged(document)
    if before != after:
        document.updated_at = clock.now()
        audit.record(actor, "product.document_edited", "product", product.id, companies=(product.vendor_id,), before=before, after=after)
    return document


def remove_document(document_id: UUID, *, product_id: UUID, actor: Actor) -> None:
    """The vendor takes a document away; its versions are kept. Raises: NotFound."""
    product = lock_product(product_id, vendor_id=_company(actor))
    document = lock_document(document_id, product_id=product.id, vendor_id=product.vendor_id)
    document.removed_at = clock.now()
    audit.record(actor, "product.document_removed", "product", product.id, companies=(product.vendor_id,), before=_logged(document))


def ask_for_documents(product_id: UUID, vendor_id: UUID, access: DocumentAccess, *, actor: Actor) -> DocumentGrant:
    """A buyer asks a vendor to open its closed documents; the caller has decided that the buyer sees the product.

    Asking again after a refusal asks again; what is granted stays granted. Raises: NotFound (no company acts), NothingClosed.
    """
    company_id = _company(actor)
    seen = documents_of(product_id, vendor_id=vendor_id, company_id=company_id)
    if access not in CLOSED or not any(view.access is access and not view.may_read for view in seen):
        raise NothingClosed
    now = clock.now()
    values = {"product_id": product_id, "asked_by": actor.person_id, "asked_at": now, "state": GrantState.ASKED}
    asked = (
        insert(DocumentGrant)
        .values(id=new_id(), vendor_id=vendor_id, company_id=company_id, access=access, decided_by=None, decided_at=None, **values)
        .on_conflict_do_update(
            index_elements=["vendor_id", "company_id", "access"], set_=values, where=DocumentGrant.state != GrantState.GRANTED
        )
        .returning(DocumentGrant)
    )
    grant = db.session.scalars(asked, execution_options={"populate_existing": True}).one()
    audit.record(actor, "documents.asked", "document_grant", grant.id, companies=(company_id, vendor_id), after={"access": access.value})
    jobs.enqueue("catalogue.email_documents_asked", grant_id=grant.id, key=f"documents_asked:{grant.id}:{now.isoformat()}")
    return grant


def answer_grant(grant_id: UUID, to: GrantState, *, actor: Actor) -> DocumentGrant:
    """The vendor grants, refuses, or later ends a company's access. Raises: NotFound, InvalidMove."""
    grant = lock_grant(grant_id, vendor_id=_company(actor))
    if to not in GRANT_MOVES[grant.state]:
        raise InvalidMove(state=grant.state.value, to=to.value)
    before, grant.state = grant.state, to
    grant.decided_by, grant.decided_at = actor.person_id, clock.now()
    audit.record(
        actor,
        f"documents.{to.value}",
        "document_grant",
        grant.id,
        companies=(grant.company_id, grant.vendor_id),
        before={"state": before.value},
        after={"state": to.value, "access": grant.access.value},
    )
    jobs.enqueue("catalogue.email_documents_answered", grant_id=grant.id)
    return grant


def _company(actor: Actor) -> UUID:
    if actor.company_id is None:
        raise NotFound
    return actor.company_id


def _describe(document: ProductDocument, details: Details) -> None:
    document.kind = details.kind
    document.title = details.title
    document.language = details.language
    document.access = details.access
    document.valid_from = details.valid_from
    document.valid_until = details.valid_until


def _write_version(document: ProductDocument, stored: StoredFile, actor: Actor) -> None:
    now = clock.now()
    document.version += 1
    document.file_id = stored.id
    document.updated_at = now
    db.session.flush()  # the file is there before what points to it
    db.session.add(document)
    db.session.flush()  # its version points to it
    db.session.add(
        DocumentVersion(
            document_id=document.id,
            version=document.version,
            vendor_id=document.vendor_id,
            file_id=stored.id,
            sha256=stored.sha256,
            valid_from=document.valid_from,
            valid_until=document.valid_until,
            made_by=actor.person_id,
            made_at=now,
        )
    )


def _logged(document: ProductDocument) -> dict[str, object]:
    return {
        "document": document.title,
        "kind": document.kind,
        "language": document.language,
        "access": document.access.value,
        "version": document.version,
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
    }
