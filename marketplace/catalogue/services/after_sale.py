"""Stock that moves after a sale: a replacement leaves, returned goods come in. Each movement names the order line and the claim.

Goods made to order move no stock, and a kit moves its parts. Nothing here is refused: the goods have gone or come already.
"""

from collections.abc import Sequence

from sqlalchemy import select

from marketplace.catalogue.models import MovementKind, Stock
from marketplace.catalogue.services.movements import mark_stock, record_movement
from marketplace.catalogue.services.stock import Need, Wanted, fill_back_orders, needs_of
from marketplace.core.audit import Actor
from marketplace.core.db import db


def send_replacement(wanted: Wanted, *, note: str, actor: Actor) -> None:
    """Goods of an order line leave once more. What is promised to open orders stays theirs: where less is free than leaves, the rest was
    never counted and is taken in first.
    """
    for need, row in _locked(needs_of([wanted])):
        short = max(0, need.quantity - (row.on_hand - row.reserved))
        if short:
            row.on_hand += short
            _write(need, MovementKind.RECEIVED, short, note, actor)
        row.on_hand -= need.quantity
        _write(need, MovementKind.REPLACED, -need.quantity, note, actor)
        mark_stock([need.variant_id])


def take_back_goods(wanted: Wanted, *, note: str, actor: Actor) -> None:
    """Returned goods that can be sold again are on the shelf; back-orders take of them first."""
    for need, row in _locked(needs_of([wanted])):
        row.on_hand += need.quantity
        _write(need, MovementKind.RETURNED, need.quantity, note, actor)
        db.session.flush()  # what has come in is taken by the conditional update of a back-order
        fill_back_orders([need.variant_id])
        mark_stock([need.variant_id])


def take_back_broken(wanted: Wanted, *, note: str, actor: Actor) -> None:
    """Returned goods that are broken come in and are scrapped: both are written, the stock stays as it is."""
    for need, _ in _locked(needs_of([wanted])):
        _write(need, MovementKind.RETURNED, need.quantity, note, actor)
        _write(need, MovementKind.SCRAPPED, -need.quantity, note, actor)


def _locked(needs: Sequence[Need]) -> list[tuple[Need, Stock]]:
    """The stock rows of needs, locked in the one order. A variant without a row has never been in stock and moves nothing."""
    found = []
    for need in sorted(needs, key=lambda need: need.order):
        row = db.session.scalar(
            select(Stock)
            .where(Stock.variant_id == need.variant_id, Stock.place_id == need.place_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if row is not None:
            found.append((need, row))
    return found


def _write(need: Need, kind: MovementKind, change: int, note: str, actor: Actor) -> None:
    record_movement(need.variant_id, need.place_id, kind, change, 0, reference_id=need.line_id, note=note, actor=actor)
