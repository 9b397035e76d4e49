"""One change of many listings at once: planned row by row, looked at, applied, and for a day taken back."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class BulkState(StrEnum):
    """Where a bulk edit stands."""

    PLANNING = "planning"  # its rows are being reckoned
    PLANNED = "planned"  # waits for the vendor's yes
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DROPPED = "dropped"  # the vendor said no


MOVES: dict[BulkState, frozenset[BulkState]] = {
    BulkState.PLANNING: frozenset({BulkState.PLANNED, BulkState.DROPPED}),
    BulkState.PLANNED: frozenset({BulkState.APPLYING, BulkState.DROPPED}),
    BulkState.APPLYING: frozenset({BulkState.APPLIED}),
    BulkState.APPLIED: frozenset({BulkState.UNDOING}),
    BulkState.UNDOING: frozenset({BulkState.UNDONE}),
    BulkState.UNDONE: frozenset(),
    BulkState.DROPPED: frozenset(),
}


class BulkEdit(Base):
    """What a vendor does to many listings. `act` is a key of `bulk.ACTS`, `values` what was typed, `scope` what it is done to."""

    __tablename__ = "bulk_edits"
    __table_args__ = (Index("ix_bulk_edits_vendor_id_created_at_id", "vendor_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    act: Mapped[str]
    values: Mapped[dict[str, Any]]
    scope: Mapped[dict[str, Any]]
    """{"ids": […]} or {"filter": {"state", "stock", "q"}}"""
    state: Mapped[BulkState] = mapped_column(enum_type(BulkState, "state"))
    products: Mapped[int]
    """How many listings it is done to."""
    total: Mapped[int]
    """Rows planned so far; a price or a count has one for each variant."""
    done: Mapped[int]
    """Rows that were applied or taken back, or left out with a reason."""
    left_out: Mapped[int]
    reached_id: Mapped[UUID | None]
    """The listing up to which rows are planned."""
    created_by: Mapped[UUID | None]
    created_by_name: Mapped[str]
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]

    def move(self, to: BulkState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class RowState(StrEnum):
    """What became of a row of a bulk edit."""

    PLANNED = "planned"
    APPLIED = "applied"
    LEFT_OUT = "left_out"  # could not be done; the reason says why
    UNDONE = "undone"
    KEPT = "kept"  # somebody has changed it since, so it was not taken back


class BulkEditRow(Base):
    """One value of one variant, or the state of one listing: what it was, what it becomes."""

    __tablename__ = "bulk_edit_rows"
    __table_args__ = (Index("ix_bulk_edit_rows_bulk_edit_id_state", "bulk_edit_id", "state", "number"),)

    bulk_edit_id: Mapped[UUID] = mapped_column(ForeignKey("bulk_edits.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID]
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    variant_id: Mapped[UUID | None] = mapped_column(ForeignKey("variants.id"))
    sku: Mapped[str]
    before: Mapped[list[Any]]
    """[[from quantity, unit_price_micro], …] of a price, [on hand] of a count, [state] of a listing"""
    after: Mapped[list[Any]]
    state: Mapped[RowState] = mapped_column(enum_type(RowState, "state"))
    reason: Mapped[str | None]
    """English source text"""
