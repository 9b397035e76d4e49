"""The messages of the catalogue, one function for each; each is written to one reader in that reader's language and zone."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from marketplace.accounts.models import Company, Person
from marketplace.catalogue import queries
from marketplace.catalogue.documents import ACCESS, KINDS
from marketplace.catalogue.models import GrantState, Product, Variant
from marketplace.catalogue.reasons import words_of
from marketplace.catalogue.wording import LIFECYCLES, RELATIONS
from marketplace.core import emails, i18n, policy
from marketplace.core.db import db
from marketplace.core.emails import Letter
from vendors import queries as vendors
from vendors.models import Vendor

MOST_NAMED = 20
"""Products that a mail names; the portal lists all of them."""


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


def takedown(act_id: UUID, person_id: UUID) -> Letter | None:
    """To the vendor: what was taken down, why, by which rule and evidence, what can be done, and until when."""
    taken = queries.taken_in_act(act_id)
    if not taken:
        return None
    person, row = db.session.get_one(Person, person_id), taken[0].takedown
    with i18n.speaking(person.locale):
        reasons = words_of(row.reasons)
    return _write(
        "product_takedown",
        person_id,
        person_name=person.name,
        vendor=db.session.get_one(Vendor, row.vendor_id),
        taken=taken[:MOST_NAMED],
        count=len(taken),
        more=max(0, len(taken) - MOST_NAMED),
        row=row,
        reasons=reasons,
        source=queries.SOURCES[row.source],
        evidence=[stored.name for stored in vendors.files_by_id(row.file_ids, company_id=row.vendor_id).values()],
        until=row.taken_at + timedelta(days=policy.current().decision_appeal_days),
        path=f"/portal/products/{taken[0].takedown.product_id}/edit" if len(taken) == 1 else "/portal/products?state=taken_down",
    )


def takedown_undone(takedown_id: UUID, person_id: UUID) -> Letter:
    """To the vendor: the platform has taken a taking down back, why, and how the product stands."""
    taken = queries.taken_by_id(takedown_id)
    return _write(
        "product_takedown_undone",
        person_id,
        person_name=db.session.get_one(Person, person_id).name,
        vendor=db.session.get_one(Vendor, taken.takedown.vendor_id),
        each=taken,
        path=f"/portal/products/{taken.takedown.product_id}/edit",
    )
