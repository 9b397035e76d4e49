"""How a listing is written: its row, its variants with tiers and parts, its version."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue import codes
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, content_of
from marketplace.catalogue.errors import SKUTaken
from marketplace.catalogue.models import PriceTier, Product, ProductVersion, Stock, Supply, Variant
from marketplace.catalogue.services.items import keys_of, link_items
from marketplace.catalogue.services.kits import check_references, follow_parts, write_parts
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id

LOGGED_DIFFERENCES = 40
COPIED = (
    "sku", "label", "brand", "mpn", "gtin", "unit", "display_unit", "display_factor", "pack", "pack_quantity", "minimum_quantity",
    "increment", "maximum_quantity", "price_per", "capacity_month", "weight_g", "hs_code", "origin", "lifecycle", "last_time_buy_on",
    "mix_group", "back_order_on",
)  # fmt: skip


def fill_product(product: Product, draft: ProductDraft, now: datetime) -> None:
    """Put a draft's own fields into the row."""
    product.category_id = draft.category_id
    product.title = dict(draft.title)
    product.slug = codes.slug(draft.title.get("en") or "", product.code)
    product.description = dict(draft.description)
    product.keywords = list(draft.keywords)
    product.attributes = dict(draft.attributes)
    product.visibility = list(draft.visibility)
    product.drawing = draft.drawing
    product.videos = list(draft.videos) or None
    product.updated_at = now


def write_variants(product: Product, draft: ProductDraft, now: datetime, *, place_id: UUID) -> None:
    """Write the variants of a listing with their tiers and parts; those that the draft lacks are taken out and stay for their orders.

    Raises: SKUTaken, ProductRefused (a part or a substitute that cannot be one).
    """
    check_references(product.vendor_id, draft)
    items = link_items(keys_of(variant) for variant in draft.variants)
    rows = {row.id: row for row in db.session.scalars(select(Variant).where(Variant.product_id == product.id))}
    by_sku = {row.sku: row for row in rows.values()}
    kept: list[UUID] = []
    for position, variant in enumerate(draft.variants):
        row = rows.get(variant.id) if variant.id else None
        # A variant that was taken out and comes back under its SKU is the same one.
        row = row or by_sku.get(variant.sku)
        if row is None:
            row = Variant(id=variant.id or new_id(), product_id=product.id, vendor_id=product.vendor_id, created_at=now)
            db.session.add(row)
            rows[row.id] = row
        _fill_variant(row, variant, position)
        row.item_id = items.get(keys_of(variant))
        kept.append(row.id)
    for row in rows.values():
        row.is_active = row.id in kept
    try:
        db.session.flush()  # tiers and stock point to the rows; a SKU that is taken shows here
    except IntegrityError as error:
        if "uq_variants_vendor_id_sku" in str(error.orig):
            raise SKUTaken from error
        raise
    _write_tiers(kept, draft, product.currency)
    write_parts(product.vendor_id, dict(zip(kept, draft.variants, strict=True)))
    follow_parts([row.id for row in rows.values()])
    stocked = set(db.session.scalars(select(Stock.variant_id).where(Stock.variant_id.in_(kept), Stock.place_id == place_id)))
    db.session.add_all(Stock(variant_id=row_id, place_id=place_id, on_hand=0, reserved=0) for row_id in kept if row_id not in stocked)


def _write_tiers(kept: list[UUID], draft: ProductDraft, currency: str) -> None:
    db.session.execute(delete(PriceTier).where(PriceTier.variant_id.in_(kept)))
    tiers = [
        {"variant_id": row_id, "from_quantity": start, "unit_price_micro": price, "currency": currency}
        for row_id, variant in zip(kept, draft.variants, strict=True)
        for start, price in variant.tiers
    ]
    if tiers:
        db.session.execute(insert(PriceTier), tiers)


def _fill_variant(row: Variant, variant: VariantDraft, position: int) -> None:
    row.position = position
    row.is_active = True
    for name in COPIED:
        setattr(row, name, getattr(variant, name))
    row.supply = Supply(variant.supply)
    row.codes = list(variant.codes)
    row.attributes = dict(variant.attributes)
    row.lead_time = [list(band) for band in variant.lead_time]
    row.sample = dict(variant.sample) if variant.sample is not None else None
    row.dims_mm = list(variant.dims_mm) if variant.dims_mm is not None else None
    row.substitutes = [list(substitute) for substitute in variant.substitutes] or None


def write_version(product: Product, draft: ProductDraft, actor: Actor, now: datetime) -> dict[str, Any]:
    """Write the version that the product's number names; returns its content, in which every variant has its id."""
    content = content_of(draft, product.currency)
    ids = {row.sku: row.id for row in db.session.scalars(select(Variant).where(Variant.product_id == product.id))}
    for variant in content["variants"]:
        variant["id"] = str(ids[variant["sku"]])
    db.session.add(
        ProductVersion(
            product_id=product.id,
            version=product.version,
            state=product.state.value,
            content=content,
            reasons=list(product.reasons),
            made_by=actor.person_id,
            made_at=now,
        )
    )
    return content


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(before, after) of the fields that differ between two contents, one level into the variants, as `sku.field`."""
    first, second = flat(old), flat(new)
    names = [name for name in {**first, **second} if first.get(name) != second.get(name)][:LOGGED_DIFFERENCES]
    return {name: first.get(name) for name in names}, {name: second.get(name) for name in names}


def flat(content: Mapping[str, Any]) -> dict[str, Any]:
    """A content with its variants' fields beside its own."""
    out = {name: value for name, value in content.items() if name != "variants"}
    variants = content.get("variants")
    for variant in variants if isinstance(variants, list) else []:
        out |= {f"{variant['sku']}.{name}": value for name, value in variant.items() if name not in ("id", "sku")}
    return out
