"""A vendor's list of its listings, filtered, sorted and walked by key; scoped to the vendor."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from marketplace.catalogue.drawings import picture_key
from marketplace.catalogue.models import (
    KitPart,
    Place,
    PriceTier,
    Product,
    ProductProposal,
    ProductState,
    ProductTakedown,
    ProposalState,
    Stock,
    Supply,
    Variant,
)
from marketplace.catalogue.queries.lines import free_stock
from marketplace.catalogue.wording import STATES
from marketplace.core.db import db
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Asked, Choice, Sort, Stretch, Table, Words, in_parts

WORDS = 6


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A line of the vendor's list. `price` is (micro, price_per, display_factor, display_unit) of the first tier of the first variant."""

    id: UUID
    title: Mapping[str, str]
    sku: str
    variants: int
    state: ProductState
    version: int
    currency: str
    price: tuple[int, int, int, str] | None
    is_stocked: bool
    """Whether the first variant is sold from stock; others are made to order."""
    on_hand: int
    reserved: int
    display_factor: int
    display_unit: str
    drawing: str | None
    updated_at: datetime
    has_change: bool
    """Whether a change of it waits for the platform."""
    reasons: tuple[str, ...]
    """Codes of why it was refused or taken down."""
    is_taken_down: bool


def _fits(typed: str) -> ColumnElement[bool]:
    """Every word stands in a title, a SKU, an MPN or a GTIN."""
    conditions = []
    for word in typed.split()[:WORDS]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        codes = or_(Variant.sku.ilike(pattern), Variant.mpn.ilike(pattern), Variant.gtin.ilike(pattern))
        coded = select(Variant.id).where(Variant.product_id == Product.id, codes)
        titled = or_(Product.title["en"].astext.ilike(pattern), Product.title["zh-Hans"].astext.ilike(pattern))
        conditions.append(or_(titled, coded.exists()))
    return and_(*conditions) if conditions else Product.id.is_not(None)


_is_taken_down = and_(
    Product.state == ProductState.REFUSED,
    select(ProductTakedown.id).where(ProductTakedown.product_id == Product.id, ProductTakedown.ended.is_(None)).exists(),
)


def _state(value: str) -> ColumnElement[bool]:
    if value == TAKEN_DOWN:
        return _is_taken_down
    if value == CHANGE:
        waiting = select(ProductProposal.id).where(ProductProposal.product_id == Product.id, ProductProposal.state == ProposalState.WAITING)
        return waiting.exists()
    return Product.state == ProductState(value)


def _states() -> list[tuple[str, str]]:
    states = [(state.value, gettext(word)) for state, (word, _) in STATES.items()]
    return [*states, (TAKEN_DOWN, gettext("Taken down by the platform")), (CHANGE, gettext("A change waits for the platform"))]


NOTHING_FREE = "none"
"""The choice of the list by what is free that shows what has run out."""


def _stock(value: str) -> ColumnElement[bool]:
    part = aliased(Variant)
    own = select(Variant.id).where(Variant.product_id == Product.id, Variant.is_active)
    if value == "made_to_order":
        return own.where(Variant.supply == Supply.MADE_TO_ORDER).exists()
    # A kit is there when each of its stocked parts is.
    lies = (
        select(Stock.variant_id)
        .join(Place, (Place.id == Stock.place_id) & Place.is_default)
        .where(Stock.variant_id == Variant.id, Stock.on_hand > Stock.reserved)
    )
    lacking = (
        select(KitPart.part_id)
        .join(part, part.id == KitPart.part_id)
        .join(Place, (Place.vendor_id == part.vendor_id) & Place.is_default)
        .outerjoin(Stock, (Stock.variant_id == part.id) & (Stock.place_id == Place.id))
        .where(
            KitPart.kit_id == Variant.id,
            part.supply == Supply.STOCK,
            func.coalesce(Stock.on_hand - Stock.reserved, 0) < KitPart.quantity,
        )
    )
    is_kit = select(KitPart.part_id).where(KitPart.kit_id == Variant.id).exists()
    has_some = or_(and_(is_kit, ~lacking.exists()), and_(~is_kit, lies.exists()))
    stocked = own.where(Variant.supply == Supply.STOCK)
    return stocked.where(has_some).exists() if value == "some" else stocked.where(~has_some).exists()


def _stocks() -> list[tuple[str, str]]:
    return [
        ("some", gettext("Something is free")),
        (NOTHING_FREE, gettext("Nothing is free")),
        ("made_to_order", gettext("Made to order")),
    ]


