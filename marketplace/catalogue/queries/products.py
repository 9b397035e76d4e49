"""A vendor's own listings, each read scoped to the vendor."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_

from marketplace.catalogue.codes import code_of
from marketplace.catalogue.models import (
    Product,
    ProductProposal,
    ProductState,
    ProductVersion,
    ProposalState,
    Variant,
)
from marketplace.catalogue.review import with_proposal
from marketplace.core.db import db
from marketplace.core.errors import NotFound

VERSION_LIMIT = 30


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A listing as its vendor edits it: `content` holds the change that waits for the platform, where there is one."""

    id: UUID
    slug: str
    state: ProductState
    reasons: tuple[str, ...]
    """Why it, or the last change of it, was refused"""
    version: int
    currency: str
    content: Mapping[str, Any]
    updated_at: datetime
    live: Mapping[str, Any]
    """What stands now, without the change that waits"""
    proposal_id: UUID | None
    vendor_id: UUID


def own_product(product_id: UUID, *, vendor_id: UUID) -> OwnProduct:
    """A vendor's listing with the content of its version. Raises: NotFound, also for another vendor's."""
    row = db.session.execute(
        select(Product, ProductVersion.content)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(Product.id == product_id, Product.vendor_id == vendor_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    product, content = row
    last = _last_proposal(product.id)
    waits = last is not None and last.state is ProposalState.WAITING
    is_refused = last is not None and last.state is ProposalState.REFUSED and product.state is not ProductState.REFUSED
    reasons = last.reasons if last is not None and is_refused else ()
    return OwnProduct(
        id=product.id,
        slug=product.slug,
        state=product.state,
        reasons=(*product.reasons, *reasons),
        version=product.version,
        currency=product.currency,
        content=with_proposal(content, last.content) if last is not None and waits else content,
        updated_at=product.updated_at,
        live=content,
        proposal_id=last.id if last is not None and waits else None,
        vendor_id=product.vendor_id,
    )


def _last_proposal(product_id: UUID) -> ProductProposal | None:
    query = select(ProductProposal).where(ProductProposal.product_id == product_id)
    newest = query.order_by(ProductProposal.made_at.desc(), ProductProposal.id.desc()).limit(1)
    return db.session.scalar(newest.execution_options(populate_existing=True))


def refused_change(product_id: UUID) -> ProductProposal | None:
    """The last change that was asked for, if it was refused; the caller has read the listing under its scope."""
    last = _last_proposal(product_id)
    return last if last is not None and last.state is ProposalState.REFUSED else None


def waiting_proposal(product_id: UUID) -> ProductProposal | None:
    """The change of a listing that waits for the platform; the caller has read the listing under its scope."""
    query = select(ProductProposal).where(ProductProposal.product_id == product_id, ProductProposal.state == ProposalState.WAITING)
    return db.session.scalar(query.execution_options(populate_existing=True))


def proposal_content(proposal_id: UUID, *, product_id: UUID) -> dict[str, Any] | None:
    """What a change asked for, also one that was answered or taken back; None for another listing's and for an unused id."""
    query = select(ProductProposal.content).where(ProductProposal.id == proposal_id, ProductProposal.product_id == product_id)
    return db.session.scalar(query)


def lock_product(product_id: UUID, *, vendor_id: UUID | None) -> Product:
    """The row of a listing, locked. `vendor_id` None is for the desk and the indexer only. Raises: NotFound, also for a stranger's."""
    query = select(Product).where(Product.id == product_id).with_for_update().execution_options(populate_existing=True)
    if vendor_id is not None:
        query = query.where(Product.vendor_id == vendor_id)
    product = db.session.scalar(query)
    if product is None:
        raise NotFound
    return product


def lock_products(product_ids: Iterable[UUID], *, vendor_id: UUID) -> dict[UUID, Product]:
    """A vendor's listings by id, locked in one order and read afresh. Raises: NotFound where one is not the vendor's."""
    wanted = set(product_ids)
    query = select(Product).where(Product.id.in_(wanted), Product.vendor_id == vendor_id).order_by(Product.id).with_for_update()
    found = {product.id: product for product in db.session.scalars(query.execution_options(populate_existing=True))}
    if len(found) != len(wanted):
        raise NotFound
    return found


def version_contents(products: Iterable[Product]) -> dict[UUID, dict[str, Any]]:
    """What stands of listings whose rows the caller has locked, by their ids.

    A statement of its own behind the lock: one that joined the two would find no version of a listing that was changed while it waited.
    """
    versions = [(product.id, product.version) for product in products]
    query = select(ProductVersion.product_id, ProductVersion.content)
    return dict(db.session.execute(query.where(tuple_(ProductVersion.product_id, ProductVersion.version).in_(versions))).all())


def version_content(product_id: UUID, version: int) -> dict[str, Any]:
    """The content of one version; the caller has already read the product under its scope. Raises: NotFound."""
    row = db.session.get(ProductVersion, (product_id, version))
    if row is None:
        raise NotFound
    return row.content


def factors_of(skus: Iterable[str], *, vendor_id: UUID) -> dict[str, int]:
    """Base units in one display unit of a vendor's variants, by SKU; unknown SKUs are absent."""
    wanted = set(skus)
    if not wanted:
        return {}
    query = select(Variant.sku, Variant.display_factor).where(Variant.vendor_id == vendor_id, Variant.sku.in_(wanted))
    return dict(db.session.execute(query).all())


def versions_of_product(product_id: UUID) -> list[ProductVersion]:
    """The versions of a listing, the newest first, and one more than `VERSION_LIMIT` to compare the last with; the caller has read it
    under its scope.
    """
    query = select(ProductVersion).where(ProductVersion.product_id == product_id).order_by(ProductVersion.version.desc())
    return list(db.session.scalars(query.limit(VERSION_LIMIT + 1)))


def product_by_address(address: str) -> Product:
    """A listing in any state by the code at the end of its address; the caller decides who may know of it. Raises: NotFound."""
    product = db.session.scalar(select(Product).where(Product.code == code_of(address)))
    if product is None:
        raise NotFound
    return product


def version_of(product_id: UUID, version: int) -> ProductVersion:
    """A version of a listing, which the caller has decided to show. Raises: NotFound."""
    row = db.session.get(ProductVersion, (product_id, version))
    if row is None:
        raise NotFound
    return row
