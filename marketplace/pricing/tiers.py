"""The tier that a quantity falls into (pure). Tiers are [(from quantity, unit_price_micro)], rising."""

from collections.abc import Sequence

Tiers = Sequence[tuple[int, int]]


def tier_at(tiers: Tiers, quantity: int) -> tuple[int, int] | None:
    """The tier of a quantity; below the first one the first, since that is what the minimum would cost. None without tiers."""
    found = tiers[0] if tiers else None
    for tier in tiers:
        if tier[0] <= quantity:
            found = tier
    return found


def next_tier(tiers: Tiers, quantity: int) -> tuple[int, int] | None:
    """The next tier that a larger quantity would reach for less; None where no larger quantity costs less."""
    reached = max(quantity, tiers[0][0]) if tiers else quantity
    now = tier_at(tiers, reached)
    return next((tier for tier in tiers if now and tier[0] > reached and tier[1] < now[1]), None)
