"""What a vendor does to its stock: counts it, takes goods in, scraps some, moves some to another place; and the places themselves.

Buyers are offered what is free in the default place. Nothing goes below what open orders have been promised.
"""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from marketplace.catalogue.errors import KitHasNoStock, PlaceTaken, SamePlace, StockBelowReserved, TooMuch
from marketplace.catalogue.models import KitPart, MovementKind, Place, ReservationState, Stock, StockReservation, Variant
from marketplace.catalogue.quantities import BIGGEST
from marketplace.catalogue.services.movements import mark_stock, record_movement
from marketplace.catalogue.services.products import default_place
from marketplace.catalogue.services.stock import fill_back_orders
from marketplace.core import audit
from marketplace.core.audit import Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id


def count_stock(variant_id: UUID, on_hand: int, *, actor: Actor, place_id: UUID | None = None, note: str | None = None) -> None:
    """The vendor has counted what lies in a place (the default one where none is named), in base units.

    Raises: NotFound (not a variant or place of the actor's company), KitHasNoStock, StockBelowReserved.
    """
    row = _lock(variant_id, place_id, actor)
    _change(row, on_hand - row.on_hand, MovementKind.COUNTED, "stock.counted", actor=actor, note=note)


def receive_stock(variant_id: UUID, quantity: int, *, actor: Actor, place_id: UUID | None = None, note: str | None = None) -> None:
    """Goods have come in. Raises: NotFound, KitHasNoStock, TooMuch."""
    row = _lock(variant_id, place_id, actor)
    _change(row, quantity, MovementKind.RECEIVED, "stock.received", actor=actor, note=note)


def scrap_stock(variant_id: UUID, quantity: int, *, actor: Actor, place_id: UUID | None = None, note: str | None = None) -> None:
    """Goods are broken, lost or out of date. Raises: NotFound, KitHasNoStock, StockBelowReserved."""
    row = _lock(variant_id, place_id, actor)
    _change(row, -quantity, MovementKind.SCRAPPED, "stock.scrapped", actor=actor, note=note)


def move_stock(variant_id: UUID, quantity: int, *, place_id: UUID, to_place_id: UUID, actor: Actor, note: str | None = None) -> None:
    """Goods go from one place to another. Raises: NotFound, KitHasNoStock, SamePlace, StockBelowReserved, TooMuch."""
    if place_id == to_place_id:
        raise SamePlace
    # Two moves in opposite directions at once lock the two rows in one order.
    rows = {place: _lock(variant_id, place, actor) for place in sorted((place_id, to_place_id), key=str)}
    _change(rows[place_id], -quantity, MovementKind.MOVED, "stock.moved_out", actor=actor, note=note)
    _change(rows[to_place_id], quantity, MovementKind.MOVED, "stock.moved_in", actor=actor, note=note)


def _lock(variant_id: UUID, place_id: UUID | None, actor: Actor) -> Stock:
    """The row of a variant in a place, made where there is none."""
    variant = db.session.scalar(select(Variant).where(Variant.id == variant_id, Variant.vendor_id == actor.company_id))
    if variant is None:
        raise NotFound
    if db.session.scalar(select(KitPart.kit_id).where(KitPart.kit_id == variant_id).limit(1)) is not None:
        raise KitHasNoStock
    place = default_place(variant.vendor_id) if place_id is None else _own_place(place_id, actor).id
    db.session.execute(insert(Stock).values(variant_id=variant_id, place_id=place, on_hand=0, reserved=0).on_conflict_do_nothing())
    return db.session.execute(
        select(Stock)
        .where(Stock.variant_id == variant_id, Stock.place_id == place)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()


def _change(row: Stock, change: int, kind: MovementKind, act: str, *, actor: Actor, note: str | None) -> None:
    before, after = row.on_hand, row.on_hand + change
    if after < row.reserved:
        raise StockBelowReserved(row.reserved, before)
    if after > BIGGEST:
        raise TooMuch
    if change == 0:
        return
    row.on_hand = after
    record_movement(row.variant_id, row.place_id, kind, change, 0, note=note, actor=actor)
    audit.record(
        actor,
        act,
        "variant",
        row.variant_id,
        companies=(actor.company_id,) if actor.company_id else (),
        before={"on_hand": before},
        after={"sku": db.session.get_one(Variant, row.variant_id).sku, "on_hand": after, "place_id": str(row.place_id)},
    )
    if change > 0:
        db.session.flush()  # what has come in is taken by the conditional update of a back-order
        fill_back_orders([row.variant_id])
    mark_stock([row.variant_id])


def _own_place(place_id: UUID, actor: Actor) -> Place:
    place = db.session.scalar(select(Place).where(Place.id == place_id, Place.vendor_id == actor.company_id).with_for_update())
    if place is None:
        raise NotFound
    return place


def add_place(name: str, *, actor: Actor) -> Place:
    """The vendor has a further place. Raises: NotFound (the company does not sell), PlaceTaken."""
    if actor.company_id is None:
        raise NotFound
    default_place(actor.company_id)
    place = Place(id=new_id(), vendor_id=actor.company_id, name=name, is_default=False)
    db.session.add(place)
    _flush_name()
    audit.record(actor, "place.added", "place", place.id, companies=(place.vendor_id,), after={"name": name})
    return place


def rename_place(place_id: UUID, name: str, *, actor: Actor) -> Place:
    """The place has another name. Raises: NotFound, PlaceTaken."""
    place = _own_place(place_id, actor)
    before, place.name = place.name, name
    _flush_name()
    if before != name:
        audit.record(actor, "place.renamed", "place", place.id, companies=(place.vendor_id,), before={"name": before}, after={"name": name})
    return place


def _flush_name() -> None:
    try:
        db.session.flush()  # a name that is taken shows here
    except IntegrityError as error:
        if "uq_places_vendor_id_name" in str(error.orig):
            raise PlaceTaken from error
        raise


def choose_default_place(place_id: UUID, *, actor: Actor) -> Place:
    """From now on buyers are offered what is free in this place. What is promised elsewhere stays promised there. Raises: NotFound."""
    place = _own_place(place_id, actor)
    if place.is_default:
        return place
    db.session.execute(update(Place).where(Place.vendor_id == place.vendor_id, Place.is_default).values(is_default=False))
    db.session.execute(update(Place).where(Place.id == place.id).values(is_default=True))
    own = select(Variant.id).where(Variant.vendor_id == place.vendor_id)
    waiting = update(StockReservation).where(StockReservation.variant_id.in_(own), StockReservation.state == ReservationState.WAITING)
    moved = set(db.session.scalars(waiting.values(place_id=place.id).returning(StockReservation.variant_id)))
    fill_back_orders(moved)
    audit.record(actor, "place.made_default", "place", place.id, companies=(place.vendor_id,), after={"name": place.name})
    mark_stock(db.session.scalars(own))
    return place
