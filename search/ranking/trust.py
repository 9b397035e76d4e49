"""How far what is known of a vendor moves its goods: a factor between 0.95 and 1.05 on their score (pure).

Source: docs/decisions/0018-ranking-by-facts.md. What is not known moves nothing, so that a new vendor stands in the middle.
"""

from collections.abc import Mapping
from uuid import UUID

from marketplace.quality.shares import Share, wilson_lower_bound

MOST = 0.05
"""A factor is 1 ± this at most."""
LEVEL, ON_TIME, RATING = 0.4, 0.35, 0.25
"""Weights of the three facts, 1 together."""
MIDDLE_LEVEL = 2
EXPECTED = 0.8
"""The share of orders on time that neither helps nor harms."""
MIDDLE_STARS, BEST_STARS = 3.5, 5.0
"""The mean that few reviews are drawn to (`reviews.scores`), and the end of the scale."""

Trust = Mapping[UUID, float]
"""Factors by vendor; 1 for whoever is not in it."""


def trust_of(level: int, on_time: Share, rating: float | None) -> float:
    """The factor of one vendor. `rating` is its score from reviews, None while there are too few."""
    known = LEVEL * _level(level) + ON_TIME * _on_time(on_time) + RATING * _rating(rating)
    return round(1 + MOST * known, 4)


def _level(level: int) -> float:
    return max(-1.0, min(1.0, (level - MIDDLE_LEVEL) / MIDDLE_LEVEL))


def _on_time(share: Share) -> float:
    """Counted as far as it is certain: good by the lower end of the Wilson interval, bad by the upper one."""
    if not share.is_enough:
        return 0.0
    low, high = wilson_lower_bound(share.met, share.n), 1 - wilson_lower_bound(share.n - share.met, share.n)
    if low > EXPECTED:
        return (low - EXPECTED) / (1 - EXPECTED)
    return -(EXPECTED - high) / EXPECTED if high < EXPECTED else 0.0


def _rating(score: float | None) -> float:
    return 0.0 if score is None else max(-1.0, min(1.0, (score - MIDDLE_STARS) / (BEST_STARS - MIDDLE_STARS)))
