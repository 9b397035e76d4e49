"""Stock by place, its movements, and what is promised to order lines."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class Place(Base):
    """Where stock lies; each vendor has one default place, and buyers are offered what is free there."""

    __tablename__ = "places"
    __table_args__ = (
        UniqueConstraint("vendor_id", "name"),
        Index("uq_places_default", "vendor_id", unique=True, postgresql_where=text("is_default")),
    )

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
    REPLACED = "replaced"  # left once more, free of charge, after a claim
    MOVED = "moved"  # to another place or from it


class StockMovement(Base):
    """One change of stock: append-only by grant; the sums of a variant's movements are its stock row."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        ForeignKeyConstraint(["variant_id", "place_id"], ["stock.variant_id", "stock.place_id"]),
        Index("ix_stock_movements_variant_id_at", "variant_id", "at"),
        Index("ix_stock_movements_place_id_at_id", "place_id", "at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    variant_id: Mapped[UUID]
    place_id: Mapped[UUID]
    kind: Mapped[MovementKind] = mapped_column(enum_type(MovementKind, "kind"))
    on_hand_change: Mapped[int]
    reserved_change: Mapped[int]
    reference_id: Mapped[UUID | None]
    """The order line or import that it is for."""
    note: Mapped[str | None]
    """What the vendor wrote beside it."""
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]


class ReservationState(StrEnum):
    """What became of promised stock."""

    OPEN = "open"  # promised, counted in `reserved`
    WAITING = "waiting"  # back-ordered: promised of what comes in next, the oldest first
    USED = "used"  # left the house with the order
    RELEASED = "released"  # given back


class StockReservation(Base):
    """Stock promised to one order line until a moment; after payment it has no end. A kit's line has one for each of its parts."""

    __tablename__ = "stock_reservations"
    __table_args__ = (
        Index(
            "uq_stock_reservations_open",
            "order_line_id",
            "variant_id",
            "state",
            unique=True,
            postgresql_where=text("state IN ('open', 'waiting')"),
        ),
        Index("ix_stock_reservations_expires", "expires_at", postgresql_where=text("state IN ('open', 'waiting')")),
        Index("ix_stock_reservations_waiting", "variant_id", "created_at", "id", postgresql_where=text("state = 'waiting'")),
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
