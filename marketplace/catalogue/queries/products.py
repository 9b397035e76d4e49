"""A vendor's own listings, each read scoped to the vendor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_

from marketplace.catalogue.models import Place, PriceTier, Product, ProductState, ProductVersion, Stock, Supply, Variant
from marketplace.core.db import db
from marketplace.core.errors import NotFound

PAGE = 25
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list walked by key; cursors are None where the list ends."""

    rows: tuple[ProductRow, ...]
    previous: str | None
    next: str | None


@dataclass(frozen=True, slots=True)
class OwnProduct:
    """A listing as its vendor edits it."""

    id: UUID
    slug: str
    state: ProductState
    reasons: tuple[str, ...]
    version: int
    currency: str
    content: Mapping[str, Any]
    updated_at: datetime


def _cursor(at: datetime, product_id: UUID) -> str:
    return f"{(at - EPOCH) // timedelta(microseconds=1)}_{product_id}"


def _key(cursor: str | None) -> tuple[datetime, UUID] | None:
    try:
        at, _, product_id = (cursor or "").partition("_")
        return EPOCH + timedelta(microseconds=int(at)), UUID(product_id)
    except (ValueError, OverflowError):
        return None


def _filtered(vendor_id: UUID, state: ProductState | None, words: str) -> Select[Product]:
    query = select(Product).where(Product.vendor_id == vendor_id)
    if state is not None:
        query = query.where(Product.state == state)
    for word in words.split()[:6]:
        pattern = "%" + word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        coded = select(Variant.id).where(Variant.product_id == Product.id, or_(Variant.sku.ilike(pattern), Variant.mpn.ilike(pattern)))
        titled = or_(Product.title["en"].astext.ilike(pattern), Product.title["zh-Hans"].astext.ilike(pattern))
        query = query.where(or_(titled, coded.exists()))
    return query


def product_rows(
    vendor_id: UUID, *, state: ProductState | None = None, words: str = "", after: str | None = None, before: str | None = None
) -> Page:
    """A vendor's listings, the last changed first, 25 a page. `words` are looked for in titles, SKUs and MPNs.

    A cursor that cannot be read gives the first page.
    """
    query = _filtered(vendor_id, state, words)
    start, end = _key(after), _key(before)
    key = tuple_(Product.updated_at, Product.id)
    if end is not None:
        query = query.where(key > end).order_by(Product.updated_at, Product.id)
    elif start is not None:
        query = query.where(key < start).order_by(Product.updated_at.desc(), Product.id.desc())
    else:
        query = query.order_by(Product.updated_at.desc(), Product.id.desc())
    found = list(db.session.scalars(query.limit(PAGE + 1)))
    has_more, found = len(found) > PAGE, found[:PAGE]
    if end is not None:
        found.reverse()
    if not found:
        return Page((), None, None)
    first, last = found[0], found[-1]
    has_previous = has_more if end is not None else start is not None
    has_next = has_more if end is None else True
    return Page(
        tuple(_rows(found)),
        _cursor(first.updated_at, first.id) if has_previous else None,
        _cursor(last.updated_at, last.id) if has_next else None,
    )


def _rows(products: list[Product]) -> list[ProductRow]:
    ids = [product.id for product in products]
    variants: dict[UUID, list[Any]] = {}
    first_tier = and_(PriceTier.variant_id == Variant.id, PriceTier.from_quantity == Variant.minimum_quantity)
    for row in db.session.execute(
        select(Variant, PriceTier.unit_price_micro, func.coalesce(Stock.on_hand, 0), func.coalesce(Stock.reserved, 0))
        .outerjoin(PriceTier, first_tier)
        .outerjoin(Place, and_(Place.vendor_id == Variant.vendor_id, Place.is_default))
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.place_id == Place.id))
        .where(Variant.product_id.in_(ids), Variant.is_active)
        .order_by(Variant.product_id, Variant.position)
    ):
        variants.setdefault(row[0].product_id, []).append(row)
    rows = []
    for product in products:
        own = variants.get(product.id, [])
        variant, micro = (own[0][0], own[0][1]) if own else (None, None)
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
                on_hand=sum(row[2] for row in own),
                reserved=sum(row[3] for row in own),
                display_factor=variant.display_factor if variant else 1,
                display_unit=variant.display_unit if variant else "pc",
                drawing=product.drawing,
                updated_at=product.updated_at,
            )
        )
    return rows


def product_counts(vendor_id: UUID) -> dict[ProductState, int]:
    """How many listings of a vendor stand in each state."""
    rows = db.session.execute(select(Product.state, func.count()).where(Product.vendor_id == vendor_id).group_by(Product.state))
    return dict(rows.all())


def own_product(product_id: UUID, *, vendor_id: UUID) -> OwnProduct:
    """A vendor's listing with the content of its version. Raises: NotFound, also for another vendor's."""
    row = db.session.execute(
        select(Product, ProductVersion.content)
        .join(ProductVersion, (ProductVersion.product_id == Product.id) & (ProductVersion.version == Product.version))
        .where(Product.id == product_id, Product.vendor_id == vendor_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    product, content = row
    return OwnProduct(
        product.id, product.slug, product.state, tuple(product.reasons), product.version, product.currency, content, product.updated_at
    )


def lock_product(product_id: UUID, *, vendor_id: UUID | None) -> Product:
    """The row of a listing, locked. `vendor_id` None is for the desk and the indexer only. Raises: NotFound, also for a stranger's."""
    query = select(Product).where(Product.id == product_id).with_for_update().execution_options(populate_existing=True)
    if vendor_id is not None:
        query = query.where(Product.vendor_id == vendor_id)
    product = db.session.scalar(query)
    if product is None:
        raise NotFound
    return product


def version_content(product_id: UUID, version: int) -> dict[str, Any]:
    """The content of one version; the caller has already read the product under its scope. Raises: NotFound."""
    row = db.session.get(ProductVersion, (product_id, version))
    if row is None:
        raise NotFound
    return row.content


def stock_of_product(product_id: UUID, *, vendor_id: UUID) -> list[tuple[Variant, int, int]]:
    """(variant, on hand, reserved) of each active variant in the default place, in base units. Raises: NotFound."""
    rows = db.session.execute(
        select(Variant, func.coalesce(Stock.on_hand, 0), func.coalesce(Stock.reserved, 0))
        .outerjoin(Place, and_(Place.vendor_id == Variant.vendor_id, Place.is_default))
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.place_id == Place.id))
        .where(Variant.product_id == product_id, Variant.vendor_id == vendor_id, Variant.is_active)
        .order_by(Variant.position)
    )
    found = [(variant, int(on_hand), int(reserved)) for variant, on_hand, reserved in rows]
    if not found:
        raise NotFound
    return found
