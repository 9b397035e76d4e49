"""A vendor's stock by place and its movements, as tables; scoped to the vendor."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select

from marketplace.accounts.models import Person
from marketplace.catalogue.models import (
    KitPart,
    MovementKind,
    Place,
    Product,
    ProductState,
    ReservationState,
    Stock,
    StockMovement,
    StockReservation,
    Supply,
    Variant,
)
from marketplace.catalogue.wording import MOVEMENTS
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.i18n import gettext, lazy
from marketplace.core.tables import Choice, Days, Sort, Table, Words


def _fits(typed: str) -> ColumnElement[bool]:
    pattern = "%" + typed.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    titled = or_(Product.title["en"].astext.ilike(pattern), Product.title["zh-Hans"].astext.ilike(pattern))
    return or_(Variant.sku.ilike(pattern), Variant.mpn.ilike(pattern), titled)


def _levels() -> list[tuple[str, str]]:
    return [("some", gettext("Something is free")), ("none", gettext("Nothing is free")), ("promised", gettext("Reserved for orders"))]


def _level(value: str) -> ColumnElement[bool]:
    if value == "promised":
        return Stock.reserved > 0
    return Stock.on_hand > Stock.reserved if value == "some" else Stock.on_hand <= Stock.reserved


STOCK_KEY = cast(Stock.variant_id, Text) + cast(Stock.place_id, Text)


def stock_table(places: list[Place]) -> Table:
    """The table of a vendor with these places: what lies where."""
    return Table(
        name="catalogue.stock",
        key=STOCK_KEY,
        sorts={
            "sku": Sort(Variant.sku),  # as it is written: an index of the vendor's SKUs leads the way
            "on_hand": Sort(Stock.on_hand, falls=True),
            "reserved": Sort(Stock.reserved, falls=True),
            "free": Sort(Stock.on_hand - Stock.reserved),
        },
        default="sku",
        filters=(
            Words("q", lazy("SKU, MPN or title"), _fits),
            Choice("place", lazy("Place"), lambda: [(str(p.id), p.name) for p in places], lambda value: Stock.place_id == UUID(value)),
            Choice("free", lazy("Free"), _levels, _level),
        ),
    )


UNIT = (Variant.sku, Variant.label, Variant.display_unit, Variant.display_factor)
"""What a row says about the variant; the whole of it, with its attributes, would be most of the work of a long list."""


def stock_rows(vendor_id: UUID, places: list[Place]) -> Select[Any]:
    """What lies in these places of a vendor: (on_hand, reserved, sku, label, display_unit, display_factor, product_id, title, place_name);
    kits have no stock of their own.
    """
    is_kit = select(KitPart.kit_id).where(KitPart.kit_id == Variant.id).exists()
    names = (Product.id.label("product_id"), Product.title.label("title"), Place.name.label("place_name"))
    columns: list[Any] = [Stock.on_hand, Stock.reserved, *UNIT, *names]
    return (
        select(*columns)
        .select_from(Stock)
        .join(Variant, Variant.id == Stock.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Place, Place.id == Stock.place_id)
        .where(
            Variant.vendor_id == vendor_id,
            Stock.place_id.in_([place.id for place in places]),
            Product.state != ProductState.RETIRED,
            Variant.is_active,
            Variant.supply == Supply.STOCK,
            ~is_kit,
        )
    )


def movement_table(places: list[Place]) -> Table:
    """The table of a vendor with these places: what changed, when and why."""
    return Table(
        name="catalogue.movements",
        key=StockMovement.id,
        sorts={"at": Sort(StockMovement.at, falls=True)},
        default="-at",
        filters=(
            Words("q", lazy("SKU, MPN or title"), _fits),
            Choice("kind", lazy("What"), _kinds, lambda value: StockMovement.kind == MovementKind(value)),
            Choice(
                "place", lazy("Place"), lambda: [(str(p.id), p.name) for p in places], lambda value: StockMovement.place_id == UUID(value)
            ),
            Days("at", lazy("Day"), StockMovement.at),
        ),
    )


def _kinds() -> list[tuple[str, str]]:
    return [(kind.value, gettext(MOVEMENTS[kind])) for kind in MovementKind]


def movement_rows(places: list[Place]) -> Select[Any]:
    """The movements in a vendor's places: (at, kind, on_hand_change, reserved_change, note, sku, label, display_unit, display_factor,
    product_id, place_name, person_name or None).
    """
    moved = (StockMovement.at, StockMovement.kind, StockMovement.on_hand_change, StockMovement.reserved_change, StockMovement.note)
    names = (Variant.product_id.label("product_id"), Place.name.label("place_name"), Person.name.label("person_name"))
    columns: list[Any] = [*moved, *UNIT, *names]
    return (
        select(*columns)
        .select_from(StockMovement)
        .join(Variant, Variant.id == StockMovement.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .join(Place, Place.id == StockMovement.place_id)
        .outerjoin(Person, Person.id == StockMovement.actor_id)
        .where(StockMovement.place_id.in_([place.id for place in places]))
    )


def places_of(vendor_id: UUID) -> list[Place]:
    """A vendor's places, the default one first."""
    query = select(Place).where(Place.vendor_id == vendor_id).order_by(Place.is_default.desc(), Place.name)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def place_contents(vendor_id: UUID) -> dict[UUID, int]:
    """How many variants lie in each place of a vendor."""
    rows = db.session.execute(
        select(Stock.place_id, func.count())
        .join(Place, Place.id == Stock.place_id)
        .where(Place.vendor_id == vendor_id, Stock.on_hand > 0)
        .group_by(Stock.place_id)
    )
    return dict(rows.all())


def stock_of_product(product_id: UUID, *, vendor_id: UUID) -> list[tuple[Variant, Place, int, int]]:
    """(variant, place, on hand, reserved) of each active variant of a listing in each place where it has been, the default one always."""
    rows = db.session.execute(
        select(Variant, Place, Stock.on_hand, Stock.reserved)
        .join(Place, Place.vendor_id == Variant.vendor_id)
        .outerjoin(Stock, and_(Stock.variant_id == Variant.id, Stock.place_id == Place.id))
        .where(
            Variant.product_id == product_id,
            Variant.vendor_id == vendor_id,
            Variant.is_active,
            or_(Place.is_default, Stock.on_hand > 0, Stock.reserved > 0),
        )
        .order_by(Variant.position, Place.is_default.desc(), Place.name)
    )
    found = [(variant, place, int(on_hand or 0), int(reserved or 0)) for variant, place, on_hand, reserved in rows]
    if not found:
        raise NotFound
    return found


def waiting_of(variant_ids: list[UUID]) -> dict[UUID, int]:
    """How much of variants is back-ordered and waits for what comes in, in base units."""
    rows = db.session.execute(
        select(StockReservation.variant_id, func.sum(StockReservation.quantity))
        .where(StockReservation.variant_id.in_(variant_ids), StockReservation.state == ReservationState.WAITING)
        .group_by(StockReservation.variant_id)
    )
    return {variant_id: int(quantity) for variant_id, quantity in rows}


def kits_among(variant_ids: list[UUID]) -> set[UUID]:
    """Which of the variants are kits."""
    return set(db.session.scalars(select(KitPart.kit_id).where(KitPart.kit_id.in_(variant_ids))))
