"""Pure: a priced basket becomes one vendor order per vendor. Names, prices and tax are copied, never linked (house-style §9)."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from marketplace.catalogue.titles import beside
from marketplace.core import money
from marketplace.core.ids import new_id
from marketplace.orders.models import OrderLine, Purchase, VendorOrder, VendorOrderState
from marketplace.pricing.basket import Basket, PricedLine, VendorPart


def split_by_vendor(
    basket: Basket,
    purchase: Purchase,
    *,
    buyer_name: str,
    commission_bp: int,
    inspection_days: dict[UUID, int],
    returns: Mapping[UUID, Mapping[str, Any]],
    pay_by_at: datetime,
    ship_complete: bool,
    requested_on: Mapping[UUID, date],
    next_number: Callable[[], str],
) -> list[tuple[VendorOrder, list[OrderLine]]]:
    """One vendor order with its lines for each part of the basket, in the basket's order.

    `inspection_days` and `returns` (policies as the buyer saw them) by vendor; `requested_on` by variant, where the buyer asked for a day; the commission is a share of the goods, rounded once per vendor order (product.md §9).
    """
    orders = []
    for part in basket.parts:
        order = VendorOrder(
            id=new_id(),
            number=next_number(),
            purchase_id=purchase.id,
            buyer_id=purchase.buyer_id,
            buyer_name=buyer_name,
            vendor_id=part.vendor_id,
            vendor_name=part.vendor_name,
            state=VendorOrderState.PLACED,
            currency=part.currency,
            goods_minor=part.goods_minor,
            freight_minor=part.freight_minor,
            tax_minor=part.tax_minor,
            total_minor=part.total_minor,
            commission_bp=commission_bp,
            commission_minor=money.share_bp(part.goods_minor, commission_bp),
            freight=_freight(part),
            inspection_days=inspection_days[part.vendor_id],
            returns=dict(returns.get(part.vendor_id) or {}),
            ship_complete=ship_complete,
            has_goods=part.has_goods,
            placed_at=purchase.placed_at,
            pay_by_at=pay_by_at,
        )
        orders.append(
            (
                order,
                [_line(line, order.id, position, requested_on.get(line.variant_id)) for position, line in enumerate(part.lines, start=1)],
            )
        )
    return orders


def _freight(part: VendorPart) -> dict[str, Any]:
    """The shipping method as it was, see `VendorPart.freight`; empty when there is none."""
    return dict(part.freight) if part.freight is not None else {}


def named(title: Mapping[str, Any], label: str | None) -> dict[str, Any]:
    """A product's title with what sets this variant apart, in each language."""
    return {tag: f"{words} · {label}" if beside(label, words) else words for tag, words in title.items()}


def _line(line: PricedLine, vendor_order_id: UUID, position: int, requested_on: date | None) -> OrderLine:
    return OrderLine(
        id=new_id(),
        vendor_order_id=vendor_order_id,
        position=position,
        variant_id=line.variant_id,
        product_id=line.product_id,
        product_version=line.product_version,
        product_slug=line.product_slug,
        sku=line.sku,
        title=named(line.title, line.label),
        quantity=line.quantity,
        unit=line.unit,
        display_unit=line.display_unit,
        display_factor=line.display_factor,
        unit_price_micro=line.unit_price_micro,
        price_per=line.price_per,
        price_source=line.price_source,
        goods_minor=line.goods_minor,
        sample_credit_minor=line.sample_credit_minor,
        credits_later_minor=line.credits_later_minor,
        freight_minor=line.freight_minor,
        tax_minor=line.tax_minor,
        tax_rate_bp=line.tax_rate_bp,
        tax_reason=line.tax_reason,
        first_promise_on=line.arrives_on,
        requested_on=requested_on,
        shipped_quantity=0,
        delivered_quantity=0,
        accepted_quantity=0,
    )
