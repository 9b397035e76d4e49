"""Other variants that a variant speaks of: what to take instead, what a kit holds. Public: of what is on sale and may be seen."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import KitPart, Product, ProductState, Variant
from marketplace.catalogue.visibility import EVERYONE
from marketplace.core.db import db
from vendors.models import SEEN_STATES, Vendor

VISITOR: frozenset[str] = frozenset({EVERYONE})


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
    rows = db.session.execute(
        select(Variant, Product.slug, Product.title)
        .join(Product, Product.id == Variant.product_id)
        .join(Vendor, Vendor.id == Product.vendor_id)
        .where(
            Variant.vendor_id == vendor_id,
            Variant.sku.in_([sku for sku, _ in named]),
            Variant.is_active,
            Product.state == ProductState.LIVE,
            Product.visibility.overlap(sorted(keys)),
            Vendor.state.in_(SEEN_STATES),
        )
    )
    found = {v.sku: (v, slug, title) for v, slug, title in rows}
    out = []
    for sku, relation in named:
        if sku in found:
            v, slug, title = found[sku]
            out.append(Substitute(v.id, slug, sku, v.label, title, relation))
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
    rows = db.session.execute(
        select(KitPart.quantity, Variant, Product)
        .join(Variant, Variant.id == KitPart.part_id)
        .join(Product, Product.id == Variant.product_id)
        .where(KitPart.kit_id == kit_id)
        .order_by(KitPart.position)
    )
    return [
        Part(
            sku=v.sku,
            title=p.title,
            label=v.label,
            quantity=quantity,
            display_unit=v.display_unit,
            display_factor=v.display_factor,
            slug=p.slug if p.state is ProductState.LIVE and v.is_active and not keys.isdisjoint(p.visibility) else None,
        )
        for quantity, v, p in rows
    ]
