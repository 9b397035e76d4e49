"""Products with their versions, and changes of products on sale that wait for the platform."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from marketplace.core.db import Base, enum_type
from marketplace.core.errors import InvalidMove


class ProductState(StrEnum):
    """Where a listing stands (product.md §3)."""

    DRAFT = "draft"  # only the vendor sees it
    CHECKING = "checking"  # the platform looks at it
    LIVE = "live"  # for sale while its vendor may sell
    REFUSED = "refused"  # the platform said no, with reason codes: to a new listing, or to one on sale, which it has taken down
    PAUSED = "paused"  # taken out by the vendor for a while
    RETIRED = "retired"  # gone for good; orders keep their copy


MOVES: dict[ProductState, frozenset[ProductState]] = {
    ProductState.DRAFT: frozenset({ProductState.CHECKING, ProductState.RETIRED}),
    ProductState.CHECKING: frozenset({ProductState.LIVE, ProductState.REFUSED, ProductState.DRAFT}),
    ProductState.LIVE: frozenset({ProductState.PAUSED, ProductState.RETIRED, ProductState.REFUSED}),
    ProductState.REFUSED: frozenset({ProductState.DRAFT, ProductState.CHECKING, ProductState.RETIRED}),
    ProductState.PAUSED: frozenset({ProductState.LIVE, ProductState.RETIRED, ProductState.REFUSED}),
    ProductState.RETIRED: frozenset(),
}
"""No move leads from `refused` to what is on sale: between them somebody of the platform looks at it."""


class Product(Base):
    """One vendor's listing; the live columns. What it was before stands in `product_versions`."""

    __tablename__ = "products"
    __table_args__ = (
        Index("ix_products_vendor_id_state", "vendor_id", "state"),
        Index("ix_products_category_id_state", "category_id", "state"),
        Index("ix_products_vendor_id_updated_at_id", "vendor_id", "updated_at", "id"),
        Index("ix_products_checking", "updated_at", "id", postgresql_where=text("state = 'checking'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    category_id: Mapped[UUID] = mapped_column(ForeignKey("categories.id"))
    slug: Mapped[str]
    """Words of the title and the code; old words redirect, the code never changes."""
    code: Mapped[str] = mapped_column(unique=True)
    """The 6 characters at the end of the slug (decisions.md 12)."""
    state: Mapped[ProductState] = mapped_column(enum_type(ProductState, "state"))
    reasons: Mapped[list[str]]
    version: Mapped[int]
    visibility: Mapped[list[str]]
    """`all`, `registered`, `country:SE`, `company:<id>`, `segment:<id>` (decisions.md 23)"""
    title: Mapped[dict[str, Any]]
    description: Mapped[dict[str, Any]]
    keywords: Mapped[list[str]]
    attributes: Mapped[dict[str, Any]]
    """{code: {"v": value in the definition's unit, "unit": as written, if it has one, "written": the number, if in another unit}} (decisions.md 2)"""
    currency: Mapped[str]
    drawing: Mapped[str | None]
    """Name of a drawing that ships with the product, for listings without a picture."""
    picture_id: Mapped[UUID | None]
    """The photo that stands for it: a row of `product_pictures`, which point here."""
    videos: Mapped[list[str] | None]
    """Addresses of films at one of `videos.HOSTS`"""
    is_reviewed: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether any review was ever written, so that pages ask for reviews and scores only where there are some."""
    published_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]

    def move(self, to: ProductState) -> None:
        """Go to another state. Raises: InvalidMove."""
        if to not in MOVES[self.state]:
            raise InvalidMove(state=self.state.value, to=to.value)
        self.state = to


class ProductVersion(Base):
    """A listing as it stood: append-only from the first migration; an order line names the version it saw."""

    __tablename__ = "product_versions"

    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str]
    content: Mapped[dict[str, Any]]
    reasons: Mapped[list[str]]
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]


class ProposalState(StrEnum):
    """What became of a change to a listing on sale."""

    WAITING = "waiting"  # the platform looks at it; what is on sale stays as it was
    ACCEPTED = "accepted"  # became a version
    REFUSED = "refused"  # the platform said no, with reason codes
    WITHDRAWN = "withdrawn"  # the vendor took it back or saved another


class ProductProposal(Base):
    """A change of what buyers are told about a listing on sale: it becomes a version when the platform has said yes."""

    __tablename__ = "product_proposals"
    __table_args__ = (
        Index("uq_product_proposals_waiting", "product_id", unique=True, postgresql_where=text("state = 'waiting'")),
        Index("ix_product_proposals_product_id_made_at", "product_id", "made_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("products.id"))
    vendor_id: Mapped[UUID] = mapped_column(ForeignKey("vendors.id"))
    content: Mapped[dict[str, Any]]
    """The whole listing as the vendor wants it; of it only `review.REVIEWED` fields are taken (catalogue/review.py)."""
    state: Mapped[ProposalState] = mapped_column(enum_type(ProposalState, "state"))
    reasons: Mapped[list[str]]
    version: Mapped[int | None]
    """The version that it became."""
    made_by: Mapped[UUID | None]
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
