"""The public page of a product. Hidden, paused and unapproved listings are not found, whoever asks (product.md §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Row, Text, Uuid, any_, bindparam, exists, literal, literal_column, select

from marketplace.catalogue import codes
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drawings import picture_key
from marketplace.catalogue.models import KitPart, Product, ProductDocument, ProductState, ProductVersion, Variant
from marketplace.catalogue.queries.categories import TrailStep, asked_by_category, definitions_by_code, trail_of
from marketplace.core.db import ask, fixed
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
    last_time_buy_on: date | None = None
    back_order_on: date | None = None
    mix_group: str | None = None
    substitutes: tuple[tuple[str, str], ...] = ()
    """(SKU, relation) as the vendor named them"""
    is_kit: bool = False


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
    trail: tuple[TrailStep, ...]
    asked: tuple[Definition, ...]
    others: Mapping[str, Definition]
    variants: tuple[VariantView, ...]
    videos: tuple[str, ...] = ()
    has_pictures: bool = False
    has_documents: bool = False

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


_product = fixed(
    select(
        Product.id, Product.vendor_id, Product.category_id, Product.slug, Product.code, Product.version, Product.visibility, Product.title,
        Product.description, Product.attributes, Product.currency, Product.drawing, Product.picture_id, Product.videos, ProductVersion.made_at,
        exists().where(ProductDocument.product_id == Product.id, ProductDocument.removed_at.is_(None)).label("has_documents"),
    )
    .join(Vendor, Vendor.id == Product.vendor_id)
    .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
    .where(
        Product.code == bindparam("code", type_=Text()),
        Product.state == literal_column(f"'{ProductState.LIVE.value}'"),
        Vendor.state == any_(literal([state.value for state in SEEN_STATES], ARRAY(Text))),
    )
)  # fmt: skip
_variants = fixed(
    select(
        Variant.id, Variant.sku, Variant.label, Variant.brand, Variant.mpn, Variant.gtin, Variant.codes, Variant.item_id,
        Variant.attributes, Variant.pack, Variant.pack_quantity, Variant.capacity_month, Variant.sample, Variant.weight_g,
        Variant.dims_mm, Variant.hs_code, Variant.origin, Variant.lifecycle, Variant.display_unit, Variant.display_factor,
        Variant.last_time_buy_on, Variant.back_order_on, Variant.mix_group, Variant.substitutes,
        select(KitPart.part_id).where(KitPart.kit_id == Variant.id).exists().label("is_kit"),
    )
    .where(Variant.product_id == bindparam("product", type_=Uuid()), Variant.is_active)
    .order_by(Variant.position)
)  # fmt: skip


def product_page(address: str, *, keys: frozenset[str]) -> ProductPage:
    """The listing at `/products/<address>`; only the code at its end counts, so the caller redirects when `slug` differs.

    `keys` are the reader's (`visibility.keys_of`). Raises: NotFound, alike for hidden, paused, unapproved and unused addresses.
    """
    product = ask(_product, {"code": codes.code_of(address)}).one_or_none()
    if product is None or keys.isdisjoint(product.visibility):
        raise NotFound
    variants = ask(_variants, {"product": product.id}).all()
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
        changed_at=product.made_at,
        title=product.title,
        description=product.description,
        attributes=product.attributes,
        currency=product.currency,
        drawing=picture_key(product.picture_id) or product.drawing,
        trail=trail_of(product.category_id),
        asked=tuple(asked),
        others=definitions_by_code(used),
        variants=tuple(_view(variant) for variant in variants),
        videos=tuple(product.videos or ()),
        has_pictures=product.picture_id is not None,
        has_documents=product.has_documents,
    )


def _view(variant: Row[Any]) -> VariantView:
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
        last_time_buy_on=variant.last_time_buy_on,
        back_order_on=variant.back_order_on,
        mix_group=variant.mix_group,
        substitutes=tuple((sku, relation) for sku, relation in variant.substitutes or ()),
        is_kit=variant.is_kit,
    )


def same_items(item_id: UUID | None, *, vendor_id: UUID, gtin: str | None, keys: frozenset[str]) -> list[Sibling]:
    """The same item at other vendors that are seen, for a reader with these keys; at most 12. Public."""
    if item_id is None:
        return []
    mine = codes.gtin_key(gtin)
    values = {"item": item_id, "vendor": vendor_id, "keys": sorted(keys)}
    return [
        Sibling(variant_id, product_id, seller_id, slug, title, sku, mine is not None and codes.gtin_key(other) == mine)
        for variant_id, product_id, seller_id, slug, title, sku, other in ask(_siblings, values).all()
    ]


_siblings = fixed(
    select(Variant.id, Product.id, Product.vendor_id, Product.slug, Product.title, Variant.sku, Variant.gtin)
    .join(Product, Product.id == Variant.product_id)
    .join(Vendor, Vendor.id == Product.vendor_id)
    .where(
        Variant.item_id == bindparam("item", type_=Uuid()),
        Variant.is_active,
        Product.vendor_id != bindparam("vendor", type_=Uuid()),
        Product.state == literal_column(f"'{ProductState.LIVE.value}'"),
        Product.visibility.overlap(bindparam("keys", type_=ARRAY(Text))),
        Vendor.state == any_(literal([state.value for state in SEEN_STATES], ARRAY(Text))),
    )
    .order_by(Vendor.name, Variant.sku)
    .limit(literal_column(str(SIBLING_LIMIT)))
)
