"""Changes after placement: what one side proposes and the other signs, and the promises that come of it."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class ChangeKind(StrEnum):
    """What a change request asks for."""

    DATE = "date"  # another arrival day for some lines
    CANCEL = "cancel"  # some lines are not made
    QUANTITY = "quantity"  # less of some lines


class ChangeState(StrEnum):
    """Where a change request stands."""

    OPEN = "open"  # waits for the other side
    ACCEPTED = "accepted"  # both sides have signed
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"  # by the side that proposed it, or because the order ended
    EXPIRED = "expired"  # not answered in time: everything stays as it was


MOVES: dict[ChangeState, frozenset[ChangeState]] = {
    ChangeState.OPEN: frozenset({ChangeState.ACCEPTED, ChangeState.DECLINED, ChangeState.WITHDRAWN, ChangeState.EXPIRED}),
    ChangeState.ACCEPTED: frozenset(),
    ChangeState.DECLINED: frozenset(),
    ChangeState.WITHDRAWN: frozenset(),
    ChangeState.EXPIRED: frozenset(),
}


class ChangeRequest(Base):
    """A change of a paid order that binds when both sides have signed it. An order has one open at a time."""

    __tablename__ = "change_requests"
    __table_args__ = (
        CheckConstraint("proposed_by IN ('buyer', 'vendor')", name="proposed_by"),
        Index("uq_change_requests_open", "vendor_order_id", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_change_requests_vendor_order_id", "vendor_order_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_order_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_orders.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    kind: Mapped[ChangeKind] = mapped_column(enum_type(ChangeKind, "kind"))
    state: Mapped[ChangeState] = mapped_column(enum_type(ChangeState, "state"))
    proposed_by: Mapped[str]
    """buyer or vendor"""
    proposer_name: Mapped[str]
    reason: Mapped[str]
    is_condition: Mapped[bool]
    """The vendor takes the order only with it: accepting it accepts the order."""
    proposed_at: Mapped[datetime]
    answer_by_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_name: Mapped[str | None]
    answer: Mapped[str | None]
    """What the other side says to it."""

    def move(self, to: ChangeState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class ChangeRequestLine(Base):
    """One line of a change request: what was promised when it was proposed, and what is asked for."""

    __tablename__ = "change_request_lines"
    __table_args__ = (CheckConstraint("0 < to_quantity AND to_quantity < from_quantity", name="quantity"),)

    request_id: Mapped[UUID] = mapped_column(ForeignKey("change_requests.id"), primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"), primary_key=True)
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    """Empty for a line that is to be cancelled, or less of which is to be made."""
    from_quantity: Mapped[int | None] = mapped_column(default=None)
    """Base units of the line when it was proposed; empty where the quantity stays."""
    to_quantity: Mapped[int | None] = mapped_column(default=None)
    back_goods_minor: Mapped[int] = mapped_column(default=0)
    """What goes back to the buyer for the difference, by parts: part of what both sides sign."""
    back_freight_minor: Mapped[int] = mapped_column(default=0)
    back_tax_minor: Mapped[int] = mapped_column(default=0)

    @property
    def back_minor(self) -> int:
        """What goes back to the buyer for the difference."""
        return self.back_goods_minor + self.back_freight_minor + self.back_tax_minor


class LinePromise(Base):
    """A later promise for a line: appended, never changed. The first one stands on the line itself and stays there."""

    __tablename__ = "line_promises"
    __table_args__ = (Index("ix_line_promises_line_id", "line_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    line_id: Mapped[UUID] = mapped_column(ForeignKey("order_lines.id"))
    change_request_id: Mapped[UUID] = mapped_column(ForeignKey("change_requests.id"))
    promised_on: Mapped[date]
    said_by: Mapped[str]
    """buyer or vendor: which side proposed it"""
    reason: Mapped[str]
    at: Mapped[datetime]
