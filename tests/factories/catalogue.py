"""Builders of categories, attributes, products and variants."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID

from marketplace.catalogue import codes
from marketplace.catalogue.drafts import ProductDraft, VariantDraft, content_of
from marketplace.catalogue.models import (
    AttributeDefinition,
    AttributeKind,
    Category,
    CategoryAttribute,
    MovementKind,
    PriceTier,
    Product,
    ProductState,
    ProductVersion,
    Stock,
    StockMovement,
    Supply,
    Variant,
)
from marketplace.catalogue.services.items import keys_of, link_items
from marketplace.catalogue.services.products import default_place
from marketplace.core import clock
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
        db.session.add(
            CategoryAttribute(
                category_id=category.id, attribute_id=definition.id, is_required=is_required, is_facet=is_facet, position=number
            )
        )
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
            "origin", "lifecycle",
        )
    }  # fmt: skip
    return VariantDraft(
        **plain,
        tiers=tuple((tier.from_quantity, tier.unit_price_micro) for tier in tiers),
        codes=tuple(variant.codes),
        lead_time=tuple((band[0], band[1], band[2]) for band in variant.lead_time),
        dims_mm=tuple(variant.dims_mm) if variant.dims_mm else None,
    )


def only_variant(product: Product) -> Variant:
    """The one variant of a product."""
    return db.session.query(Variant).filter(Variant.product_id == product.id).one()


def stock_of(variant_id: UUID) -> tuple[int, int]:
    """(on hand, reserved) of a variant, read afresh."""
    row = db.session.query(Stock).filter(Stock.variant_id == variant_id).populate_existing().one()
    return row.on_hand, row.reserved
