"""The public page of a product. Hidden, paused and unapproved listings are not found, whoever asks (product.md §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue import codes
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.models import Category, Product, ProductState, ProductVersion, Variant
from marketplace.catalogue.queries.categories import asked_by_category, category_trail, definitions_by_code
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from vendors.models import SEEN_STATES, Vendor

SIBLING_LIMIT = 12


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant as its page shows it; what pricing computes is not here."""

    id: UUID
    sku: str
    label: str | None
    brand: str | None
    mpn: str | None
    gtin: str | None
    codes: tuple[str, ...]
    item_id: UUID | None
    attributes: Mapping[str, Any]
    pack: str | None
    pack_quantity: int | None
    capacity_month: int | None
    sample: Mapping[str, Any] | None
    weight_g: Any
    dims_mm: tuple[float, ...] | None
    hs_code: str | None
    origin: str | None
    lifecycle: str
    display_unit: str
    display_factor: int


@dataclass(frozen=True, slots=True)
class ProductPage:
    """What is public about a listing, without its price. `specifications` are (definition, stored value or None) for the chosen variant."""

    id: UUID
    vendor_id: UUID
    slug: str
    code: str
    version: int
    changed_at: datetime
    title: Mapping[str, str]
    description: Mapping[str, str]
    attributes: Mapping[str, Any]
    currency: str
    drawing: str | None
    trail: tuple[Category, ...]
    asked: tuple[Definition, ...]
    others: Mapping[str, Definition]
    variants: tuple[VariantView, ...]

    def specifications(self, variant: VariantView) -> list[tuple[Definition, Mapping[str, Any] | None]]:
        """Attributes in the category's order, then further ones by code; None is not stated."""
        values = {**self.attributes, **variant.attributes}
        asked = {definition.code for definition in self.asked}
        rows: list[tuple[Definition, Mapping[str, Any] | None]] = [(d, values.get(d.code)) for d in self.asked]
        rows += [(self.others[code], values[code]) for code in sorted(values) if code not in asked and code in self.others]
        return rows


@dataclass(frozen=True, slots=True)
class Sibling:
    """The same item at another vendor."""

    variant_id: UUID
    product_id: UUID
    vendor_id: UUID
    slug: str
    title: Mapping[str, str]
    sku: str
    by_gtin: bool


def product_page(address: str, *, keys: frozenset[str]) -> ProductPage:
    """The listing at `/products/<address>`; only the code at its end counts, so the caller redirects when `slug` differs.

    `keys` are the reader's (`visibility.keys_of`). Raises: NotFound, alike for hidden, paused, unapproved and unused addresses.
    """
    row = db.session.execute(
        select(Product, ProductVersion.made_at)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(Product.code == codes.code_of(address), Product.state == ProductState.LIVE, Vendor.state.in_(SEEN_STATES))
    ).one_or_none()
    if row is None or keys.isdisjoint(row[0].visibility):
        raise NotFound
    product, made_at = row
    variants = list(
        db.session.scalars(select(Variant).where(Variant.product_id == product.id, Variant.is_active).order_by(Variant.position))
    )
    if not variants:
        raise NotFound
    asked = asked_by_category(product.category_id)
    used = set(product.attributes).union(*(variant.attributes for variant in variants)) - {d.code for d in asked}
    return ProductPage(
        id=product.id,
        vendor_id=product.vendor_id,
        slug=product.slug,
        code=product.code,
        version=product.version,
        changed_at=made_at,
        title=product.title,
        description=product.description,
        attributes=product.attributes,
        currency=product.currency,
        drawing=product.drawing,
        trail=tuple(category_trail(product.category_id)),
        asked=tuple(asked),
        others=definitions_by_code(used),
        variants=tuple(_view(variant) for variant in variants),
    )


def _view(variant: Variant) -> VariantView:
    return VariantView(
        id=variant.id,
        sku=variant.sku,
        label=variant.label,
        brand=variant.brand,
        mpn=variant.mpn,
        gtin=variant.gtin,
        codes=tuple(variant.codes),
        item_id=variant.item_id,
        attributes=variant.attributes,
        pack=variant.pack,
        pack_quantity=variant.pack_quantity,
        capacity_month=variant.capacity_month,
        sample=variant.sample,
        weight_g=variant.weight_g,
        dims_mm=tuple(variant.dims_mm) if variant.dims_mm else None,
        hs_code=variant.hs_code,
        origin=variant.origin,
        lifecycle=variant.lifecycle,
        display_unit=variant.display_unit,
        display_factor=variant.display_factor,
    )


def same_items(item_id: UUID | None, *, vendor_id: UUID, gtin: str | None, keys: frozenset[str]) -> list[Sibling]:
    """The same item at other vendors that are seen, for a reader with these keys; at most 12. Public."""
    if item_id is None:
        return []
    rows = db.session.execute(
        select(Variant, Product)
        .join(Product, Product.id == Variant.product_id)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .where(
            Variant.item_id == item_id,
            Variant.is_active,
            Product.vendor_id != vendor_id,
            Product.state == ProductState.LIVE,
            Product.visibility.overlap(sorted(keys)),
            Vendor.state.in_(SEEN_STATES),
        )
        .order_by(Vendor.name, Variant.sku)
        .limit(SIBLING_LIMIT)
    )
    mine = codes.gtin_key(gtin)
    return [Sibling(v.id, p.id, p.vendor_id, p.slug, p.title, v.sku, mine is not None and codes.gtin_key(v.gtin) == mine) for v, p in rows]
