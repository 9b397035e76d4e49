"""Photos of products, in the order in which they are shown."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.files import StoredFile


class PictureState(StrEnum):
    """Whether buyers see a photo: one that comes to a product on sale is looked at first."""

    WAITING = "waiting"  # the platform looks at it
    SHOWN = "shown"
    REFUSED = "refused"  # the platform said no; the vendor sees the reasons


class ProductPicture(Base):
    """A photo of a product; the first one that is shown stands for the product everywhere."""

    __tablename__ = "product_pictures"
    __table_args__ = (
        Index("ix_product_pictures_product_id_position", "product_id", "position", postgresql_where=text("removed_at IS NULL")),
        Index("ix_product_pictures_waiting", "product_id", postgresql_where=text("state = 'waiting' AND removed_at IS NULL")),
        Index("ix_product_pictures_file_id", "file_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    file_id: Mapped[UUID] = mapped_column(ForeignKey(StoredFile.id))
    alt: Mapped[dict[str, Any]]
    """What it shows, by language, for those who do not see it."""
    position: Mapped[int]
    state: Mapped[PictureState] = mapped_column(enum_type(PictureState, "state"))
    reasons: Mapped[list[str]]
    removed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
