"""The public page of a product. Hidden, paused and unapproved listings are not found, whoever asks (product.md §3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic_core import from_json
from sqlalchemy import ARRAY, Row, Text, Uuid, any_, bindparam, cast, literal_column, select, true
from sqlalchemy.orm import aliased

from marketplace.catalogue import codes
from marketplace.catalogue.attributes import Definition
from marketplace.catalogue.drawings import picture_of
from marketplace.catalogue.models import Product, ProductDocument, ProductState, ProductVersion, Variant
from marketplace.catalogue.queries.categories import TrailStep, asked_by_category, definitions_by_code, trail_of
from marketplace.catalogue.queries.lines import IS_KIT, LINE_COLUMNS, LineVariant, lines_of_rows
from marketplace.core.db import ask, fixed, holds_any
from marketplace.core.errors import NotFound
from vendors.models import SEEN_STATES, Vendor

SIBLING_LIMIT = 12


class VariantView(NamedTuple):
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
    has_rivals: bool = False
    """Other vendors have the same item, whether or not this reader may see theirs."""


class ProductPage(NamedTuple):
    """What is public about a listing, without its price. `lines` are for pricing. `specifications` are (definition, stored value or None) for the chosen variant."""

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
    lines: Mapping[UUID, LineVariant]
    videos: tuple[str, ...] = ()
    has_pictures: bool = False
    has_documents: bool = False

    def mixed_with(self, variant: VariantView) -> list[str]:
        """The other variants of the listing whose quantities count together with this one's for the price (product.md 3)."""
        group = variant.mix_group
        return [each.label or each.sku for each in self.variants if group and each.mix_group == group and each.id != variant.id]

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


_IS_SEEN = Vendor.state == any_(literal_column("'{" + ",".join(sorted(state.value for state in SEEN_STATES)) + "}'::text[]"))
_IS_LIVE = Product.state == literal_column(f"'{ProductState.LIVE.value}'")
_other = aliased(Variant)
# One row for each variant, in which the listing's own columns stand again: the long ones as text, to be read once.
_page = fixed(
    select(
        *LINE_COLUMNS,
        cast(Product.description, Text).label("description"), cast(Product.attributes, Text).label("common_attributes"),
        Product.videos.label("videos"), ProductVersion.made_at.label("made_at"),
        holds_any(
            select(ProductDocument.id).where(ProductDocument.product_id == Product.id, ProductDocument.removed_at.is_(None))
        ).label("has_documents"),
        Variant.brand.label("brand"), Variant.mpn.label("mpn"), Variant.gtin.label("gtin"), Variant.codes.label("codes"),
        Variant.attributes.label("attributes"), Variant.pack.label("pack"), Variant.pack_quantity.label("pack_quantity"),
        Variant.sample.label("sample"), Variant.dims_mm.label("dims_mm"),
        Variant.origin.label("origin"), Variant.lifecycle.label("lifecycle"), Variant.substitutes.label("substitutes"),
        holds_any(
            select(_other.id).where(_other.item_id == Variant.item_id, _other.vendor_id != Variant.vendor_id, _other.is_active)
        ).label("has_rivals"),
    )
    .join(Product, Product.id == Variant.product_id)
    .join(Vendor, Vendor.id == Product.vendor_id)
    .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
    .where(Product.code == bindparam("code", type_=Text()), _IS_LIVE, _IS_SEEN, Variant.is_active)
    .order_by(Variant.position)
)  # fmt: skip


def product_page(address: str, *, keys: frozenset[str]) -> ProductPage:
    """The listing at `/products/<address>`; only the code at its end counts, so the caller redirects when `slug` differs.

    `keys` are the reader's (`visibility.keys_of`). Raises: NotFound, alike for hidden, paused, unapproved and unused addresses.
    """
    rows = ask(_page, {"code": codes.code_of(address)}).all()
    lines = lines_of_rows(rows)
    product = next(iter(lines.values()), None)
    if product is None or not product.is_visible_to(keys):
        raise NotFound
    first = rows[0]
    variants = tuple(_view(row, lines[row[0]]) for row in rows)
    common = from_json(first.common_attributes)
    asked = asked_by_category(product.category_id)
    used = set(common).union(*(variant.attributes for variant in variants)) - {d.code for d in asked}
    return ProductPage(
        id=product.product_id,
        vendor_id=product.vendor_id,
        slug=product.product_slug,
        code=product.product_code,
        version=product.product_version,
        changed_at=first.made_at,
        title=product.title,
        description=from_json(first.description),
        attributes=common,
        currency=product.currency,
        drawing=product.drawing,
        trail=trail_of(product.category_id),
        asked=tuple(asked),
        others=definitions_by_code(used),
        variants=variants,
        lines=lines,
        videos=tuple(first.videos or ()),
        has_pictures=picture_of(product.drawing) is not None,
        has_documents=first.has_documents,
    )


def _view(row: Row[Any], line: LineVariant) -> VariantView:
    return VariantView(
        id=line.variant_id,
        sku=line.sku,
        label=line.label,
        brand=row.brand,
        mpn=row.mpn,
        gtin=row.gtin,
        codes=tuple(row.codes),
        item_id=line.item_id,
        attributes=row.attributes,
        pack=row.pack,
        pack_quantity=row.pack_quantity,
        capacity_month=line.capacity_month,
        sample=row.sample,
        weight_g=line.weight_g,
        dims_mm=tuple(row.dims_mm) if row.dims_mm else None,
        hs_code=line.hs_code,
        origin=row.origin,
        lifecycle=row.lifecycle,
        display_unit=line.display_unit,
        display_factor=line.display_factor,
        last_time_buy_on=line.last_time_buy_on,
        back_order_on=line.back_order_on,
        mix_group=line.mix_group,
        substitutes=tuple((sku, relation) for sku, relation in row.substitutes or ()),
        is_kit=row[IS_KIT],
        has_rivals=row.has_rivals,
    )


def same_items(variant: VariantView, *, vendor_id: UUID, keys: frozenset[str]) -> list[Sibling]:
    """The same item at other vendors that are seen, for a reader with these keys; at most 12. Public."""
    if not variant.has_rivals:
        return []
    mine = codes.gtin_key(variant.gtin)
    values = {"item": variant.item_id, "vendor": vendor_id, "keys": sorted(keys)}
    return [
        Sibling(variant_id, product_id, seller_id, slug, title, sku, mine is not None and codes.gtin_key(other) == mine)
        for variant_id, product_id, seller_id, slug, title, sku, other in ask(_siblings, values).all()
    ]


# The listing of each variant in turn: left to choose, a server that has not counted the rows of a large import yet begins with every
# product of every vendor (0.8 s instead of 0.1 ms).
_listing = (
    select(Product.id, Product.vendor_id, Product.slug, Product.title, Vendor.name)
    .join(Vendor, Vendor.id == Product.vendor_id)
    .where(Product.id == Variant.product_id, _IS_LIVE, Product.visibility.overlap(bindparam("keys", type_=ARRAY(Text))), _IS_SEEN)
    .limit(literal_column("1"))
    .lateral("listing")
)
_siblings = fixed(
    select(Variant.id, _listing.c.id, _listing.c.vendor_id, _listing.c.slug, _listing.c.title, Variant.sku, Variant.gtin)
    .join(_listing, true())
    .where(Variant.item_id == bindparam("item", type_=Uuid()), Variant.is_active, Variant.vendor_id != bindparam("vendor", type_=Uuid()))
    .order_by(_listing.c.name, Variant.sku)
    .limit(literal_column(str(SIBLING_LIMIT)))
)
