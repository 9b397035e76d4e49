"""Stock that is promised to order lines: reserved, given back, sold. Every change has its movement row; nothing is sold twice.

Rows are locked in the order of variant ids. The counter moves by one conditional UPDATE, never read-then-write (robustness.md 5).
A kit promises its parts. What a back-order lacks waits, the oldest first, for what comes in (`services/places.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update

from marketplace.catalogue.errors import OutOfStock
from marketplace.catalogue.models import (
    KitPart,
    MovementKind,
    Place,
    ReservationState,
    Stock,
    StockReservation,
    Supply,
    Variant,
)
from marketplace.catalogue.queries.lines import free_stock
from marketplace.catalogue.services.movements import mark_stock, record_movement
from marketplace.core import clock
from marketplace.core.db import db
from marketplace.core.ids import new_id

HELD = (ReservationState.OPEN, ReservationState.WAITING)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an order line needs, in base units."""

    order_line_id: UUID
    variant_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Leaving:
    """What leaves of an order line in base units, of which `left` have not left before."""

    order_line_id: UUID
    quantity: int
    left: int


@dataclass(frozen=True, slots=True)
class Need:
    """What a line needs of one stocked variant: of itself, or of a part where it is a kit (`ordered_id` is then the kit)."""

    line_id: UUID
    ordered_id: UUID
    variant_id: UUID
    place_id: UUID
    quantity: int
    may_wait: bool

    @property
    def order(self) -> tuple[str, str]:
        """Where it stands in the one order in which stock rows are locked."""
        return str(self.variant_id), str(self.line_id)


def reserve_stock(wanted: Sequence[Wanted], *, until: datetime | None) -> None:
    """Promise stock to order lines until a moment; `until` None has no end. Goods made to order reserve nothing.

    A line that already holds its promise keeps it, and gets the new end. A variant that takes back-orders promises what is there, and
    the rest of what comes in. Raises: OutOfStock with what is free of each variant that is short; the caller's transaction then keeps
    none of the promises.
    """
    lines = {line.order_line_id: line for line in wanted}
    held = _prolong(lines, until)
    promised: list[tuple[Need, int]] = []
    short: set[UUID] = set()
    for need in sorted(needs_of([line for line in lines.values() if line.order_line_id not in held]), key=lambda need: need.order):
        taken = _take(need)
        if taken < need.quantity and not need.may_wait:
            short.add(need.ordered_id)
        promised.append((need, taken))
    if short:
        free = free_stock(short)
        raise OutOfStock({variant_id: free.get(variant_id, 0) for variant_id in short})
    now = clock.now()
    for need, taken in promised:
        if taken:
            _write(need, taken, ReservationState.OPEN, until, now)
            record_movement(need.variant_id, need.place_id, MovementKind.RESERVED, 0, taken, reference_id=need.line_id)
        if taken < need.quantity:
            _write(need, need.quantity - taken, ReservationState.WAITING, until, now)
    mark_stock(need.variant_id for need, _ in promised)


def _prolong(line_ids: Iterable[UUID], until: datetime | None) -> set[UUID]:
    """The lines that already hold a promise; it now ends at `until`."""
    return set(
        db.session.scalars(
            update(StockReservation)
            .where(StockReservation.order_line_id.in_(set(line_ids)), StockReservation.state.in_(HELD))
            .values(expires_at=until)
            .returning(StockReservation.order_line_id)
        )
    )


def needs_of(lines: Sequence[Wanted]) -> list[Need]:
    """What the lines need of stocked variants: their own, or the parts of a kit. Goods made to order need none."""
    ids = {line.variant_id for line in lines}
    place = (Place.vendor_id == Variant.vendor_id) & Place.is_default
    own = {
        variant_id: (supply, back_order_on, place_id)
        for variant_id, supply, back_order_on, place_id in db.session.execute(
            select(Variant.id, Variant.supply, Variant.back_order_on, Place.id).join(Place, place).where(Variant.id.in_(ids))
        )
    }
    parts: dict[UUID, list[tuple[UUID, int, Supply]]] = {}
    query = select(KitPart.kit_id, KitPart.part_id, KitPart.quantity, Variant.supply).join(Variant, Variant.id == KitPart.part_id)
    for kit_id, part_id, quantity, supply in db.session.execute(query.where(KitPart.kit_id.in_(ids))):
        parts.setdefault(kit_id, []).append((part_id, quantity, supply))
    needs = []
    for line in lines:
        if line.variant_id not in own:
            continue
        supply, back_order_on, place_id = own[line.variant_id]
        for part_id, per_unit, part_supply in parts.get(line.variant_id, [(line.variant_id, 1, supply)]):
            if part_supply is Supply.STOCK:
                quantity = line.quantity * per_unit
                needs.append(Need(line.order_line_id, line.variant_id, part_id, place_id, quantity, back_order_on is not None))
    return needs


