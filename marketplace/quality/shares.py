"""Shares and their certainty: pure (product.md §10).

On-time share = orders that arrived by their first promise ÷ orders judged. An order is judged on the day when it arrives, or when its
first promise has passed without it; it was on time if each of its lines arrived by the day that was promised when it was placed.
Window 90 days, at least 10 orders, else "too few". Badges and rank use the lower bound of the Wilson interval at 95 %.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import sqrt

WINDOW = timedelta(days=90)
MINIMUM = 10
Z_95 = 1.959963984540054
"""Two-sided 95 % of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Share:
    """`met` of `n`. `value` is None below the minimum: too few to say anything."""

    met: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.met <= self.n:
            raise ValueError("a share lies between none and all")

    @property
    def is_enough(self) -> bool:
        """Whether there are enough to be shown as a share."""
        return self.n >= MINIMUM

    @property
    def value(self) -> float | None:
        """The share, between 0 and 1."""
        return self.met / self.n if self.is_enough else None

    @property
    def lower_bound(self) -> float | None:
        """What the share is at least, with 95 % certainty; None when there are too few."""
        return wilson_lower_bound(self.met, self.n) if self.is_enough else None


NOTHING = Share(0, 0)


def wilson_lower_bound(met: int, n: int, z: float = Z_95) -> float:
    """The lower end of the Wilson score interval of `met` of `n`; 0 when there is nothing.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference (1927).
    """
    if n == 0:
        return 0.0
    share = met / n
    middle = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding may leave a hair on either side of what the interval can reach.
    return min(share, max(0.0, (middle - spread) / (1 + z * z / n)))
