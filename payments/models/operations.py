"""Calls to the provider that change something. Source: payments.md §4.6."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class OperationState(StrEnum):
    """Where a call to the provider stands. Unknown is not failed."""

    PENDING = "pending"  # written, not yet sent
    IN_FLIGHT = "in_flight"  # sent; the answer is not known
    DONE = "done"  # answered and booked
    REJECTED = "rejected"  # refused for good
    PARKED = "parked"  # refused for now; tried again as a new attempt when the cause is gone


class Operation(Base):
    """A call to the provider that changes something: written first, sent with a key made from it, then recorded."""

    __tablename__ = "operations"
    __table_args__ = (
        UniqueConstraint("kind", "subject_id", "round"),
        Index("ix_operations_open", "state", "lease_until", postgresql_where=text("state IN ('pending', 'in_flight', 'parked')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """The kind in the key: `cs` session, `tr` transfer, `trr` its reversal, `re` refund, `cse` session expiry, `acct` account"""
    subject_id: Mapped[UUID]
    """The payment, release, debt, refund or vendor that it is for."""
    round: Mapped[int]
    """1 for the only one; sessions count up with each start of a payment."""
    request: Mapped[dict[str, Any]]
    request_hash: Mapped[str]
    attempt: Mapped[int]
    """Raised only after a definite refusal; it is part of the idempotency key."""
    state: Mapped[OperationState] = mapped_column(enum_type(OperationState, "state"))
    first_tried_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    tries: Mapped[int]
    stripe_id: Mapped[str | None] = mapped_column(index=True)
    last_error: Mapped[str | None]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
