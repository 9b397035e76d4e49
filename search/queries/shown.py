"""Everything that is shown of a hit, read from the database: the index says only which variants, in which order."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, literal_column, select

from marketplace.catalogue.models import Category, Product, ProductState, Variant
from marketplace.catalogue.queries import LineVariant, variants_for_lines
from marketplace.core.db import ask, db, fixed, ids_text, one_of_ids
from search.queries.rows import LISTED
from search.queries.vendors import seen_vendors
from vendors.facts import VendorFacts


class ShownVariant(NamedTuple):
    """A variant with its vendor, as a hit or a column of a comparison shows it."""

    line: LineVariant
    vendor: VendorFacts


def shown_variants(variant_ids: Iterable[UUID], *, keys: frozenset[str]) -> list[ShownVariant]:
    """These variants in this order, for a reader with these visibility keys.

    The index may be a second old: what the reader may not see any more is left out here, whatever the index said, and so is a kit of which
    a part cannot be bought.
    """
    ids = list(variant_ids)
    lines, seen = variants_for_lines(ids), seen_vendors()
    shown = []
    for variant_id in ids:
        line = lines.get(variant_id)
        vendor = seen.facts.get(line.vendor_id) if line else None
        if line and vendor and line.is_listed and line.missing_part is None and line.is_visible_to(keys):
            shown.append(ShownVariant(line, vendor))
    return shown


KNOWN_STATES = (ProductState.LIVE, ProductState.PAUSED, ProductState.RETIRED)
"""A listing that was on sale; drafts and refused ones are nobody's business."""


def withheld_variants(variant_ids: Iterable[UUID], *, keys: frozenset[str]) -> list[ShownVariant]:
    """Of these variants those of which a reader with these keys may know that they are there, though nobody can buy them now."""
    ids = list(variant_ids)
    lines, seen = variants_for_lines(ids), seen_vendors()
    known = (
        line for variant_id in ids if (line := lines.get(variant_id)) and line.product_state in KNOWN_STATES and line.is_visible_to(keys)
    )
    return [
        ShownVariant(line, seen.facts[line.vendor_id])
        for line in known
        if line.vendor_id in seen.facts and not (line.is_listed and line.missing_part is None)
    ]


class NamedVariant(NamedTuple):
    """A variant by name only: what a suggestion says."""

    variant_id: UUID
    product_id: UUID
    title: dict[str, Any]
    sku: str
    label: str | None
    product_slug: str


_named = fixed(
    select(Variant.id, Variant.product_id, Product.title, Variant.sku, Variant.label, Product.slug, Product.visibility)
    .join(Product, Product.id == Variant.product_id)
    .where(Variant.id == one_of_ids(), Variant.is_active, Product.state == literal_column(f"'{ProductState.LIVE.value}'"))
)


def named_variants(variant_ids: Iterable[UUID], *, keys: frozenset[str]) -> list[NamedVariant]:
    """These variants in this order, those that a reader with these keys may see now."""
    ids = list(variant_ids)
    rows = ask(_named, {"ids": ids_text(ids)}) if ids else ()
    found = {variant_id: NamedVariant(variant_id, *rest) for variant_id, *rest, visibility in rows if not keys.isdisjoint(visibility)}
    return [found[variant_id] for variant_id in ids if variant_id in found]


def variants_in_category(category_id: UUID, *, keys: frozenset[str], offset: int, limit: int) -> tuple[int, list[UUID]]:
    """(how many, a page of ids) of what stands in a category and below, newest first: what a page shows while the index is away."""
    wanted = (
        select(Variant.id, Product.published_at)
        .join(Product, Product.id == Variant.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(
            Category.path.contains([category_id]),
            LISTED,
            Product.visibility.overlap(sorted(keys)),
            Product.vendor_id.in_(seen_vendors().ids),
        )
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    page = wanted.order_by(Product.published_at.desc().nulls_last(), Variant.id).offset(offset).limit(limit)
    return total, list(db.session.scalars(page))


def skus_of(variant_ids: Iterable[UUID]) -> dict[UUID, str]:
    """SKUs by variant id. Public."""
    return dict(db.session.execute(select(Variant.id, Variant.sku).where(Variant.id.in_(list(variant_ids)))).all())


def codes_of(variant_ids: Iterable[UUID]) -> dict[UUID, tuple[str, ...]]:
    """Every code that variants are known by, the SKU first, as the index has them; by SKU and age, so that the order is steady. Public."""
    rows = db.session.execute(
        select(Variant.id, Variant.sku, Variant.mpn, Variant.gtin, Variant.codes)
        .where(Variant.id.in_(list(variant_ids)))
        .order_by(Variant.sku, Variant.id)
    )
    return {variant_id: tuple(code for code in (sku, mpn, gtin, *further) if code) for variant_id, sku, mpn, gtin, further in rows}


def variants_with_skus(skus: Iterable[str]) -> list[UUID]:
    """Variants whose SKU is written exactly so, whoever sells them: what is found while the index is away. Public; the reader filters."""
    wanted = list(skus)
    return list(db.session.scalars(select(Variant.id).where(Variant.sku.in_(wanted)).limit(2_000))) if wanted else []


def attributes_of(variant_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """Attributes of variants in stored form, those of their products and their own together. Public."""
    rows = db.session.execute(
        select(Variant.id, Product.attributes, Variant.attributes.label("own"))
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.id.in_(list(variant_ids)))
    )
    return {variant_id: {**shared, **own} for variant_id, shared, own in rows}
