"""Which of several prices counts (pure): contract > price list of the address or the company > segment list > public tiers.

Source: product.md §4. Within a rank the list that began last counts, then the cheaper one. A list counts from its first quantity on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from marketplace.core.i18n import gettext, lazy
from marketplace.pricing.tiers import Tiers, tier_at


class Source(StrEnum):
    """Where a price comes from, the strongest first."""

    CONTRACT = "contract"
    LOCATION_LIST = "location_list"
    COMPANY_LIST = "company_list"
    SEGMENT_LIST = "segment_list"
    PUBLIC_TIER = "public_tier"
    SAMPLE = "sample"  # of its own: no list goes before it


RANK = {source: rank for rank, source in enumerate(Source)}
WORDS = {
    Source.CONTRACT: lazy("Contract price"),
    Source.LOCATION_LIST: lazy("Price list of your delivery address"),
    Source.COMPANY_LIST: lazy("Price list of your company"),
    Source.SEGMENT_LIST: lazy("Price list of your group of buyers"),
    Source.PUBLIC_TIER: lazy("Public price"),
    Source.SAMPLE: lazy("Sample"),
}


def source_words(source: str) -> str:
    """A stored source in the reader's language."""
    return gettext(WORDS[Source(source)]) if source in RANK else source


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What one list says of one variant. `tiers` are for the variant's own `price_per`, in the list's currency."""

    list_id: UUID
    name: str
    source: Source
    currency: str
    tiers: tuple[tuple[int, int], ...]
    valid_from: date
    valid_until: date | None = None

    @property
    def shown_name(self) -> str | None:
        """The list's name where the buyer may read it: how a vendor calls a group of buyers is the vendor's own business."""
        return None if self.source is Source.SEGMENT_LIST else self.name


class Resolved(NamedTuple):
    """The price that counts at a quantity; `price` None is the public one. `tiers` say what other quantities would cost."""

    source: Source
    currency: str
    tiers: tuple[tuple[int, int], ...]
    price: ListPrice | None = None


def in_order(prices: Sequence[ListPrice], quantity: int) -> list[ListPrice]:
    """The lists that count at a quantity, the strongest first."""
    counting = [price for price in prices if price.tiers and price.tiers[0][0] <= quantity]
    return sorted(counting, key=lambda p: (RANK[p.source], -p.valid_from.toordinal(), _micro(p, quantity), str(p.list_id)))


def resolve(prices: Sequence[ListPrice], public: Tiers, currency: str, quantity: int) -> Resolved:
    """The price that counts; below every tier the one of the smallest quantity that has a price, as `tier_at` has it. `public` are the
    variant's own tiers in the shop's `currency`.
    """
    if not prices:
        return Resolved(Source.PUBLIC_TIER, currency, tuple(public))
    starts = [tiers[0][0] for tiers in (public, *(price.tiers for price in prices)) if tiers]
    counting = in_order(prices, max(quantity, min(starts, default=quantity)))
    chosen = counting[0] if counting else None
    own = chosen.currency if chosen else currency
    ladder = _ladder([price for price in prices if price.currency == own], public if own == currency else ())
    if chosen is None:
        return Resolved(Source.PUBLIC_TIER, currency, ladder)
    return Resolved(chosen.source, own, ladder, chosen)


def _ladder(prices: Sequence[ListPrice], public: Tiers) -> tuple[tuple[int, int], ...]:
    """What each quantity costs, a step wherever some list or the public tiers have one and the price differs."""
    if not prices:
        return tuple(public)
    made: list[tuple[int, int]] = []
    for start in sorted({tier[0] for tiers in (public, *(price.tiers for price in prices)) for tier in tiers}):
        counting = in_order(prices, start)
        found = tier_at(counting[0].tiers if counting else public, start)
        if found and (not made or made[-1][1] != found[1]):
            made.append((start, found[1]))
    return tuple(made)


def _micro(price: ListPrice, quantity: int) -> int:
    tier = tier_at(price.tiers, quantity)
    return tier[1] if tier else 0
