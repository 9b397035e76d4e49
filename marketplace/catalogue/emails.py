"""The messages of the catalogue, one function for each; each is written to one reader in that reader's language and zone."""

from typing import Any
from uuid import UUID

from marketplace.accounts.models import Company, Person
from marketplace.catalogue import queries
from marketplace.catalogue.documents import ACCESS, KINDS
from marketplace.catalogue.models import GrantState, Product, Variant
from marketplace.catalogue.wording import LIFECYCLES, RELATIONS
from marketplace.core import emails
from marketplace.core.db import db
from marketplace.core.emails import Letter
from vendors.models import Vendor


def _write(template: str, person_id: UUID, **values: Any) -> Letter:
    person = db.session.get_one(Person, person_id)
    return emails.write(template, to=person.email, locale=person.locale, time_zone=person.time_zone, **values)


def _about(product_id: UUID) -> dict[str, Any]:
    product = db.session.get_one(Product, product_id)
    return {"product": product, "vendor": db.session.get_one(Vendor, product.vendor_id), "path": f"/products/{product.slug}"}


def lifecycle(variant_id: UUID, person_id: UUID) -> Letter:
    """To those who bought a variant: it is on its way out, until when it can be ordered, what to take instead."""
    variant = db.session.get_one(Variant, variant_id)
    substitutes = queries.substitutes_of(variant)
    values = {
        "variant": variant,
        "word": LIFECYCLES.get(variant.lifecycle, variant.lifecycle),
        "substitutes": substitutes,
        "relations": RELATIONS,
    }
    return _write("product_lifecycle", person_id, **_about(variant.product_id), **values)


def document(document_id: UUID, version: int, person_id: UUID) -> Letter | None:
    """To those who bought the product and may read the document: it is new; none when it has been replaced or taken away since."""
    row = queries.find_document(document_id)
    if row is None or row.version != version:
        return None
    return _write("product_document", person_id, **_about(row.product_id), document=row, kind=KINDS.get(row.kind, row.kind))


def documents_asked(grant_id: UUID, person_id: UUID) -> Letter | None:
    """To the vendor: a company asks for closed documents; none when somebody has answered."""
    grant = queries.find_grant(grant_id)
    if grant is None or grant.state is not GrantState.ASKED:
        return None
    company = db.session.get_one(Company, grant.company_id)
    return _write("documents_asked", person_id, **_about(grant.product_id), company=company, access=ACCESS[grant.access])


def documents_answered(grant_id: UUID, person_id: UUID) -> Letter | None:
    """To the buyer: the documents are open, refused, or open no more."""
    grant = queries.find_grant(grant_id)
    if grant is None or grant.state is GrantState.ASKED:
        return None
    return _write("documents_answered", person_id, **_about(grant.product_id), state=grant.state.value, access=ACCESS[grant.access])
