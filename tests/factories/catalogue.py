"""Builders of categories, attributes, products and variants."""

import io
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import select

from marketplace.catalogue import codes
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, content_of
from marketplace.catalogue.models import (
    AttributeDefinition,
    AttributeKind,
    Category,
    CategoryAttribute,
    DocumentAccess,
    DocumentVersion,
    KitPart,
    MovementKind,
    PictureState,
    PriceTier,
    Product,
    ProductDocument,
    ProductPicture,
    ProductState,
    ProductVersion,
    Stock,
    StockMovement,
    Supply,
    Variant,
)
from marketplace.catalogue.services.items import keys_of, link_items
from marketplace.catalogue.services.products import default_place
from marketplace.core import clock, files
from marketplace.core.db import db
from marketplace.core.ids import new_code, new_id
from vendors.models import Vendor

_numbers = count(1)


def make_category(*, slug: str | None = None, name: str = "Hex bolts", parent: Category | None = None, is_leaf: bool = True) -> Category:
    """A category; without a parent it is a root and a leaf at once."""
    number = next(_numbers)
    category_id = new_id()
    category = Category(
        id=category_id,
        slug=slug or f"hex-bolts-{number}",
        parent_id=parent.id if parent else None,
        path=[*(parent.path if parent else []), category_id],
        name={"en": name, "zh-Hans": "六角螺栓"},
        unspsc="31161620",
        hs_codes=["731815"],
        is_leaf=is_leaf,
        position=number,
    )
    db.session.add(category)
    db.session.flush()  # rows that follow point to it
    return category


def make_attribute(
    category: Category | None = None,
    *,
    code: str | None = None,
    kind: AttributeKind = AttributeKind.TEXT,
    unit: str | None = None,
    name: str = "Material",
    choices: Sequence[str] = (),
    is_required: bool = False,
    is_facet: bool = True,
    is_comparable: bool = True,
) -> AttributeDefinition:
    """An attribute definition, asked for by `category` if one is given. `choices` are codes, named after themselves."""
    number = next(_numbers)
    definition = AttributeDefinition(
        id=new_id(),
        code=code or f"attribute_{number}",
        kind=kind,
        unit=unit,
        name={"en": name},
        choices=[{"code": choice, "en": choice.upper()} for choice in choices],
    )
    db.session.add(definition)
    db.session.flush()  # rows that follow point to it
    if category is not None:
        asked = {"is_required": is_required, "is_facet": is_facet, "is_comparable": is_comparable}
        db.session.add(CategoryAttribute(category_id=category.id, attribute_id=definition.id, position=number, **asked))
        db.session.flush()  # found by queries at once
    return definition


def make_product(
    vendor: Vendor,
    *,
    category: Category | None = None,
    state: ProductState = ProductState.LIVE,
    title: str = "Hex bolt ISO 4017 M8 × 40, A2-70",
    attributes: Mapping[str, Any] | None = None,
    visibility: Sequence[str] = ("all",),
    with_variant: bool = True,
    **variant: Any,
) -> Product:
    """A listing with one variant (further keywords are `make_variant`'s), on sale unless `state` says otherwise.

    `attributes` are in stored form: {code: {"v": …, "unit": …}}.
    """
    now = clock.now()
    code = new_code()
    product = Product(
        id=new_id(),
        vendor_id=vendor.id,
        category_id=(category or make_category()).id,
        slug=codes.slug(title, code),
        code=code,
        state=state,
        reasons=[],
        version=1,
        visibility=list(visibility),
        title={"en": title},
        description={"en": "Thread rolled, full thread up to the head."},
        keywords=[],
        attributes=dict(attributes or {}),
        currency=vendor.currency,
        drawing=None,
        picture_id=None,
        videos=None,
        published_at=now if state is ProductState.LIVE else None,
        created_at=now,
        updated_at=now,
    )
    db.session.add(product)
    db.session.flush()  # rows that follow point to it
    if with_variant:
        make_variant(product, **variant)
    else:
        keep_version(product)
    return product


