"""What the provider told us: its messages and the movements on our balance there. Source: payments.md §3.5."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


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
