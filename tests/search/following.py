"""Buyers who follow something, goods with versions to tell of, and the entries of a feed."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask.testing import FlaskClient
from sqlalchemy import update

from marketplace.accounts.models import Company
from marketplace.catalogue.models import PriceTier, Product, Variant
from marketplace.core import clock
from marketplace.core.db import db
from search.queries import forget_vendors
from tests.factories.accounts import log_in, make_company, make_member
from tests.factories.catalogue import keep_version, make_product
from tests.search.reading import variant_of
from vendors.models import Vendor


def a_buyer(client: FlaskClient, company: Company | None = None) -> Company:
    company = company or make_company()
    log_in(client, make_member(company), company)
    return company


def follow(client: FlaskClient, kind: str, subject_id: UUID) -> None:
    answer = client.post("/follows", data={"kind": kind, "subject_id": str(subject_id), "next": "/feed"})
    assert answer.status_code == 303
    assert answer.location == "/feed"


def kinds(text: str) -> list[str]:
    """The entries of a feed page, in order."""
    return re.findall(r'data-kind="([^"]+)"', text)


def listed(vendor: Vendor, *, days_ago: float = 10, **fields: Any) -> Product:
    """A product with a version, on sale since some days."""
    product = make_product(vendor, **fields)
    product.published_at = product.created_at = clock.now() - timedelta(days=days_ago)
    db.session.flush()
    keep_version(product)
    forget_vendors()
    return product


def edit(product: Product, **fields: Any) -> None:
    """A further version with another price (`micro`) or other fields of its variant."""
    variant = variant_of(product)
    micro = fields.pop("micro", None)
    if micro:
        db.session.execute(update(PriceTier).where(PriceTier.variant_id == variant.id).values(unit_price_micro=micro))
    db.session.execute(update(Variant).where(Variant.id == variant.id).values(**fields)) if fields else None
    db.session.expire_all()
    product.created_at = clock.now()  # the builder's version is as old as its product
    keep_version(product)
