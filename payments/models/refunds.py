"""Money on its way back to the buyer, and what a vendor owes for it. Source: payments.md §4.3."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


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
        CheckConstraint("amount_minor > 0 AND amount_minor = goods_minor + freight_minor + tax_minor", name="amount"),
        CheckConstraint(
            "held_goods_minor BETWEEN 0 AND goods_minor AND held_freight_minor BETWEEN 0 AND freight_minor AND held_tax_minor BETWEEN 0 AND tax_minor",
            name="held",
        ),
        Index("ix_refunds_hold_id", "hold_id"),
        Index("ix_refunds_buyer_id_decided_at_id", "buyer_id", "decided_at", "id"),
        Index("ix_refunds_vendor_id_decided_at_id", "vendor_id", "decided_at", "id"),
        Index("ix_refunds_pending", "checked_at", postgresql_where=text("state = 'pending'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("holds.id"))
    payment_id: Mapped[UUID] = mapped_column(ForeignKey("payments.id"))
    buyer_id: Mapped[UUID] = mapped_column(ForeignKey("companies.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    currency: Mapped[str]
    amount_minor: Mapped[int]
    goods_minor: Mapped[int]
    freight_minor: Mapped[int]
    tax_minor: Mapped[int]
    held_goods_minor: Mapped[int]
    """What of the goods came out of held money; the rest had been released and was taken back. The same for the two below."""
    held_freight_minor: Mapped[int]
    held_tax_minor: Mapped[int]
    commission_minor: Mapped[int]
    """What of the commission was waived or given back with it."""
    reason: Mapped[str]
    state: Mapped[RefundState] = mapped_column(enum_type(RefundState, "state"))
    stripe_refund_id: Mapped[str | None] = mapped_column(unique=True)
    failure: Mapped[str | None]
    decided_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    checked_at: Mapped[datetime | None]
    """When the provider was last asked about it."""

    @property
    def held_minor(self) -> int:
        """What came out of held money."""
        return self.held_goods_minor + self.held_freight_minor + self.held_tax_minor


class DebtState(StrEnum):
    """Where a vendor's debt stands."""

    RECALLED = "recalled"  # asked back from the vendor's account at the provider
    OWED = "owed"  # the account did not cover it: taken out of the vendor's next releases
    SETTLED = "settled"


class VendorDebt(Base):
    """What a vendor owes because money that it already had went back to the buyer (J20). It comes back by a reversal of the transfer,
    or is taken out of the vendor's next releases.
    """

    __tablename__ = "vendor_debts"
    __table_args__ = (
        UniqueConstraint("refund_id", "release_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("reversed_minor >= 0 AND netted_minor >= 0 AND reversed_minor + netted_minor <= amount_minor", name="paid"),
        Index("ix_vendor_debts_vendor_id_created_at_id", "vendor_id", "created_at", "id"),
        Index("ix_vendor_debts_open", "vendor_id", postgresql_where=text("state <> 'settled'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    refund_id: Mapped[UUID] = mapped_column(ForeignKey("refunds.id"))
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("holds.id"))
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("releases.id"))
    """The transfer that it is taken back from; empty when nothing of a transfer is left to reverse."""
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    currency: Mapped[str]
    amount_minor: Mapped[int]
    reversed_minor: Mapped[int]
    netted_minor: Mapped[int]
    state: Mapped[DebtState] = mapped_column(enum_type(DebtState, "state"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]

    @property
    def open_minor(self) -> int:
        """What is still owed."""
        return self.amount_minor - self.reversed_minor - self.netted_minor


class StatementKind(StrEnum):
    """What a line of a vendor's statement is."""

    RELEASE = "release"  # a buyer accepted goods
    FEE = "fee"  # the platform's commission on it
    REFUND = "refund"  # released money went back to a buyer
    FEE_BACK = "fee_back"  # the commission that was given back with it
    TRANSFER = "transfer"  # paid out to the vendor's account
    REVERSAL = "reversal"  # taken back from the vendor's account


class StatementLine(Base):
    """One movement of a vendor's account with the platform. All of them together are what is payable less what the vendor owes."""

    __tablename__ = "statement_lines"
    __table_args__ = (
        CheckConstraint("amount_minor <> 0", name="amount"),
        Index("ix_statement_lines_vendor_id_at_id", "vendor_id", "at", "id", postgresql_include=["currency", "kind", "amount_minor"]),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    hold_id: Mapped[UUID] = mapped_column(ForeignKey("holds.id"))
    order_number: Mapped[str]
    currency: Mapped[str]
    at: Mapped[datetime]
    kind: Mapped[StatementKind] = mapped_column(enum_type(StatementKind, "kind"))
    amount_minor: Mapped[int]
    """Positive: to the vendor; negative: from it."""
