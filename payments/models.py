"""The ledger, holds, payments, and every call to the provider. Source: payments.md §3 and §4.2."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class LedgerAccount(Base):
    """An account of the chart (payments.md §3.3), one per currency and owner."""

    __tablename__ = "ledger_accounts"
    __table_args__ = (
        UniqueConstraint("code", "currency", "owner_id", postgresql_nulls_not_distinct=True),
        UniqueConstraint("id", "currency"),
        CheckConstraint("side IN (-1, 1)", name="side"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    """`1010` Stripe balance … `2010` held funds …"""
    currency: Mapped[str]
    owner_id: Mapped[UUID | None]
    """The vendor order, vendor or refund that a sub-account belongs to."""
    side: Mapped[int]
    """1 for a debit-normal account, -1 for a credit-normal one."""
    is_strict: Mapped[bool]
    """Strict accounts keep a balance row with a floor of 0; lazy ones are summed."""
    opened_at: Mapped[datetime]


class LedgerBalance(Base):
    """The balance of a strict account on its normal side; it may not pass its floor of 0, also after what is reserved."""

    __tablename__ = "ledger_balances"
    __table_args__ = (
        CheckConstraint("posted - reserved >= 0", name="floor"),
        CheckConstraint("reserved >= 0", name="reserved"),
        {"postgresql_with": {"fillfactor": "50"}},
    )

    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_accounts.id"), primary_key=True)
    posted: Mapped[int]
    reserved: Mapped[int]


class JournalEntry(Base):
    """A set of postings that sum to zero. Never edited; its key makes a repeat a no-op."""

    __tablename__ = "journal_entries"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    content_hash: Mapped[str]
    kind: Mapped[str]
    """The number of the entry in payments.md §3.4: `J01` …"""
    effective_at: Mapped[datetime]
    reference_id: Mapped[UUID | None] = mapped_column(index=True)
    """The vendor order, payment or refund it is about."""
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entries.id"))
    created_at: Mapped[datetime]


class Posting(Base):
    """One leg: debit positive, credit negative. All legs of an entry go in one INSERT, or the trigger refuses them."""

    __tablename__ = "postings"
    __table_args__ = (
        ForeignKeyConstraint(["account_id", "currency"], ["ledger_accounts.id", "ledger_accounts.currency"]),
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index("ix_postings_account_id", "account_id"),
    )

    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entries.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    currency: Mapped[str]
    amount_minor: Mapped[int]


class ReservationState(StrEnum):
    """What became of a reserved sum."""

    OPEN = "open"
    POSTED = "posted"
    VOID = "void"


class LedgerReservation(Base):
    """A sum of a strict account set aside for an operation: the first phase of a two-phase transfer."""

    __tablename__ = "ledger_reservations"
    __table_args__ = (CheckConstraint("amount_minor > 0", name="amount"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("ledger_accounts.id"))
    operation_id: Mapped[UUID] = mapped_column(unique=True)
    amount_minor: Mapped[int]
    state: Mapped[ReservationState] = mapped_column(enum_type(ReservationState, "state"))
    created_at: Mapped[datetime]


class PayoutAccountState(StrEnum):
    """Whether the provider can pay a vendor."""

    CREATED = "created"
    ONBOARDING = "onboarding"
    ACTIVE = "active"
    RESTRICTED = "restricted"  # transfers wait
    CLOSED = "closed"


class PayoutAccount(Base):
    """A vendor's account at the provider."""

    __tablename__ = "payout_accounts"

    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"), primary_key=True)
    stripe_account_id: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[PayoutAccountState] = mapped_column(enum_type(PayoutAccountState, "state"))
    status_code: Mapped[str | None]
    """Why it is restricted, in the provider's word."""
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


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


class HoldState(StrEnum):
    """Where held money stands (payments.md §4.2)."""

    AWAITING_FUNDS = "awaiting_funds"  # not paid yet
    FUNDING = "funding"  # the bank works on it
    FUNDED = "funded"  # held
    RELEASED = "released"  # the vendor's, not yet transferred
    PAID_OUT = "paid_out"  # transferred to the vendor's account
    REFUNDED = "refunded"  # on its way back to the buyer
    SPLIT = "split"  # a part each way
    EXPIRED = "expired"  # never paid