def make_variant(
    product: Product,
    *,
    sku: str | None = None,
    tiers: Sequence[tuple[int, int]] | None = None,
    price_micro: int = 500_000,
    stock: int = 1_000,
    supply: Supply = Supply.STOCK,
    minimum: int = 1,
    increment: int = 1,
    maximum: int | None = None,
    lead_time: Sequence[tuple[int | None, int | None, int | None]] = ((None, 2, 4),),
    weight_g: float | Decimal | None = Decimal(17),
    gtin: str | None = None,
    brand: str | None = "Norrvik",
    mpn: str | None = None,
    **fields: Any,
) -> Variant:
    """A variant with price tiers [(from, unit_price_micro)], stock in the default place, and what more `VariantDraft` holds as keywords.

    Without `tiers` there is one, at `price_micro` from the minimum on. The product's version holds it afterwards.
    """
    number = next(_numbers)
    draft = VariantDraft(
        id=new_id(),
        sku=sku or f"NV-{number}",
        tiers=tuple(tiers) if tiers is not None else ((minimum, price_micro),),
        supply=supply,
        minimum_quantity=minimum,
        increment=increment,
        maximum_quantity=maximum,
        lead_time=tuple(lead_time),
        weight_g=Decimal(str(weight_g)) if weight_g is not None else None,
        gtin=gtin,
        brand=brand,
        mpn=mpn or f"MPN-{number}",
        **fields,
    )
    variant = _add_variant(product, draft, number)
    place_id = default_place(product.vendor_id)
    db.session.add(Stock(variant_id=variant.id, place_id=place_id, on_hand=stock, reserved=0))
    db.session.flush()  # movements point to it
    db.session.add(
        StockMovement(
            id=new_id(),
            variant_id=variant.id,
            place_id=place_id,
            kind=MovementKind.COUNTED,
            on_hand_change=stock,
            reserved_change=0,
            reference_id=None,
            at=clock.now(),
            actor_id=None,
        )
    )
    keep_version(product)
    return variant


def _add_variant(product: Product, draft: VariantDraft, number: int) -> Variant:
    plain = {
        name: getattr(draft, name)
        for name in (
            "sku", "label", "brand", "mpn", "gtin", "unit", "display_unit", "display_factor", "pack", "pack_quantity", "minimum_quantity",
            "increment", "maximum_quantity", "price_per", "supply", "capacity_month", "weight_g", "hs_code", "origin", "lifecycle",
            "last_time_buy_on", "mix_group", "back_order_on",
        )
    }  # fmt: skip
    variant = Variant(
        id=draft.id,
        product_id=product.id,
        vendor_id=product.vendor_id,
        position=number,
        is_active=True,
        item_id=link_items([keys_of(draft)]).get(keys_of(draft)),
        codes=list(draft.codes),
        attributes=dict(draft.attributes),
        lead_time=[list(band) for band in draft.lead_time],
        sample=dict(draft.sample) if draft.sample else None,
        dims_mm=list(draft.dims_mm) if draft.dims_mm else None,
        substitutes=[list(substitute) for substitute in draft.substitutes] or None,
        created_at=clock.now(),
        **plain,
    )
    db.session.add(variant)
    db.session.flush()  # tiers point to it
    db.session.add_all(
        PriceTier(variant_id=variant.id, from_quantity=start, unit_price_micro=price, currency=product.currency)
        for start, price in draft.tiers
    )
    db.session.flush()  # found by queries at once
    return variant


def keep_version(product: Product) -> None:
    """Let the product have a version that holds what its rows say, as the services do; a further variant makes a further version."""
    variants = db.session.query(Variant).filter(Variant.product_id == product.id, Variant.is_active).order_by(Variant.position).all()
    content = content_of(
        ProductDraft(
            category_id=product.category_id,
            title=product.title,
            description=product.description,
            keywords=tuple(product.keywords),
            attributes=product.attributes,
            visibility=tuple(product.visibility),
            drawing=product.drawing,
            videos=tuple(product.videos or ()),
            variants=tuple(_draft_of(variant) for variant in variants),
        ),
        product.currency,
    )
    if db.session.get(ProductVersion, (product.id, product.version)) is not None:
        product.version += 1  # versions are append-only
    db.session.add(
        ProductVersion(
            product_id=product.id,
            version=product.version,
            state=product.state.value,
            content=content,
            reasons=[],
            made_by=None,
            made_at=product.created_at,
        )
    )
    db.session.flush()  # found by queries at once


