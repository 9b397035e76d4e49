"""Production as its vendor tells it: stages with a note and photos. Written down once, never changed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base
from marketplace.core.files import StoredFile


class ProductionStage(Base):
    """What has been reached, in the vendor's words: cut, hardened, packed."""

    __tablename__ = "production_stages"
    __table_args__ = (Index("ix_production_stages_vendor_order_id", "vendor_order_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_order_id: Mapped[UUID] = mapped_column(ForeignKey("vendor_orders.id"))
    title: Mapped[str]
    note: Mapped[str | None]
    written_by_name: Mapped[str]
    at: Mapped[datetime]


class ProductionPhoto(Base):
    """A picture of a stage; its file is read by both companies."""

    __tablename__ = "production_photos"

    stage_id: Mapped[UUID] = mapped_column(ForeignKey("production_stages.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[UUID] = mapped_column(ForeignKey(StoredFile.id))
