"""Samples (pure): one of a SKU for a company, at a price of its own, credited on the first order of the goods where the vendor says so.

Source: product.md §3. The sample is one shown unit (a piece, a metre), whatever the goods' minimum and step are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.catalogue.quantities import QuantityRule
from marketplace.catalogue.queries import LineVariant


@dataclass(frozen=True, slots=True)
class SampleOffer:
    """What a vendor says of the sample of a variant."""

    price_micro: int
    """Of one sample."""
    is_credited: bool


@dataclass(frozen=True, slots=True)
class Credit:
    """What an earlier sample cost that the first order of the goods is credited with."""

    amount_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Samples:
    """What a basket has to do with samples, by variant: those it holds, those the buyer has had, and what is credited now."""

    wanted: frozenset[UUID] = frozenset()
    taken: frozenset[UUID] = frozenset()
    credits: Mapping[UUID, Credit] = field(default_factory=dict)


NO_SAMPLES = Samples()


def as_sample(variant: LineVariant, offer: SampleOffer | None) -> LineVariant:
    """The variant as its sample is sold: exactly one, at the sample's price; without a price where none is offered."""
    one = variant.display_factor
    tiers = ((one, offer.price_micro),) if offer is not None else ()
    return variant._replace(rule=QuantityRule(one, one, one), price_per=one, tiers=tiers, mix_group=None)


def credited_now(goods_minor: int, currency: str, credit: Credit | None) -> int:
    """What is taken off the goods of a line: never more than they cost, and only in the sample's own currency."""
    return min(goods_minor, credit.amount_minor) if credit is not None and credit.currency == currency else 0
