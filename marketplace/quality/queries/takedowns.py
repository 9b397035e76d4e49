"""What hangs on products: what a taking down would touch; for the desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select

from marketplace.carts.models import Cart, CartLine, RequisitionLine
from marketplace.catalogue.models import KitPart, Product, ProductState, Variant
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.orders.models import OrderLine, VendorOrder
from marketplace.pricing.models import ListState, PriceList, PriceListPrice
from marketplace.quality.queries.sales import ENDED


@dataclass(frozen=True, slots=True)
class Touched:
    """Open orders, the companies that wait for them, and what else holds the products."""

    orders: int
    buyers: int
    carts: int
    lists: int
    price_lists: int
    """Lists of prices for some customers that are in force or begin later: accepted prices among them."""
    kits: int
    """Listings on sale that contain one of them as a part."""


def touched_by(product_ids: Sequence[UUID]) -> Touched:
    """What hangs on these products today. Not scoped: for staff only."""
    variants = select(Variant.id).where(Variant.product_id.in_(product_ids))
    rule = (OrderLine.product_id.in_(product_ids), VendorOrder.funded_at.is_not(None), VendorOrder.state.not_in(ENDED))
    trade = select(func.count(VendorOrder.id.distinct()), func.count(VendorOrder.buyer_id.distinct()))
    orders, buyers = db.session.execute(trade.join(OrderLine, OrderLine.vendor_order_id == VendorOrder.id).where(*rule)).one()
    carts = select(func.count(Cart.id.distinct())).join(CartLine, CartLine.cart_id == Cart.id)
    lists = select(func.count(RequisitionLine.list_id.distinct()))
    prices = select(func.count(PriceList.id.distinct())).join(PriceListPrice, PriceListPrice.price_list_id == PriceList.id)
    begins_or_holds = or_(PriceList.valid_until.is_(None), PriceList.valid_until >= clock.now().date())
    kits = (
        select(func.count(Product.id.distinct()))
        .join(Variant, Variant.product_id == Product.id)
        .join(KitPart, KitPart.kit_id == Variant.id)
        .where(KitPart.part_id.in_(variants), Product.state == ProductState.LIVE, Product.id.not_in(product_ids))
    )
    counted = select(
        carts.where(Cart.purchase_id.is_(None), CartLine.variant_id.in_(variants)).scalar_subquery(),
        lists.where(RequisitionLine.variant_id.in_(variants)).scalar_subquery(),
        prices.where(PriceListPrice.variant_id.in_(variants), PriceList.state == ListState.ACTIVE, begins_or_holds).scalar_subquery(),
        kits.scalar_subquery(),
    )
    return Touched(int(orders), int(buyers), *(int(number) for number in db.session.execute(counted).one()))