def _take(need: Need) -> int:
    """Promise what is free, at most what is needed; nothing where only the whole would do. Returns how much."""
    row = (Stock.variant_id == need.variant_id, Stock.place_id == need.place_id)
    whole = (
        update(Stock)
        .where(*row, Stock.on_hand - Stock.reserved >= need.quantity)
        .values(reserved=Stock.reserved + need.quantity)
        .returning(Stock.variant_id)
    )
    if db.session.execute(whole).scalar() is not None:
        return need.quantity
    if not need.may_wait:
        return 0
    free = db.session.scalar(select(Stock.on_hand - Stock.reserved).where(*row).with_for_update()) or 0
    part = min(free, need.quantity)
    if part > 0:
        db.session.execute(update(Stock).where(*row).values(reserved=Stock.reserved + part))
    return part


def _write(need: Need, quantity: int, state: ReservationState, until: datetime | None, now: datetime) -> None:
    db.session.add(
        StockReservation(
            id=new_id(),
            variant_id=need.variant_id,
            place_id=need.place_id,
            order_line_id=need.line_id,
            quantity=quantity,
            state=state,
            expires_at=until,
            created_at=now,
        )
    )


def keep_reservations(order_line_ids: Iterable[UUID]) -> None:
    """The order is paid: its promises have no end any more."""
    _prolong(order_line_ids, None)


def give_back(order_line_ids: Iterable[UUID]) -> None:
    """The lines do not need their promises any more; those without an open one are left alone. What is free goes to back-orders first."""
    rows = _lock_held(order_line_ids)
    for row in rows:
        was_open, row.state = row.state is ReservationState.OPEN, ReservationState.RELEASED
        if was_open:
            _free(row, row.quantity)
            record_movement(row.variant_id, row.place_id, MovementKind.GIVEN_BACK, 0, -row.quantity, reference_id=row.order_line_id)
    variant_ids = {row.variant_id for row in rows}
    fill_back_orders(variant_ids)
    mark_stock(variant_ids)


def give_back_part(lessened: Sequence[Leaving]) -> None:
    """Less of each line is wanted: `quantity` of the `left` that has not left the house. What still waits to come in goes first."""
    parts = {line.order_line_id: line for line in lessened}
    rows = _lock_held(parts)
    going = _going(rows, parts)
    for row in sorted(rows, key=lambda row: row.state is ReservationState.OPEN):
        key = (row.order_line_id, row.variant_id)
        quantity = min(row.quantity, going[key])
        if quantity <= 0:
            continue
        going[key] -= quantity
        was_open = row.state is ReservationState.OPEN
        if quantity == row.quantity:
            row.state = ReservationState.RELEASED
        else:
            row.quantity -= quantity
        if was_open:
            _free(row, quantity)
            record_movement(row.variant_id, row.place_id, MovementKind.GIVEN_BACK, 0, -quantity, reference_id=row.order_line_id)
    variant_ids = {row.variant_id for row in rows}
    fill_back_orders(variant_ids)
    mark_stock(variant_ids)


def use_reservations(order_line_ids: Iterable[UUID]) -> None:
    """The goods leave the house with their orders, wholly."""
    _use(_lock_held(order_line_ids), None)


def use_part_of_reservations(leaving: Sequence[Leaving]) -> None:
    """A part of each line leaves the house; the rest stays promised. Lines without an open promise are left alone.

    A promise holds the same number of its variant for each base unit of the line, so a part of the line is that part of the promise.
    """
    parts = {line.order_line_id: line for line in leaving}
    _use(_lock_held(parts), parts)


def give_back_expired(limit: int = 500) -> list[UUID]:
    """Give back the promises whose end has passed; returns their order lines, the longest overdue first."""
    lines = list(
        db.session.scalars(
            select(StockReservation.order_line_id)
            .where(StockReservation.state.in_(HELD), StockReservation.expires_at < clock.now())
            .order_by(StockReservation.expires_at)
            .limit(limit)
        )
    )
    give_back(lines)
    return list(dict.fromkeys(lines))


