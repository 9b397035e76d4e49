"""What the order of hits knows of vendors: level as it is now, orders and reviews as they were when the hour began to be asked for.

An hour, so that the pages of one list keep one order, in every web process.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from uuid import UUID

from marketplace.core import clock
from marketplace.core.recent import Kept
from marketplace.quality import queries as quality
from marketplace.quality.shares import NOTHING, Share
from reviews import queries as reviews
from search.queries.vendors import SeenVendors, seen_vendors
from search.query import Plan, Vocabulary
from search.ranking.naming import Names, is_open, names_of
from search.ranking.trust import Trust, trust_of

KEPT_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Records:
    """How vendors did."""

    on_time: Mapping[UUID, Share]
    ratings: Mapping[UUID, float | None]


@dataclass(frozen=True, slots=True)
class Ranking:
    """Factors of vendors, and the names by which a query may ask for one."""

    trust: Trust
    names: Names
    made_from: tuple[SeenVendors, Records]

    def trust_for(self, plan: Plan, vocabulary: Vocabulary) -> Trust | None:
        """The factors that count for a plan; None where hits stand as the engine ranks them."""
        return self.trust if plan.limit and is_open(plan, self.names, vocabulary) else None


def _read_records() -> Records:
    ids = sorted(seen_vendors().ids)
    scores = reviews.score_of_vendors(ids)
    return Records(quality.on_time_of(ids), {vendor_id: score.value for vendor_id, score in scores.items()})


def _hour() -> Hashable:
    return int(clock.now().timestamp()) // KEPT_SECONDS, seen_vendors().ids


_records: Kept[Records] = Kept(_read_records, _hour)


def _read() -> Ranking:
    seen, records = seen_vendors(), _records.get()
    trust = {
        vendor_id: trust_of(facts.level, records.on_time.get(vendor_id, NOTHING), records.ratings.get(vendor_id))
        for vendor_id, facts in seen.facts.items()
    }
    return Ranking(trust, names_of(facts.name for facts in seen.facts.values()), (seen, records))


_kept: Kept[Ranking] = Kept(_read, lambda: (id(seen_vendors()), id(_records.get())))


def ranking() -> Ranking:
    """Trust in everybody who may be seen. Public."""
    return _kept.get()


def forget_ranking() -> None:
    """Read the tables again at the next call; between tests."""
    _records.forget()
    _kept.forget()