HOLD_MOVES: dict[HoldState, frozenset[HoldState]] = {
    HoldState.AWAITING_FUNDS: frozenset({HoldState.FUNDING, HoldState.FUNDED, HoldState.EXPIRED}),
    HoldState.FUNDING: frozenset({HoldState.AWAITING_FUNDS, HoldState.FUNDED, HoldState.EXPIRED}),
    HoldState.FUNDED: frozenset({HoldState.RELEASED, HoldState.REFUNDED, HoldState.SPLIT}),
    HoldState.RELEASED: frozenset({HoldState.PAID_OUT}),
    HoldState.PAID_OUT: frozenset(),
    HoldState.REFUNDED: frozenset(),
    HoldState.SPLIT: frozenset(),
    HoldState.EXPIRED: frozenset({HoldState.FUNDED}),  # late money: funded, then refunded at once
}


class Hold(Base):
    """Money of one milestone of one vendor order, kept until release. It knows money only; the order knows the goods."""

    __tablename__ = "holds"
    __table_args__ = (
        UniqueConstraint("vendor_order_id", "milestone"),
        CheckConstraint("amount_minor > 0 AND commission_minor >= 0 AND commission_minor <= amount_minor", name="amounts"),
        CheckConstraint("amount_minor = goods_minor + freight_minor + tax_minor", name="parts"),
        CheckConstraint("released_minor + refunded_minor <= amount_minor", name="spent"),
        Index("ix_holds_vendor_id_state", "vendor_id", "state"),
        Index("ix_holds_buyer_id_state", "buyer_id", "state"),
        Index("ix_holds_payment_id", "payment_id"),
        Index("ix_holds_purchase_id", "purchase_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    purchase_id: Mapped[UUID]
    vendor_order_id: Mapped[UUID]
    order_number: Mapped[str]
    milestone: Mapped[str]
    """`on_acceptance`: the one milestone so far."""
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    currency: Mapped[str]
    amount_minor: Mapped[int]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    commission_minor: Mapped[int]
    """What the platform keeps on release, frozen at placement."""
    state: Mapped[HoldState] = mapped_column(enum_type(HoldState, "state"))
    released_minor: Mapped[int]
    refunded_minor: Mapped[int]
    funded_at: Mapped[datetime | None]
    hold_deadline: Mapped[datetime | None]
    """Until when the provider lets the money be held."""
    release_at: Mapped[datetime | None]
    """When the inspection ends and the money goes by itself; set by the order at delivery."""
    released_at: Mapped[datetime | None]
    paid_out_at: Mapped[datetime | None]
    frozen_at: Mapped[datetime | None]
    frozen_reason: Mapped[str | None]
    created_at: Mapped[datetime]

    def move(self, to: HoldState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in HOLD_MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


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
    """The kind in the key: `cs` session, `tr` transfer, `re` refund, `cse` session expiry, `acct` account"""
    subject_id: Mapped[UUID]
    """The payment, hold, refund or vendor that it is for."""
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


class RefundState(StrEnum):
    """Where money on its way back stands."""

    DECIDED = "decided"  # booked, not yet asked of the provider
    PENDING = "pending"  # the provider works on it
    SUCCEEDED = "succeeded"  # the buyer has it
    FAILED = "failed"  # came back to us; a person must look


class Refund(Base):
    """Money of a hold that goes back to the buyer."""

    __tablename__ = "refunds"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        Index("ix_refunds_hold_id", "hold_id"),
        Index("ix_refunds_pending", "checked_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("holds.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    currency: Mapped[str]
    amount_minor: Mapped[int]
    reason: Mapped[str]
    state: Mapped[RefundState] = mapped_column(enum_type(RefundState, "state"))
    stripe_refund_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]
    decided_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    """When the provider was last asked about it."""


class ProviderEvent(Base):
    """A message of the provider, stored once under its id; the payload is only a hint, the object is fetched again."""

    __tablename__ = "provider_events"
    __table_args__ = (Index("ix_provider_events_open", "received_at", postgresql_where=text("handled_at IS NULL")),)

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    object_id: Mapped[str | None]
    created_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    outcome: Mapped[str | None]


class ProviderMovement(Base):
    """A balance transaction of the provider, matched to the journal entry that explains it."""

    __tablename__ = "provider_movements"
    __table_args__ = (
        Index("ix_provider_movements_unmatched", "created_at", postgresql_where=text("entry_id IS NULL OR is_unexplained")),
        Index("ix_provider_movements_created_at", "created_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    type: Mapped[str]
    currency: Mapped[str]
    amount_minor: Mapped[int]
    fee_minor: Mapped[int]
    net_minor: Mapped[int]
    source_id: Mapped[str | None] = mapped_column(index=True)
    available_at: Mapped[datetime]
    created_at: Mapped[datetime]
    entry_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entries.id"))
    is_unexplained: Mapped[bool]
    """Its entry is only the one of suspense (J54)."""
