"""Dated tables that the operator edits: tax rates and indicative exchange rates."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


class TaxRate(Base):
    """A rate of one jurisdiction and class from a day on."""

    __tablename__ = "tax_rates"
    __table_args__ = (UniqueConstraint("country", "region", "tax_class", "valid_from"), CheckConstraint("rate_bp >= 0", name="rate"))

    id: Mapped[UUID] = mapped_column(primary_key=True)
    country: Mapped[str]
    region: Mapped[str]
    """Empty for the whole country."""
    tax_class: Mapped[str]
    rate_bp: Mapped[int]
    valid_from: Mapped[date]
    is_example: Mapped[bool]
    """Shipped as an example; the operator has not vouched for it."""


class ExchangeRate(Base):
    """An indication: what one unit of a currency is worth in the platform's currency from a day on. Never used to charge."""

    __tablename__ = "exchange_rates"
    __table_args__ = (CheckConstraint("rate > 0", name="rate"),)

    currency: Mapped[str] = mapped_column(primary_key=True)
    valid_from: Mapped[date] = mapped_column(primary_key=True)
    rate: Mapped[Decimal]
    source: Mapped[str]
