"""Kits and substitutes: what a variant says about other variants of its vendor, by their SKUs.

A part is never a kit itself, so no kit can hold itself; the rows of the parts are locked while that is checked.
"""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, select, update

from marketplace.catalogue.drafts import ProductDraft, VariantDraft
from marketplace.catalogue.errors import ProductRefused
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import KitPart, Supply, Variant
from marketplace.catalogue.queries.faults import reference_faults, variant_field
from marketplace.core.db import db
from marketplace.core.i18n import lazy


def check_references(vendor_id: UUID, draft: ProductDraft) -> None:
    """Every part and substitute is a SKU of the vendor. Raises: ProductRefused with the rows that name none."""
    faults = reference_faults(vendor_id, draft)
    if faults:
        raise ProductRefused(faults)


def write_parts(vendor_id: UUID, variants: Mapping[UUID, VariantDraft]) -> None:
    """Write what the variants of a listing are made of. Raises: ProductRefused (a part that is a kit, a kit that is a part)."""
    named = {sku for variant in variants.values() for sku, _ in variant.parts}
    was_kit = list(db.session.scalars(select(KitPart.kit_id).where(KitPart.kit_id.in_(variants)).distinct()))
    if not named and not was_kit:
        return
    kits = [variant_id for variant_id, variant in variants.items() if variant.parts]
    by_sku = _lock(vendor_id, named, kits)
    db.session.execute(delete(KitPart).where(KitPart.kit_id.in_(variants)))
    _refuse_nested(variants, by_sku, set(kits))
    rows = [
        {"kit_id": kit_id, "part_id": by_sku[sku], "position": position, "quantity": quantity}
        for kit_id, variant in variants.items()
        for position, (sku, quantity) in enumerate(variant.parts)
    ]
    if rows:
        db.session.execute(insert(KitPart), rows)
    _settle(kits)


def _lock(vendor_id: UUID, skus: Iterable[str], kit_ids: Sequence[UUID]) -> dict[str, UUID]:
    """Lock the parts and the kits in one order: two forms that make each other's variant a part cannot both win."""
    named = (Variant.vendor_id == vendor_id) & Variant.sku.in_(set(skus))
    query = select(Variant.id, Variant.sku).where(named | Variant.id.in_(kit_ids)).order_by(Variant.id).with_for_update()
    return {sku: variant_id for variant_id, sku in db.session.execute(query)}


def _refuse_nested(variants: Mapping[UUID, VariantDraft], by_sku: Mapping[str, UUID], kits: set[UUID]) -> None:
    parts = {by_sku[sku] for variant in variants.values() for sku, _ in variant.parts}
    nested = set(db.session.scalars(select(KitPart.kit_id).where(KitPart.kit_id.in_(parts)))) | (parts & kits)
    used = dict(
        db.session.execute(
            select(KitPart.part_id, Variant.sku).join(Variant, Variant.id == KitPart.kit_id).where(KitPart.part_id.in_(kits))
        ).all()
    )
    faults = []
    for position, (variant_id, variant) in enumerate(variants.items()):
        if variant.parts and variant_id in used:
            text = lazy("This is a part of the kit %(sku)s, so it cannot be a kit itself.")
            faults.append(Fault(variant_field(position, "parts"), text, {"sku": used[variant_id]}))
        for row, (sku, _) in enumerate(variant.parts):
            if by_sku[sku] in nested:
                text = lazy("%(sku)s is a kit itself: name its parts here.")
                faults.append(Fault(variant_field(position, f"parts-{row}-sku"), text, {"sku": sku}))
    if faults:
        raise ProductRefused(faults)


def _settle(kit_ids: Iterable[UUID]) -> None:
    """A kit is sold from stock where one of its parts is, else made to order like all of them."""
    stocked = select(KitPart.kit_id).join(Variant, Variant.id == KitPart.part_id).where(Variant.supply == Supply.STOCK)
    for supply, condition in ((Supply.STOCK, Variant.id.in_(stocked)), (Supply.MADE_TO_ORDER, Variant.id.not_in(stocked))):
        db.session.execute(update(Variant).where(Variant.id.in_(set(kit_ids)), condition).values(supply=supply))


def follow_parts(variant_ids: Sequence[UUID]) -> None:
    """Let the kits follow parts that were just written. Raises: ProductRefused (a part was taken out)."""
    rows = db.session.execute(
        select(KitPart.kit_id, KitPart.part_id, Variant.sku, Variant.is_active)
        .join(Variant, Variant.id == KitPart.part_id)
        .where(KitPart.part_id.in_(variant_ids))
    ).all()
    gone = next((row for row in rows if not row.is_active), None)
    if gone is not None:
        kit = db.session.scalar(select(Variant.sku).where(Variant.id == gone.kit_id))
        text = lazy("%(sku)s is a part of the kit %(kit)s: take it out there first.")
        raise ProductRefused([Fault("form", text, {"sku": gone.sku, "kit": kit})])
    if rows:
        _settle({row.kit_id for row in rows})


def link_kits(listed: Sequence[tuple[UUID, UUID, VariantDraft]], *, were_there: bool) -> list[UUID]:
    """The parts of many variants at once: (variant, vendor, draft). Returns the kits that lack a part, or name a kit as one: they get none.

    `were_there`: some of them existed before, and may have been kits.
    """
    kits = [(variant_id, vendor_id, draft) for variant_id, vendor_id, draft in listed if draft.parts]
    if were_there:
        db.session.execute(delete(KitPart).where(KitPart.kit_id.in_([variant_id for variant_id, _, _ in listed])))
    if not kits:
        return []
    named = {sku for _, _, draft in kits for sku, _ in draft.parts}
    vendors = {vendor_id for _, vendor_id, _ in kits}
    query = select(Variant.vendor_id, Variant.sku, Variant.id).where(Variant.vendor_id.in_(vendors), Variant.sku.in_(named))
    found = {(vendor_id, sku): part_id for vendor_id, sku, part_id in db.session.execute(query.order_by(Variant.id).with_for_update())}
    nested = set(db.session.scalars(select(KitPart.kit_id).where(KitPart.kit_id.in_(found.values()))))
    nested |= {variant_id for variant_id, _, _ in kits}
    used = set(db.session.scalars(select(KitPart.part_id).where(KitPart.part_id.in_([variant_id for variant_id, _, _ in kits]))))
    failed, rows = [], []
    for variant_id, vendor_id, draft in kits:
        parts = [(found.get((vendor_id, sku)), quantity) for sku, quantity in draft.parts]
        if variant_id in used or any(part_id is None or part_id in nested for part_id, _ in parts):
            failed.append(variant_id)
            continue
        rows += [{"kit_id": variant_id, "part_id": part_id, "position": n, "quantity": q} for n, (part_id, q) in enumerate(parts)]
    if rows:
        db.session.execute(insert(KitPart), rows)
        _settle({variant_id for variant_id, _, _ in kits}.difference(failed))
    return failed
