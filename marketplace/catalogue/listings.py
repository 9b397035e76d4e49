"""A listing on its way in by the bulk, and what became of a chunk of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from marketplace.catalogue.drafts import ProductDraft
from marketplace.catalogue.models import ProductState
from marketplace.core.records import record


@record
class Listing:
    """One whole listing of a vendor. `line` is where it stands in its file.

    `state` is for listings that are new; one that exists keeps its own. `stock` is a count (SKU → base units) and is set each time,
    `opening_stock` only where the variant is new. `published_at` None is the moment of the import.
    """

    line: int
    vendor_id: UUID
    currency: str
    draft: ProductDraft
    state: ProductState = ProductState.CHECKING
    reasons: tuple[str, ...] = ()
    stock: Mapping[str, int] = field(default_factory=dict)
    opening_stock: Mapping[str, int] = field(default_factory=dict)
    published_at: datetime | None = None

    @property
    def sku(self) -> str:
        """The SKU by which people find the listing again."""
        return self.draft.variants[0].sku if self.draft.variants else ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A listing that was not taken, in words for people."""

    line: int
    sku: str
    reason: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a chunk: numbers of listings, and those that were not taken. A new count of the stock changes a listing too."""

    made: int
    changed: int
    same: frozenset[int]
    """The lines of those that stand as they are"""
    refused: tuple[Refused, ...]

    @property
    def unchanged(self) -> int:
        """How many stand as they are."""
        return len(self.same)
