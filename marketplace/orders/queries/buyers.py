"""Who bought a product, and which versions of it a company's orders saw. For the catalogue's doors and jobs."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select

from marketplace.core.db import db
from marketplace.orders.models import OrderLine, VendorOrder, VendorOrderState

UNDONE = (VendorOrderState.DECLINED, VendorOrderState.CANCELLED)


def companies_that_bought(product_id: UUID, *, variant_id: UUID | None = None) -> list[UUID]:
    """The companies with a paid order of a product, or of one of its variants, that was not called off. For the clockwork."""
    query = (
        select(VendorOrder.buyer_id)
        .join(OrderLine, OrderLine.vendor_order_id == VendorOrder.id)
        .where(OrderLine.product_id == product_id, VendorOrder.funded_at.is_not(None), VendorOrder.state.not_in(UNDONE))
        .distinct()
    )
    if variant_id is not None:
        query = query.where(OrderLine.variant_id == variant_id)
    return sorted(db.session.scalars(query), key=str)


def vendors_bought_from(company_id: UUID, vendor_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of some vendors from whom a company has a paid order that was not called off."""
    query = select(VendorOrder.vendor_id).where(
        VendorOrder.buyer_id == company_id,
        VendorOrder.vendor_id.in_(vendor_ids),
        VendorOrder.funded_at.is_not(None),
        VendorOrder.state.not_in(UNDONE),
    )
    return frozenset(db.session.scalars(query.distinct()))


def order_of_version(product_id: UUID, version: int, *, company_id: UUID) -> str | None:
    """The number of the newest order in which a company bought or sold this version of a product; None: it never saw it."""
    is_party: ColumnElement[bool] = or_(
        VendorOrder.buyer_id == company_id, (VendorOrder.vendor_id == company_id) & VendorOrder.funded_at.is_not(None)
    )
    query = (
        select(VendorOrder.number)
        .join(OrderLine, OrderLine.vendor_order_id == VendorOrder.id)
        .where(OrderLine.product_id == product_id, OrderLine.product_version == version, is_party)
    )
    return db.session.scalar(query.order_by(VendorOrder.placed_at.desc()).limit(1))
