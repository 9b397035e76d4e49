"""What a purchase owes. Source: payments.md §4.3."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class PaymentState(StrEnum):
    """Where the money of a purchase stands; driven only by the re-fetched provider object."""

    OPEN = "open"  # nothing paid
    STARTED = "started"  # the buyer is on the provider's page
    PROCESSING = "processing"  # the bank works on it
    SUCCEEDED = "succeeded"  # the money is here
    EXPIRED = "expired"  # closed unpaid


PAYMENT_MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.OPEN: frozenset({PaymentState.STARTED, PaymentState.PROCESSING, PaymentState.SUCCEEDED, PaymentState.EXPIRED}),
    PaymentState.STARTED: frozenset({PaymentState.OPEN, PaymentState.PROCESSING, PaymentState.SUCCEEDED, PaymentState.EXPIRED}),
    PaymentState.PROCESSING: frozenset({PaymentState.OPEN, PaymentState.SUCCEEDED}),
    PaymentState.SUCCEEDED: frozenset(),
    PaymentState.EXPIRED: frozenset({PaymentState.SUCCEEDED}),  # paid in the last second: the money comes back as a refund
}


class Payment(Base):
    """What one purchase owes in one currency. One checkout session at the provider per attempt."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("purchase_id", "currency"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_payments_open", "state", "updated_at", postgresql_where=text("state IN ('started', 'processing')")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    purchase_id: Mapped[UUID]
    purchase_number: Mapped[str]
    """The provider's `transfer_group`."""
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"), index=True)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    state: Mapped[PaymentState] = mapped_column(enum_type(PaymentState, "state"))
    attempt: Mapped[int]
    stripe_session_id: Mapped[str | None] = mapped_column(unique=True)
    stripe_session_url: Mapped[str | None]
    session_expires_at: Mapped[datetime | None]
    stripe_payment_intent_id: Mapped[str | None] = mapped_column(unique=True)
    stripe_charge_id: Mapped[str | None]
    last_refusal: Mapped[str | None]
    """The provider's code of the last declined try."""
    succeeded_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move(self, to: PaymentState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in PAYMENT_MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to
