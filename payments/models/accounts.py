"""Vendors' accounts at the provider. Source: payments.md §4.3."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type


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
    bank_seen_at: Mapped[datetime | None]
    """When the bank details behind it were last looked at; they are rows of `bank_details`."""
    stopped_at: Mapped[datetime | None]
    """Since when the vendor has had its payouts stopped, because somebody else may have changed its bank details."""
    stopped_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
