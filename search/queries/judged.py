"""What orders and reviews say of vendors and products, for filters: joined live like all facts of vendors, at most a minute old.

Neither is in a document: shares move with the days, scores fade with the age of reviews, and no change of a row marks that.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from marketplace.core import clock
from marketplace.core.recent import Kept
from marketplace.quality import queries as quality
from reviews import queries as reviews
from search.queries.vendors import seen_vendors

KEPT_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Judged:
    """Vendors and products of whom enough is known to say something."""

    on_time: Mapping[UUID, float]
    """Vendor → on-time share between 0 and 1; only those with at least 10 orders that count."""
    ratings: Mapping[UUID, float]
    """Product → score as it is shown, with one decimal; only those with enough reviews."""
    by_score: tuple[frozenset[str], ...] = ()
    """The same, best first: ids of products as the index writes them, one set for each score."""
    _rated: dict[float, frozenset[str]] = field(default_factory=dict, compare=False, repr=False)

    def rated(self, least: float) -> frozenset[str]:
        """Ids, as the index writes them, of the products with this score or a better one; made once, for every page counts them."""
        found = self._rated.get(least)
        if found is None:
            found = self._rated[least] = frozenset(str(product_id) for product_id, score in self.ratings.items() if score >= least)
        return found


NOBODY = Judged({}, {})


def _read() -> Judged:
    shares = quality.on_time_of(seen_vendors().ids)
    scores = reviews.scores_of_rated_products()
    ratings = {product_id: round(score.value, 1) for product_id, score in scores.items() if score.value is not None}
    alike: dict[float, list[str]] = {}
    for product_id, score in ratings.items():
        alike.setdefault(score, []).append(str(product_id))
    return Judged(
        {vendor_id: share.value for vendor_id, share in shares.items() if share.value is not None},
        ratings,
        tuple(frozenset(alike[score]) for score in sorted(alike, reverse=True)),
    )


def _stamp() -> Hashable:
    return int(clock.now().timestamp()) // KEPT_SECONDS, seen_vendors().ids


_kept: Kept[Judged] = Kept(_read, _stamp)


def judged() -> Judged:
    """Shares and scores of everybody, at most a minute old. Public."""
    return _kept.get()


def forget_judged() -> None:
    """Read the tables again at the next call; between tests."""
    _kept.forget()