def fill_back_orders(variant_ids: Iterable[UUID]) -> None:
    """What is free now goes to the back-orders that wait for it, the oldest first, in part where it does not reach."""
    rows = db.session.scalars(
        select(StockReservation)
        .where(StockReservation.variant_id.in_(set(variant_ids)), StockReservation.state == ReservationState.WAITING)
        .order_by(StockReservation.variant_id, StockReservation.created_at, StockReservation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for row in rows:
        need = Need(row.order_line_id, row.variant_id, row.variant_id, row.place_id, row.quantity, may_wait=True)
        taken = _take(need)
        if not taken:
            continue
        record_movement(row.variant_id, row.place_id, MovementKind.RESERVED, 0, taken, reference_id=row.order_line_id)
        open_row = _find_open(row.order_line_id, row.variant_id)
        if open_row is not None:
            open_row.quantity += taken
            if taken == row.quantity:
                row.state = ReservationState.RELEASED  # its quantity now stands in the open one
        elif taken == row.quantity:
            row.state = ReservationState.OPEN
        else:
            _write(need, taken, ReservationState.OPEN, row.expires_at, clock.now())
        if taken < row.quantity:
            row.quantity -= taken


def _find_open(order_line_id: UUID, variant_id: UUID) -> StockReservation | None:
    return db.session.scalar(
        select(StockReservation)
        .where(
            StockReservation.order_line_id == order_line_id,
            StockReservation.variant_id == variant_id,
            StockReservation.state == ReservationState.OPEN,
        )
        .with_for_update()
    )


def _lock_held(order_line_ids: Iterable[UUID]) -> list[StockReservation]:
    """What the lines hold, locked in the one order; what is there before what is still to come."""
    rows = db.session.scalars(
        select(StockReservation)
        .where(StockReservation.order_line_id.in_(set(order_line_ids)), StockReservation.state.in_(HELD))
        .order_by(StockReservation.variant_id, StockReservation.state, StockReservation.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(rows)


def _free(row: StockReservation, quantity: int, *, sold: int = 0) -> None:
    db.session.execute(
        update(Stock)
        .where(Stock.variant_id == row.variant_id, Stock.place_id == row.place_id)
        .values(reserved=Stock.reserved - quantity, on_hand=Stock.on_hand - sold)
    )


def _going(rows: Sequence[StockReservation], parts: Mapping[UUID, Leaving] | None) -> dict[tuple[UUID, UUID], int]:
    """How much of the promises goes, by line and variant: all of them, or of each line its part."""
    held: dict[tuple[UUID, UUID], int] = {}
    for row in rows:
        key = (row.order_line_id, row.variant_id)
        held[key] = held.get(key, 0) + row.quantity
    return held if parts is None else {key: total * parts[key[0]].quantity // parts[key[0]].left for key, total in held.items()}


def _use(rows: Sequence[StockReservation], parts: Mapping[UUID, Leaving] | None) -> None:
    """Let goods leave: all that the rows hold, or of each line's promise of a variant the part that leaves."""
    going = _going(rows, parts)
    for row in rows:
        key = (row.order_line_id, row.variant_id)
        quantity = min(row.quantity, going[key])
        if quantity <= 0:
            continue
        going[key] -= quantity
        _sell(row, quantity)
        if quantity == row.quantity:
            row.state = ReservationState.USED
        else:
            row.quantity -= quantity
            need = Need(row.order_line_id, row.variant_id, row.variant_id, row.place_id, quantity, may_wait=False)
            _write(need, quantity, ReservationState.USED, row.expires_at, clock.now())
    mark_stock({row.variant_id for row in rows})


def _sell(row: StockReservation, quantity: int) -> None:
    promised = quantity if row.state is ReservationState.OPEN else 0
    if promised:
        _free(row, quantity, sold=quantity)
    else:
        # Goods that came in for a back-order and left before anybody counted them.
        record_movement(row.variant_id, row.place_id, MovementKind.RECEIVED, quantity, 0, reference_id=row.order_line_id)
    record_movement(row.variant_id, row.place_id, MovementKind.SOLD, -quantity, -promised, reference_id=row.order_line_id)