def _draft_of(variant: Variant) -> VariantDraft:
    tiers = db.session.query(PriceTier).filter(PriceTier.variant_id == variant.id).order_by(PriceTier.from_quantity)
    plain = {
        name: getattr(variant, name)
        for name in (
            "id", "sku", "label", "brand", "mpn", "gtin", "attributes", "unit", "display_unit", "display_factor", "pack", "pack_quantity",
            "minimum_quantity", "increment", "maximum_quantity", "price_per", "supply", "capacity_month", "sample", "weight_g", "hs_code",
            "origin", "lifecycle", "last_time_buy_on", "mix_group", "back_order_on",
        )
    }  # fmt: skip
    parts = db.session.execute(
        select(Variant.sku, KitPart.quantity)
        .join(Variant, Variant.id == KitPart.part_id)
        .where(KitPart.kit_id == variant.id)
        .order_by(KitPart.position)
    )
    return VariantDraft(
        **plain,
        parts=tuple((sku, quantity) for sku, quantity in parts),
        substitutes=tuple((sku, relation) for sku, relation in variant.substitutes or ()),
        tiers=tuple((tier.from_quantity, tier.unit_price_micro) for tier in tiers),
        codes=tuple(variant.codes),
        lead_time=tuple((band[0], band[1], band[2]) for band in variant.lead_time),
        dims_mm=tuple(variant.dims_mm) if variant.dims_mm else None,
    )


def make_kit(kit: Variant, parts: Mapping[Variant, int]) -> Variant:
    """Let a variant be a kit of others: part → base units in one kit. It is sold from stock."""
    for position, (part, quantity) in enumerate(parts.items()):
        db.session.add(KitPart(kit_id=kit.id, part_id=part.id, position=position, quantity=quantity))
    db.session.flush()  # found by queries at once
    keep_version(db.session.get_one(Product, kit.product_id))
    return kit


def make_document(
    product: Product,
    content: bytes = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n",
    *,
    access: DocumentAccess = DocumentAccess.PUBLIC,
    title: str = "Spec sheet of the bolt",
    kind: str = "spec_sheet",
    valid_until: date | None = None,
) -> ProductDocument:
    """A document of a product with its stored file and its first version."""
    stored = files.record(product.vendor_id, "spec.pdf", content)
    db.session.flush()  # the document points to it
    files.store(stored, content)
    now = clock.now()
    document = ProductDocument(
        id=new_id(),
        product_id=product.id,
        vendor_id=product.vendor_id,
        kind=kind,
        title=title,
        language="en",
        access=access,
        valid_from=None,
        valid_until=valid_until,
        version=1,
        file_id=stored.id,
        removed_at=None,
        created_at=now,
        updated_at=now,
    )
    db.session.add(document)
    db.session.flush()  # its version points to it
    db.session.add(
        DocumentVersion(
            document_id=document.id,
            version=1,
            vendor_id=product.vendor_id,
            file_id=stored.id,
            sha256=stored.sha256,
            valid_from=None,
            valid_until=valid_until,
            made_by=None,
            made_at=now,
        )
    )
    db.session.flush()  # found by queries at once
    return document


def make_picture(product: Product, *, state: PictureState = PictureState.SHOWN, alt: str = "The bolt from the side") -> ProductPicture:
    """A photo of a product, small and blue, with its stored file; shown unless `state` says otherwise."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (20, 60, 160)).save(out, "PNG")
    stored = files.record(product.vendor_id, "bolt.png", out.getvalue())
    db.session.flush()  # the photo points to it
    files.store_picture(stored, out.getvalue())
    picture = ProductPicture(
        id=new_id(),
        product_id=product.id,
        vendor_id=product.vendor_id,
        file_id=stored.id,
        alt={"en": alt},
        position=next(_numbers),
        state=state,
        reasons=[],
        removed_at=None,
        created_at=clock.now(),
    )
    db.session.add(picture)
    if state is PictureState.SHOWN and product.picture_id is None:
        product.picture_id = picture.id
    db.session.flush()  # found by queries at once
    return picture


def only_variant(product: Product) -> Variant:
    """The one variant of a product."""
    return db.session.query(Variant).filter(Variant.product_id == product.id).one()


def stock_of(variant_id: UUID) -> tuple[int, int]:
    """(on hand, reserved) of a variant, read afresh."""
    row = db.session.query(Stock).filter(Stock.variant_id == variant_id).populate_existing().one()
    return row.on_hand, row.reserved
