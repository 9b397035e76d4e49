"""Stock: counted, promised to order lines, given back, sold. Every change has its movement row; nothing is sold twice.

Rows are locked in the order of variant ids. The counter moves by one conditional UPDATE, never read-then-write (robustness.md 5).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from marketplace.catalogue.errors import OutOfStock, StockBelowReserved
from marketplace.catalogue.models import (
    MovementKind,
    Place,
    ReservationState,
    Stock,
    StockMovement,
    StockReservation,
    Supply,
    Variant,
)
from marketplace.catalogue.queries.lines import free_stock
from marketplace.catalogue.services.products import default_place
from marketplace.core import audit, changes, clock
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.errors import NotFound
from marketplace.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order line needs, in base units."""

    order_line_id: UUID
    variant_id: UUID
    quantity: int


def reserve_stock(wanted: Sequence[Wanted], *, until: datetime | None) -> None:
    """Promise stock to order lines until a moment; `until` None has no end. Goods made to order reserve nothing.

    A line that already holds its promise keeps it, and gets the new end. Raises: OutOfStock with what is free of each variant that is
    short; the caller's transaction then keeps none of the promises.
    """
    lines = {line.order_line_id: line for line in wanted}
    held = set(
        db.session.scalars(
            update(StockReservation)
            .where(StockReservation.order_line_id.in_(lines), StockReservation.state == ReservationState.OPEN)
            .values(expires_at=until)
            .returning(StockReservation.order_line_id)
        )
    )
    stocked = dict(
        db.session.execute(
            select(Variant.id, Place.id)
            .outerjoin(Place, (Place.vendor_id == Variant.vendor_id) & Place.is_default)
            .where(Variant.id.in_({line.variant_id for line in wanted}), Variant.supply == Supply.STOCK)
        ).all()
    )
    now = clock.now()
    short: set[UUID] = set()
    promised: list[tuple[Wanted, UUID]] = []
    for line in sorted(lines.values(), key=lambda line: (str(line.variant_id), str(line.order_line_id))):
        if line.order_line_id in held or line.variant_id not in stocked:
            continue
        place_id = stocked[line.variant_id]
        taken = db.session.execute(
            update(Stock)
            .where(
                Stock.variant_id == line.variant_id,
                Stock.place_id == place_id,
                Stock.on_hand - Stock.reserved >= line.quantity,
            )
            .values(reserved=Stock.reserved + line.quantity)
            .returning(Stock.variant_id)
        ).scalar()
        if taken is None:
            short.add(line.variant_id)
        else:
            promised.append((line, place_id))
    if short:
        free = free_stock(short)
        raise OutOfStock({variant_id: free.get(variant_id, 0) for variant_id in short})
    for line, place_id in promised:
        db.session.add(
            StockReservation(
                id=new_id(),
                variant_id=line.variant_id,
                place_id=place_id,
                order_line_id=line.order_line_id,
                quantity=line.quantity,
                state=ReservationState.OPEN,
                expires_at=until,
                created_at=now,
            )
        )
        _move(line.variant_id, place_id, MovementKind.RESERVED, 0, line.quantity, reference_id=line.order_line_id)
    _mark({line.variant_id for line, _ in promised})


def keep_reservations(order_line_ids: Iterable[UUID]) -> None:
    """The order is paid: its promises have no end any more."""
    db.session.execute(
        update(StockReservation)
        .where(StockReservation.order_line_id.in_(set(order_line_ids)), StockReservation.state == ReservationState.OPEN)
        .values(expires_at=None)
    )


def give_back(order_line_ids: Iterable[UUID]) -> None:
    """The lines do not need their promises any more; those without an open one are left alone."""
    _end(order_line_ids, ReservationState.RELEASED)


def use_reservations(order_line_ids: Iterable[UUID]) -> None:
    """The goods leave the house with their orders."""
    _end(order_line_ids, ReservationState.USED)


def give_back_expired(limit: int = 500) -> list[UUID]:
    """Give back the promises whose end has passed; returns their order lines, the longest overdue first."""
    lines = list(
        db.session.scalars(
            select(StockReservation.order_line_id)
            .where(StockReservation.state == ReservationState.OPEN, StockReservation.expires_at < clock.now())
            .order_by(StockReservation.expires_at)
            .limit(limit)
        )
    )
    give_back(lines)
    return lines


def count_stock(variant_id: UUID, on_hand: int, *, actor: Actor) -> None:
    """The vendor has counted what lies in its default place, in base units.

    Raises: NotFound (not a variant of the actor's company), StockBelowReserved.
    """
    variant = db.session.scalar(select(Variant).where(Variant.id == variant_id, Variant.vendor_id == actor.company_id))
    if variant is None:
        raise NotFound
    place_id = default_place(variant.vendor_id)
    db.session.execute(insert(Stock).values(variant_id=variant_id, place_id=place_id, on_hand=0, reserved=0).on_conflict_do_nothing())
    row = db.session.execute(
        select(Stock)
        .where(Stock.variant_id == variant_id, Stock.place_id == place_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one()
    if row.reserved > on_hand:
        raise StockBelowReserved(row.reserved)
    change = on_hand - row.on_hand
    if change == 0:
        return
    before, row.on_hand = row.on_hand, on_hand
    _move(variant_id, place_id, MovementKind.COUNTED, change, 0, actor=actor)
    audit.record(
        actor,
        "stock.counted",
        "variant",
        variant_id,
        companies=(variant.vendor_id,),
        before={"on_hand": before},
        after={"on_hand": on_hand},
    )
    changes.mark("product", [variant.product_id])


def _end(order_line_ids: Iterable[UUID], state: ReservationState) -> None:
    rows = list(
        db.session.scalars(
            select(StockReservation)
            .where(StockReservation.order_line_id.in_(set(order_line_ids)), StockReservation.state == ReservationState.OPEN)
            .order_by(StockReservation.variant_id, StockReservation.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    for row in rows:
        row.state = state
        sold = row.quantity if state is ReservationState.USED else 0
        db.session.execute(
            update(Stock)
            .where(Stock.variant_id == row.variant_id, Stock.place_id == row.place_id)
            .values(reserved=Stock.reserved - row.quantity, on_hand=Stock.on_hand - sold)
        )
        kind = MovementKind.SOLD if sold else MovementKind.GIVEN_BACK
        _move(row.variant_id, row.place_id, kind, -sold, -row.quantity, reference_id=row.order_line_id)
    _mark({row.variant_id for row in rows})


def _move(
    variant_id: UUID,
    place_id: UUID,
    kind: MovementKind,
    on_hand_change: int,
    reserved_change: int,
    *,
    reference_id: UUID | None = None,
    actor: Actor = SYSTEM,
) -> None:
    db.session.add(
        StockMovement(
            id=new_id(),
            variant_id=variant_id,
            place_id=place_id,
            kind=kind,
            on_hand_change=on_hand_change,
            reserved_change=reserved_change,
            reference_id=reference_id,
            at=clock.now(),
            actor_id=actor.person_id,
        )
    )


def _mark(variant_ids: set[UUID]) -> None:
    if variant_ids:
        changes.mark("product", db.session.scalars(select(Variant.product_id).where(Variant.id.in_(variant_ids))))
