"""The version that each variant's document has: raised by the indexer, never taken from a clock."""

from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base


class SearchVersion(Base):
    """What the index should hold of a variant. `is_live` false: a tombstone, so that a late update cannot bring it back."""

    __tablename__ = "search_versions"
    __table_args__ = (Index("ix_search_versions_product_id", "product_id"),)

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID]
    version: Mapped[int]
    is_live: Mapped[bool]