LISTED: tuple[Any, ...] = (
    Product.id, Product.title, Product.state, Product.version, Product.currency, Product.picture_id, Product.drawing, Product.updated_at,
    Product.reasons, _is_taken_down.label("is_taken_down"),
)  # fmt: skip
SOLD: tuple[Any, ...] = (
    Variant.product_id, Variant.id, Variant.sku, Variant.price_per, Variant.display_factor, Variant.display_unit, Variant.supply,
)  # fmt: skip
"""What a line of the list says about a variant: loading variants whole, with their attributes, took four fifths of a long list."""

CHANGE, TAKEN_DOWN = "change", "taken_down"
PRODUCTS = Table(
    name="catalogue.products",
    key=Product.id,
    sorts={
        "changed": Sort(Product.updated_at, falls=True),
        "title": Sort(func.lower(func.coalesce(Product.title["en"].astext, Product.title["zh-Hans"].astext, ""))),
        "state": Sort(cast(Product.state, Text)),
        "version": Sort(Product.version, falls=True),
    },
    default="-changed",
    filters=(
        Words("q", lazy("Title, SKU, MPN or GTIN"), _fits),
        Choice("state", lazy("State"), _states, _state),
        Choice("stock", lazy("Stock"), _stocks, _stock),
    ),
)


def own_products(vendor_id: UUID) -> Select[Any]:
    """A vendor's listings, for the table: the columns that it shows."""
    return select(*LISTED).where(Product.vendor_id == vendor_id)


def product_page_of(vendor_id: UUID, asked: Asked) -> Stretch[ProductRow]:
    """One page of a vendor's listings."""
    found = PRODUCTS.page(own_products(vendor_id), asked)
    return Stretch(tuple(_rows(found.rows)), found.previous, found.next)


def product_rows_of(vendor_id: UUID, asked: Asked) -> Iterator[ProductRow]:
    """All of a vendor's listings that fit, in their order: for CSV."""
    for part in in_parts(PRODUCTS.rows(own_products(vendor_id), asked)):
        yield from _rows(part)


def _rows(products: Sequence[Any]) -> list[ProductRow]:
    ids = [product.id for product in products]
    variants: dict[UUID, list[Any]] = {}
    first_tier = and_(PriceTier.variant_id == Variant.id, PriceTier.from_quantity == Variant.minimum_quantity)
    for row in db.session.execute(
        select(
            *SOLD,
            PriceTier.unit_price_micro,
            func.coalesce(Stock.on_hand, 0).label("on_hand"),
            func.coalesce(Stock.reserved, 0).label("reserved"),
        )
        .select_from(Variant)
        .outerjoin(PriceTier, first_tier)
        .outerjoin(Place, and_(Place.vendor_id == Variant.vendor_id, Place.is_default))
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.place_id == Place.id))
        .where(Variant.product_id.in_(ids), Variant.is_active)
        .order_by(Variant.product_id, Variant.position)
    ):
        variants.setdefault(row.product_id, []).append(row)
    kits = set(db.session.scalars(select(KitPart.kit_id).join(Variant, Variant.id == KitPart.kit_id).where(Variant.product_id.in_(ids))))
    free = free_stock(kits) if kits else {}
    waiting = set(
        db.session.scalars(
            select(ProductProposal.product_id).where(ProductProposal.product_id.in_(ids), ProductProposal.state == ProposalState.WAITING)
        )
    )
    rows = []
    for product in products:
        own = variants.get(product.id, [])
        variant = own[0] if own else None
        micro = variant.unit_price_micro if variant else None
        rows.append(
            ProductRow(
                id=product.id,
                title=product.title,
                sku=variant.sku if variant else "",
                variants=len(own),
                state=product.state,
                version=product.version,
                currency=product.currency,
                price=(micro, variant.price_per, variant.display_factor, variant.display_unit) if variant and micro is not None else None,
                is_stocked=variant is not None and variant.supply is Supply.STOCK,
                on_hand=sum(free.get(row.id, 0) if row.id in kits else row.on_hand for row in own),
                reserved=sum(row.reserved for row in own),
                display_factor=variant.display_factor if variant else 1,
                display_unit=variant.display_unit if variant else "pc",
                drawing=picture_key(product.picture_id) or product.drawing,
                updated_at=product.updated_at,
                has_change=product.id in waiting,
                reasons=tuple(product.reasons),
                is_taken_down=product.is_taken_down,
            )
        )
    return rows


def count_stock_outs(vendor_id: UUID) -> int:
    """How many listings on sale have a stocked variant of which nothing is free: the rows of the list with both filters."""
    query = select(func.count()).select_from(Product).where(Product.vendor_id == vendor_id, Product.state == ProductState.LIVE)
    return db.session.scalar(query.where(_stock(NOTHING_FREE))) or 0


def product_counts(vendor_id: UUID) -> dict[ProductState, int]:
    """How many listings of a vendor stand in each state."""
    rows = db.session.execute(select(Product.state, func.count()).where(Product.vendor_id == vendor_id).group_by(Product.state))
    return dict(rows.all())
