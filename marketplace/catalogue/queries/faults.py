"""What is wrong with a listing before it is saved: its own rules, and what it says about the vendor's other SKUs."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.drafts import ProductDraft, faults_of
from marketplace.catalogue.errors import SKUTaken
from marketplace.catalogue.faults import Fault
from marketplace.catalogue.models import Variant
from marketplace.catalogue.queries.categories import definitions_by_code
from marketplace.core.db import db
from marketplace.core.i18n import lazy

NO_SKU = lazy("You have no SKU %(sku)s.")


def own_skus(vendor_id: UUID, skus: Collection[str]) -> set[str]:
    """Those of the SKUs that the vendor has."""
    return set(db.session.scalars(select(Variant.sku).where(Variant.vendor_id == vendor_id, Variant.sku.in_(skus), Variant.is_active)))


def draft_faults(draft: ProductDraft, *, vendor_id: UUID, product_id: UUID | None = None) -> list[Fault]:
    """Every fault of a vendor's draft that can be told without saving it. `product_id`: the listing that it is of, if it is saved."""
    faults = faults_of(draft, definitions_by_code(draft.codes_used))
    return [*faults, *reference_faults(vendor_id, draft), *_taken_skus(draft, vendor_id, product_id)]


def reference_faults(vendor_id: UUID, draft: ProductDraft) -> list[Fault]:
    """The parts and substitutes that are no SKU of the vendor."""
    named = {sku for variant in draft.variants for sku, _ in (*variant.parts, *variant.substitutes)}
    if not named:
        return []
    known = own_skus(vendor_id, named) | {variant.sku for variant in draft.variants}
    return [
        Fault(variant_field(position, f"{name}-{row}-sku"), NO_SKU, {"sku": sku})
        for position, variant in enumerate(draft.variants)
        for name, rows in (("parts", variant.parts), ("substitutes", variant.substitutes))
        for row, (sku, _) in enumerate(rows)
        if sku not in known
    ]


def _taken_skus(draft: ProductDraft, vendor_id: UUID, product_id: UUID | None) -> list[Fault]:
    query = select(Variant.sku, Variant.product_id).where(Variant.vendor_id == vendor_id, Variant.sku.in_([v.sku for v in draft.variants]))
    taken = {sku for sku, owner_id in db.session.execute(query) if owner_id != product_id}
    return [Fault(variant_field(n, "sku"), SKUTaken.message) for n, variant in enumerate(draft.variants) if variant.sku in taken]


def variant_field(position: int, name: str) -> str:
    """A field of a variant as the form of a whole draft calls it: those of the first one go by their own names."""
    return f"variants-{position}-{name}" if position else name
