"""The line beside every change of stock, and what the index must learn of it."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from marketplace.catalogue.models import MovementKind, StockMovement, Variant
from marketplace.core import changes, clock
from marketplace.core.audit import SYSTEM, Actor
from marketplace.core.db import db
from marketplace.core.ids import new_id


def record_movement(
    variant_id: UUID,
    place_id: UUID,
    kind: MovementKind,
    on_hand_change: int,
    reserved_change: int,
    *,
    reference_id: UUID | None = None,
    note: str | None = None,
    actor: Actor = SYSTEM,
) -> None:
    """Write the movement that belongs to a change of a stock row, in base units. The caller changes the row itself."""
    db.session.add(
        StockMovement(
            id=new_id(),
            variant_id=variant_id,
            place_id=place_id,
            kind=kind,
            on_hand_change=on_hand_change,
            reserved_change=reserved_change,
            reference_id=reference_id,
            note=note,
            at=clock.now(),
            actor_id=actor.person_id,
        )
    )


def mark_stock(variant_ids: Iterable[UUID]) -> None:
    """Let the index learn of the variants."""
    wanted = set(variant_ids)
    if wanted:
        changes.mark("product", db.session.scalars(select(Variant.product_id).where(Variant.id.in_(wanted))))
