"""Categories, products, variants, items and stock."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class Category(Base):
    """A node of the tree; products stand on leaves. `path` holds the ids from the root to itself."""

    __tablename__ = "categories"
    __table_args__ = (Index("ix_categories_path", "path", postgresql_using="gin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("categories.id"))
    path: Mapped[list[UUID]]
    name: Mapped[dict[str, Any]]
    unspsc: Mapped[str | None]
    hs_codes: Mapped[list[str]]
    is_leaf: Mapped[bool]
    position: Mapped[int]


class AttributeKind(StrEnum):
    """What values an attribute takes."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"


class AttributeDefinition(Base):
    """A typed attribute. Numbers are stored in its unit."""

    __tablename__ = "attribute_definitions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[AttributeKind] = mapped_column(enum_type(AttributeKind, "kind"))
    unit: Mapped[str | None]
    name: Mapped[dict[str, Any]]
    choices: Mapped[list[Any]]
    """[{code, en, zh-Hans}] of a choice"""


class CategoryAttribute(Base):
    """An attribute that a category asks for."""

    __tablename__ = "category_attributes"

    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"), primary_key=True)
    attribute_id: Mapped[UUID] = mapped_column(ForeignKey("attribute_definitions.id"), primary_key=True)
    is_required: Mapped[bool]
    is_facet: Mapped[bool]
    position: Mapped[int]


