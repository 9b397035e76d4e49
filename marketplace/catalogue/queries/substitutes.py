"""Other variants that a variant speaks of: what to take instead, what a kit holds. Public: of what is on sale and may be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Text, and_, any_, bindparam, literal_column, or_, select

from marketplace.catalogue.models import KitPart, Product, ProductState, Variant
from marketplace.catalogue.visibility import EVERYONE
from marketplace.core.db import ask, fixed
from vendors.models import SEEN_STATES, Vendor

VISITOR: frozenset[str] = frozenset({EVERYONE})
LIVE = Product.state == literal_column(f"'{ProductState.LIVE.value}'")
_named = fixed(
    select(Variant.id, Variant.sku, Variant.label, Product.slug, Product.title)
    .join(Product, Product.id == Variant.product_id)
    .join(Vendor, Vendor.id == Product.vendor_id)
    .where(
        Variant.vendor_id == bindparam("vendor"),
        Variant.sku == any_(bindparam("skus", type_=ARRAY(Text))),
        Variant.is_active,
        LIVE,
        Product.visibility.overlap(bindparam("keys", type_=ARRAY(Text))),
        or_(*(Vendor.state == literal_column(f"'{state.value}'") for state in SEEN_STATES)),
    )
)
_parts = fixed(
    select(
        Variant.sku, Product.title, Variant.label, KitPart.quantity, Variant.display_unit, Variant.display_factor, Product.slug,
        and_(LIVE, Variant.is_active), Product.visibility,
    )
    .join(Variant, Variant.id == KitPart.part_id)
    .join(Product, Product.id == Variant.product_id)
    .where(KitPart.kit_id == bindparam("kit"))
    .order_by(KitPart.position)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Substitute:
    """A variant to take instead; `relation` is a key of `wording.RELATIONS`."""

    variant_id: UUID
    slug: str
    sku: str
    label: str | None
    title: Mapping[str, str]
    relation: str


def substitutes_of(variant: Variant, *, keys: frozenset[str] = VISITOR) -> list[Substitute]:
    """The substitutes of a variant in the vendor's order, for a reader with these keys (`visibility.keys_of`)."""
    return substitutes_named(variant.vendor_id, [(sku, relation) for sku, relation in variant.substitutes or ()], keys=keys)


def substitutes_named(vendor_id: UUID, named: list[tuple[str, str]], *, keys: frozenset[str]) -> list[Substitute]:
    """The vendor's variants with these SKUs and their relations, in this order; those that the reader may not see are left out."""
    if not named:
        return []
    rows = ask(_named, {"vendor": vendor_id, "skus": [sku for sku, _ in named], "keys": sorted(keys)})
    found = {sku: (variant_id, label, slug, title) for variant_id, sku, label, slug, title in rows}
    out = []
    for sku, relation in named:
        if sku in found:
            variant_id, label, slug, title = found[sku]
            out.append(Substitute(variant_id, slug, sku, label, title, relation))
    return out


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a kit. `slug` None: the reader cannot look at it by itself."""

    sku: str
    title: Mapping[str, str]
    label: str | None
    quantity: int
    display_unit: str
    display_factor: int
    slug: str | None


def parts_of(kit_id: UUID, *, keys: frozenset[str]) -> list[Part]:
    """What a kit holds, in the vendor's order, for a reader with these keys; the caller has decided that the kit may be seen."""
    return [
        Part(sku, title, label, quantity, unit, factor, slug if is_on_sale and not keys.isdisjoint(visibility) else None)
        for sku, title, label, quantity, unit, factor, slug, is_on_sale, visibility in ask(_parts, {"kit": kit_id})
    ]
