"""The ledger: accounts, balances, entries, postings and reserved sums. Source: payments.md §3."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


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
        Index("ix_postings_account_id", "account_id", postgresql_include=["amount_minor"]),
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
