"""What is behind a vendor's account: the bank details as the provider shows them. Source: product.md §9, docs/decisions/0035."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


class BankState(StrEnum):
    """Where bank details stand."""

    IN_FORCE = "in_force"  # what transfers may go to
    WAITING = "waiting"  # noticed; nothing is transferred until the wait is over and a verifier has confirmed them
    REFUSED = "refused"  # a verifier said no; nothing is transferred until they change again
    ENDED = "ended"  # others took their place, or they were taken back


class BankDetails(Base):
    """The bank accounts behind a vendor's account at one time. A row is never given other accounts: another change is another row."""

    __tablename__ = "bank_details"
    __table_args__ = (
        CheckConstraint("state NOT IN ('waiting', 'refused') OR waits_until IS NOT NULL", name="waits"),
        CheckConstraint("state <> 'in_force' OR in_force_at IS NOT NULL", name="in_force"),
        CheckConstraint(
            "state <> 'in_force' OR waits_until IS NULL OR (checked_at IS NOT NULL AND in_force_at >= waits_until)", name="both"
        ),
        CheckConstraint("(checked_at IS NULL) = (how_checked IS NULL)", name="checked"),
        CheckConstraint("state <> 'refused' OR refused_reason IS NOT NULL", name="refused"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
        Index("uq_bank_details_in_force", "vendor_id", unique=True, postgresql_where=text("state = 'in_force'")),
        Index("uq_bank_details_coming", "vendor_id", unique=True, postgresql_where=text("state IN ('waiting', 'refused')")),
        Index("ix_bank_details_vendor_id", "vendor_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("payout_accounts.vendor_id"))
    accounts: Mapped[list[Any]]
    """For each currency the account that payouts go to: `{bank_name, last_four, country, currency, fingerprint}`. Empty: all were removed."""
    fingerprint: Mapped[str]
    """Of all of them together: equal when, and only when, the accounts are the same."""
    state: Mapped[BankState] = mapped_column(enum_type(BankState, "state"))
    noticed_at: Mapped[datetime]
    waits_until: Mapped[datetime | None]
    """The earliest moment at which they can come into force; empty for the first details of an account, which wait for nothing."""
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[UUID | None]
    how_checked: Mapped[str | None]
    """How the vendor was called back, in the verifier's words; for the desk alone."""
    refused_reason: Mapped[str | None]
    """The vendor reads it."""
    in_force_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
