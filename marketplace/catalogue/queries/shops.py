"""What a vendor's shop page lists. Public: only live listings of a vendor that is seen, for a reader with these keys."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select, tuple_

from marketplace.catalogue.models import Product, ProductState, Variant
from marketplace.catalogue.queries.lines import LineVariant, variants_for_lines
from marketplace.core.db import db
from vendors.models import SEEN_STATES, Vendor


@dataclass(frozen=True, slots=True)
class ShopProduct:
    """A listing with its first variant; `variants` counts all active ones."""

    line: LineVariant
    variants: int


@dataclass(frozen=True, slots=True)
class ShopGoods:
    """A part of a shop's listings, the newest first; `next` is the code to go on after, None at the end."""

    total: int
    products: tuple[ShopProduct, ...]
    next: str | None


def shop_products(vendor_id: UUID, *, keys: frozenset[str], limit: int, after: str | None = None) -> ShopGoods:
    """The listings of a vendor that a reader with these keys (`visibility.keys_of`) may see; `after` is a product code."""
    seen = (
        select(Product.id, Product.code, func.min(Variant.position).label("first"), func.count().label("variants"))
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(Variant, (Variant.product_id == Product.id) & Variant.is_active)
        .where(
            Product.vendor_id == vendor_id,
            Product.state == ProductState.LIVE,
            Product.visibility.overlap(sorted(keys)),
            Vendor.state.in_(SEEN_STATES),
        )
        .group_by(Product.id)
    )
    total = db.session.scalar(select(func.count()).select_from(seen.subquery())) or 0
    if after:
        last = select(Product.published_at, Product.id).where(Product.code == after, Product.vendor_id == vendor_id).subquery()
        seen = seen.where(tuple_(Product.published_at, Product.id) < select(last.c.published_at, last.c.id).scalar_subquery())
    rows = db.session.execute(seen.order_by(Product.published_at.desc().nulls_last(), Product.id.desc()).limit(limit + 1)).all()
    page = rows[:limit]
    found = select(Variant.id, Variant.product_id, Variant.position).where(Variant.product_id.in_([r.id for r in page]), Variant.is_active)
    firsts = {(row.product_id, row.position): row.id for row in db.session.execute(found)}
    wanted = [(firsts[r.id, r.first], r.variants) for r in page]
    lines = variants_for_lines([variant_id for variant_id, _n in wanted])
    products = tuple(ShopProduct(lines[variant_id], n) for variant_id, n in wanted)
    return ShopGoods(total, products, page[-1].code if len(rows) > limit else None)
