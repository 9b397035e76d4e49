"""What goods of a mail cost: the public price, as a list of results writes it. What a company has agreed with a vendor goes into no mail,
which is forwarded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.core import policy
from marketplace.pricing import queries as pricing
from marketplace.pricing.tiers import tier_at
from search.queries import ShownVariant


@dataclass(frozen=True, slots=True)
class Priced:
    """A public price at a quantity of base units, in the currency that the platform compares in, or in the vendor's without a rate."""

    micro: int
    currency: str
    quantity: int
    is_wanted: bool
    """The quantity is what the owner wants; else it is the smallest order."""
    own_micro: int | None = None
    """In the vendor's currency, where `micro` is an indication."""


def priced(shown: Iterable[ShownVariant], wanted: Mapping[UUID, int | None]) -> dict[UUID, Priced]:
    """The price of each variant that has one, at what is wanted of it in base units; None and less than its smallest order is that order."""
    reading, rates = policy.current().platform_currency, pricing.rates()
    found: dict[UUID, Priced] = {}
    for each in shown:
        line, asked = each.line, wanted.get(each.line.variant_id)
        quantity = max(asked or 0, line.rule.minimum)
        tier = tier_at(line.tiers, quantity)
        if tier is None:
            continue
        about = pricing.indicative_micro(tier[1], line.currency, to=reading, known=rates) if line.currency != reading else None
        is_wanted = quantity == asked
        found[line.variant_id] = (
            Priced(tier[1], line.currency, quantity, is_wanted) if about is None else Priced(about, reading, quantity, is_wanted, tier[1])
        )
    return found
