"""Products on sale that the platform has taken down, each with its statement of reasons."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.catalogue.models.products import ProductState
from marketplace.core.db import Base, enum_type


class TakedownSource(StrEnum):
    """Where the platform knows it from."""

    OWN_CHECK = "own_check"  # the platform has looked by itself
    NOTICE = "notice"  # somebody has told it
    AUTHORITY = "authority"  # an authority has ordered it


class TakedownEnd(StrEnum):
    """How a taking down ended; the product is not by that alone on sale."""

    UNDONE = "undone"  # the platform has taken it back by itself
    GRANTED = "granted"  # the vendor's appeal was granted
    SENT_AGAIN = "sent_again"  # the vendor has sent the product to be checked again


class ProductTakedown(Base):
    """One taking down of a product on sale. What was said stays as it was said; only its end is written later."""

    __tablename__ = "product_takedowns"
    __table_args__ = (
        CheckConstraint("(ended IS NULL) = (ended_at IS NULL)", name="ended_at"),
        CheckConstraint("ended <> 'undone' OR end_reason IS NOT NULL", name="end_reason"),
        CheckConstraint("state_before IN ('live', 'paused')", name="was_on_sale"),
        CheckConstraint("cardinality(reasons) > 0", name="reasons"),
        Index("uq_product_takedowns_in_force", "product_id", unique=True, postgresql_where=text("ended IS NULL")),
        Index("ix_product_takedowns_product_id", "product_id"),
        Index("ix_product_takedowns_vendor_id", "vendor_id"),
        Index("ix_product_takedowns_act_id", "act_id"),
        Index("ix_product_takedowns_taken_at_id", "taken_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    act_id: Mapped[UUID]
    """The same for all products that were taken down together: the vendor is told of them in one mail."""
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    version: Mapped[int]
    """The version that was on sale."""
    state_before: Mapped[ProductState] = mapped_column(enum_type(ProductState, "state_before"))
    """Live or paused: where it goes back to when the taking down was wrong."""
    reasons: Mapped[list[str]]
    """Codes of `catalogue.reasons`."""
    statement: Mapped[str]
    """The facts and the rule that they break, for the vendor to read."""
    source: Mapped[TakedownSource] = mapped_column(enum_type(TakedownSource, "source"))
    reference: Mapped[str | None]
    """Who gave notice, or the number of the order: for the desk alone."""
    file_ids: Mapped[list[UUID]]
    """The evidence, which the vendor reads."""
    taken_by: Mapped[UUID | None]
    taken_by_name: Mapped[str]
    taken_at: Mapped[datetime]
    ended: Mapped[TakedownEnd | None] = mapped_column(enum_type(TakedownEnd, "ended"))
    """None: it holds."""
    ended_at: Mapped[datetime | None]
    ended_by_name: Mapped[str | None]
    end_reason: Mapped[str | None]
