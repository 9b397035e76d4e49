"""What pricing needs to know of a variant. Public facts only; whether a reader may see it is `visibility` against his keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from marketplace.catalogue.models import Place, PriceTier, Product, ProductState, Stock, Supply, Variant
from marketplace.catalogue.prices import lead_days
from marketplace.catalogue.quantities import QuantityRule
from marketplace.core.db import db


@dataclass(frozen=True, slots=True)
class LineVariant:
    """A variant as a line of a basket needs it. Quantities in base units, `tiers` [(from, unit_price_micro)] rising.

    `available` is what is free in the vendor's default place; None for goods made to order.
    """

    variant_id: UUID
    product_id: UUID
    product_version: int
    product_slug: str
    product_code: str
    product_state: ProductState
    visibility: tuple[str, ...]
    vendor_id: UUID
    category_id: UUID
    sku: str
    label: str | None
    title: dict[str, Any]
    drawing: str | None
    item_id: UUID | None
    unit: str
    display_unit: str
    display_factor: int
    rule: QuantityRule
    price_per: int
    currency: str
    tiers: tuple[tuple[int, int], ...]
    supply: Supply
    lead_time: tuple[tuple[int | None, int | None, int | None], ...]
    weight_g: Decimal | None
    available: int | None
    is_active: bool

    @property
    def is_listed(self) -> bool:
        """Whether the listing itself is for sale; the vendor's state is another question."""
        return self.is_active and self.product_state is ProductState.LIVE

    def lead_days(self, quantity: int) -> tuple[int, int] | None:
        """(days from, days to) until a quantity is ready; None when the vendor does not say."""
        return lead_days(self.lead_time, quantity)

    def is_visible_to(self, keys: frozenset[str]) -> bool:
        """Whether a reader with these keys (`visibility.keys_of`) may see it."""
        return not keys.isdisjoint(self.visibility)


def variants_for_lines(variant_ids: Iterable[UUID]) -> dict[UUID, LineVariant]:
    """Facts of variants by id, whatever their state; unknown ids are absent. Three statements for any number."""
    wanted = set(variant_ids)
    if not wanted:
        return {}
    rows = db.session.execute(select(Variant, Product).join(Product, Product.id == Variant.product_id).where(Variant.id.in_(wanted))).all()
    tiers: dict[UUID, list[tuple[int, int]]] = {}
    for variant_id, start, price in db.session.execute(
        select(PriceTier.variant_id, PriceTier.from_quantity, PriceTier.unit_price_micro)
        .where(PriceTier.variant_id.in_(wanted))
        .order_by(PriceTier.variant_id, PriceTier.from_quantity)
    ):
        tiers.setdefault(variant_id, []).append((start, price))
    free = free_stock(wanted)
    return {v.id: _line_variant(v, p, tuple(tiers.get(v.id, ())), free.get(v.id, 0)) for v, p in rows}


def free_stock(variant_ids: Iterable[UUID]) -> dict[UUID, int]:
    """What is on hand and not promised, in the default places, in base units."""
    rows = db.session.execute(
        select(Stock.variant_id, func.sum(Stock.on_hand - Stock.reserved))
        .join(Place, Place.id == Stock.place_id)
        .where(Stock.variant_id.in_(set(variant_ids)), Place.is_default)
        .group_by(Stock.variant_id)
    )
    return {variant_id: int(free) for variant_id, free in rows}


def _line_variant(variant: Variant, product: Product, tiers: tuple[tuple[int, int], ...], free: int) -> LineVariant:
    return LineVariant(
        variant_id=variant.id,
        product_id=product.id,
        product_version=product.version,
        product_slug=product.slug,
        product_code=product.code,
        product_state=product.state,
        visibility=tuple(product.visibility),
        vendor_id=product.vendor_id,
        category_id=product.category_id,
        sku=variant.sku,
        label=variant.label,
        title=product.title,
        drawing=product.drawing,
        item_id=variant.item_id,
        unit=variant.unit,
        display_unit=variant.display_unit,
        display_factor=variant.display_factor,
        rule=QuantityRule(variant.minimum_quantity, variant.increment, variant.maximum_quantity),
        price_per=variant.price_per,
        currency=product.currency,
        tiers=tiers,
        supply=variant.supply,
        lead_time=tuple((band[0], band[1], band[2]) for band in variant.lead_time),
        weight_g=variant.weight_g,
        available=free if variant.supply is Supply.STOCK else None,
        is_active=variant.is_active,
    )
