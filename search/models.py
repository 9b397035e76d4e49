"""The version that each variant's document has (raised by the indexer, never taken from a clock), and what its text means."""

from uuid import UUID

from sqlalchemy import Index, Sequence
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


VECTOR_NUMBERS = Sequence("search_vector_numbers", metadata=Base.metadata)


class SearchVector(Base):
    """What the text of a listed variant means, for copies on every machine; nothing but the extra `semantic` writes or reads it."""

    __tablename__ = "search_vectors"

    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    text_digest: Mapped[bytes]
    """Of the text that the vector was made from."""
    vector: Mapped[bytes]
    """384 floats of 32 bits, the lowest byte first."""
    number: Mapped[int] = mapped_column(unique=True)
    """Drawn whenever the row is written."""