class Item(Base):
    """The same manufactured thing from several vendors; it only links variants: by GTIN, or by brand and MPN."""

    __tablename__ = "items"
    __table_args__ = (CheckConstraint("gtin_key IS NOT NULL OR maker_key IS NOT NULL", name="key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    gtin_key: Mapped[str | None] = mapped_column(unique=True)
    """The GTIN in 14 digits."""
    maker_key: Mapped[str | None] = mapped_column(unique=True)
    """`brand:mpn` without spelling, so that distributors who give no GTIN are linked too."""


class ProductState(StrEnum):
    """Where a listing stands (product.md §3)."""

    DRAFT = "draft"  # only the vendor sees it
    CHECKING = "checking"  # the platform looks at it
    LIVE = "live"  # for sale while its vendor may sell
    REFUSED = "refused"  # the platform said no, with reason codes
    PAUSED = "paused"  # taken out by the vendor for a while
    RETIRED = "retired"  # gone for good; orders keep their copy


MOVES: dict[ProductState, frozenset[ProductState]] = {
    ProductState.DRAFT: frozenset({ProductState.CHECKING, ProductState.RETIRED}),
    ProductState.CHECKING: frozenset({ProductState.LIVE, ProductState.REFUSED, ProductState.DRAFT}),
    ProductState.LIVE: frozenset({ProductState.PAUSED, ProductState.RETIRED, ProductState.REFUSED}),
    ProductState.REFUSED: frozenset({ProductState.DRAFT, ProductState.CHECKING, ProductState.RETIRED}),
    ProductState.PAUSED: frozenset({ProductState.LIVE, ProductState.RETIRED}),
    ProductState.RETIRED: frozenset(),
}


class Product(Base):
    """One vendor's listing; the live columns. What it was before stands in `product_versions`."""

    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_vendor_id_state", "vendor_id", "state"),
        Index("ix_products_category_id_state", "category_id", "state"),
        Index("ix_products_vendor_id_updated_at_id", "vendor_id", "updated_at", "id"),
        Index("ix_products_checking", "updated_at", "id", postgresql_where=text("state = 'checking'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    slug: Mapped[str]
    """Words of the title and the code; old words redirect, the code never changes."""
    code: Mapped[str] = mapped_column(unique=True)
    """The 6 characters at the end of the slug (decisions.md 12)."""
    state: Mapped[ProductState] = mapped_column(enum_type(ProductState, "state"))
    reasons: Mapped[list[str]]
    version: Mapped[int]
    visibility: Mapped[list[str]]
    """`all`, `registered`, `country:SE`, `company:<id>`, `segment:<id>` (decisions.md 23)"""
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    keywords: Mapped[list[str]]
    attributes: Mapped[dict[str, Any]]
    """{code: {"v": value in the definition's unit, "unit": as written, "written": the number, if in another unit}} (decisions.md 2)"""
    currency: Mapped[str]
    drawing: Mapped[str | None]
    """Name of a drawing that ships with the product, for listings without a picture."""
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move(self, to: ProductState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class ProductVersion(Base):
    """A listing as it stood: append-only from the first migration; an order line names the version it saw."""

    __tablename__ = "product_versions"

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    content: Mapped[dict[str, Any]]
    reasons: Mapped[list[str]]
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]


class Supply(StrEnum):
    """Where the goods come from."""

    STOCK = "stock"
    MADE_TO_ORDER = "made_to_order"


class Variant(Base):
    """The sellable unit of a product. Quantities are integers of the base unit; 2.5 m of cable is 2,500 mm."""

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("vendor_id", "sku"),
        Index("ix_variants_product_id", "product_id"),
        Index("ix_variants_item_id", "item_id", postgresql_where=text("item_id IS NOT NULL")),
        CheckConstraint("increment >= 1", name="increment"),
        CheckConstraint("minimum_quantity >= 1 AND mod(minimum_quantity, increment) = 0", name="minimum"),
        CheckConstraint("maximum_quantity IS NULL OR maximum_quantity >= minimum_quantity", name="maximum"),
        CheckConstraint("price_per >= 1", name="price_per"),
        CheckConstraint("display_factor >= 1", name="display_factor"),
        CheckConstraint("weight_g IS NULL OR weight_g >= 0", name="weight"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    position: Mapped[int]
    is_active: Mapped[bool]
    """A variant taken out of its product stays for the orders that name it."""
    sku: Mapped[str]
    label: Mapped[str | None]
    item_id: Mapped[UUID | None] = mapped_column(ForeignKey("items.id"))
    brand: Mapped[str | None]
    mpn: Mapped[str | None]
    gtin: Mapped[str | None]
    codes: Mapped[list[str]]
    """Further codes under which it is known."""
    attributes: Mapped[dict[str, Any]]
    unit: Mapped[str]
    display_unit: Mapped[str]
    display_factor: Mapped[int]
    """Base units in one display unit: 1,000 for metres kept in mm."""
    pack: Mapped[str | None]
    pack_quantity: Mapped[int | None]
    minimum_quantity: Mapped[int]
    increment: Mapped[int]
    maximum_quantity: Mapped[int | None]
    price_per: Mapped[int]
    """Base units that a tier's price is for: 1, 100 or 1,000; 1,000 for metres kept in mm."""
    supply: Mapped[Supply] = mapped_column(enum_type(Supply, "supply"))
    lead_time: Mapped[list[Any]]
    """[[up to quantity or null, days from, days to or null]], rising; null days are not stated"""
    capacity_month: Mapped[int | None]
    sample: Mapped[dict[str, Any] | None]
    """{price_micro, credited}; None is not offered"""
    weight_g: Mapped[Decimal | None]
    """Grams of one base unit: a millimetre of cable weighs 0.039 g."""
    dims_mm: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    hs_code: Mapped[str | None]
    origin: Mapped[str | None]
    lifecycle: Mapped[str]
    """active, not_for_new_designs, last_time_buy or end_of_life"""
    created_at: Mapped[datetime]


class PriceTier(Base):
    """A public price from a quantity on. At most 10 a variant, falling as the quantity rises."""

    __tablename__ = "price_tiers"
    __table_args__ = (
        CheckConstraint("from_quantity >= 1", name="from_quantity"),
        CheckConstraint("unit_price_micro >= 0", name="unit_price"),
    )

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    from_quantity: Mapped[int] = mapped_column(primary_key=True)
    unit_price_micro: Mapped[int]
    """Millionths of the currency's major unit for `price_per` base units."""
    currency: Mapped[str]


class Place(Base):
    """Where stock lies; each vendor has one default place."""

    __tablename__ = "places"
    __table_args__ = (Index("uq_places_default", "vendor_id", unique=True, postgresql_where=text("is_default")),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    name: Mapped[str]
    is_default: Mapped[bool]


class Stock(Base):
    """What lies in a place, and how much of it is promised. Changed only together with its movement row."""

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("0 <= reserved AND reserved <= on_hand", name="reserved_within_on_hand"),)

    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"), primary_key=True)
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"), primary_key=True)
    on_hand: Mapped[int]
    reserved: Mapped[int]


class MovementKind(StrEnum):
    """Why stock changed."""

    COUNTED = "counted"
    RECEIVED = "received"
    RESERVED = "reserved"
    GIVEN_BACK = "given_back"
    SOLD = "sold"
    RETURNED = "returned"
    SCRAPPED = "scrapped"


class StockMovement(Base):
    """One change of stock: append-only by grant; the sums of a variant's movements are its stock row."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "place_id"], ["stock.variant_id", "stock.place_id"]),
        Index("ix_stock_movements_variant_id_at", "variant_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID]
    place_id: Mapped[UUID]
    kind: Mapped[MovementKind] = mapped_column(enum_type(MovementKind, "kind"))
    on_hand_change: Mapped[int]
    reserved_change: Mapped[int]
    reference_id: Mapped[UUID | None]
    """The order line or import that it is for."""
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]


class ReservationState(StrEnum):
    """What became of promised stock."""

    OPEN = "open"  # promised, counted in `reserved`
    USED = "used"  # left the house with the order
    RELEASED = "released"  # given back


class StockReservation(Base):
    """Stock promised to one order line until a moment; after payment it has no end."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        Index("uq_stock_reservations_open", "order_line_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_stock_reservations_expires", "expires_at", postgresql_where=text("state = 'open'")),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variants.id"))
    place_id: Mapped[UUID] = mapped_column(ForeignKey("places.id"))
    order_line_id: Mapped[UUID]
    """A row of a room above, so a plain id."""
    quantity: Mapped[int]
    state: Mapped[ReservationState] = mapped_column(enum_type(ReservationState, "state"))
    expires_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
