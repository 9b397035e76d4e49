"""The score of a product or a vendor, from its reviews alone (product.md §11).

Score = (7 × 3.5 + Σ w·r) ÷ (7 + Σ w), with r the stars and w = 2^(−age ÷ 12 months) × min(3, spend ÷ the vendor's median spend).
The prior of 7 reviews of 3.5 keeps a few reviews from deciding; below 3 reviews no score is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass

YEAR_DAYS = 365.0
SPEND_CAP = 3.0
UNWEIGHED_LABELS = frozenset({"incentivised", "imported"})
"""A reward weighs 0 in the score, whatever the stars; what came from elsewhere has no order behind it."""


@dataclass(frozen=True, slots=True)
class Rating:
    """What one review brings to a score. `spend_minor` and `median_minor` are in the vendor's currency."""

    stars: int
    quality: int
    on_time: int
    communication: int
    documents: int
    would_reorder: bool
    age_days: float
    spend_minor: int
    median_minor: int


@dataclass(frozen=True, slots=True)
class Score:
    """A score with its number and distribution; `value` is None while there are too few reviews.

    `distribution` counts the reviews of 1, 2, 3, 4 and 5 stars; the means are plain ones, None without reviews.
    """

    value: float | None
    n: int
    distribution: tuple[int, int, int, int, int]
    quality: float | None = None
    on_time: float | None = None
    communication: float | None = None
    documents: float | None = None
    would_reorder: float | None = None

    @property
    def bars(self) -> list[tuple[int, int, int]]:
        """(stars, reviews, whole percent of all) from 5 down to 1: the rows of the distribution."""
        return [(stars, n, round(100 * n / self.n) if self.n else 0) for stars, n in sorted(enumerate(self.distribution, 1), reverse=True)]


NO_SCORE = Score(None, 0, (0, 0, 0, 0, 0))


def weight(rating: Rating) -> float:
    """How much a review counts: half after 12 months, up to three times for a large order."""
    by_spend = min(SPEND_CAP, rating.spend_minor / rating.median_minor) if rating.median_minor > 0 else 1.0
    return float(2 ** (-rating.age_days / YEAR_DAYS) * by_spend)


def score(ratings: Sequence[Rating], *, prior_weight: int, prior_tenths: int, minimum: int) -> Score:
    """The score of these reviews. The prior counts as `prior_weight` reviews of `prior_tenths` ÷ 10 stars."""
    if not ratings:
        return NO_SCORE
    weights = [weight(rating) for rating in ratings]
    total = prior_weight * prior_tenths / 10 + sum(w * r.stars for w, r in zip(weights, ratings, strict=True))
    counts = [sum(r.stars == stars for r in ratings) for stars in range(1, 6)]
    n = len(ratings)
    return Score(
        value=total / (prior_weight + sum(weights)) if n >= minimum else None,
        n=n,
        distribution=(counts[0], counts[1], counts[2], counts[3], counts[4]),
        quality=sum(r.quality for r in ratings) / n,
        on_time=sum(r.on_time for r in ratings) / n,
        communication=sum(r.communication for r in ratings) / n,
        documents=sum(r.documents for r in ratings) / n,
        would_reorder=sum(r.would_reorder for r in ratings) / n,
    )
