"""Hits by score and trust, with room for other vendors (pure).

Each hit of a vendor that already stands above loses a little of the best score: a soft hand, since a hard limit hides good answers.
Source: measured on judged queries (docs/decisions/0018-ranking-by-facts.md).
"""

from collections import defaultdict, deque
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from uuid import UUID

from search.query import FoundVariant
from search.ranking.trust import Trust

BY_WORDS, BY_MEANING = 0.001, 0.005
"""Of the best score, for each earlier hit of the same vendor. Scores by words alone are often nearly equal: there a fifth does as much."""

ALIKE = 2
"""As many times as much for a hit that the words cannot tell from the one before it: ten sizes of one bolt say no more than three."""


def ordered(hits: Sequence[FoundVariant], trust: Trust, penalty: float, wanted: int) -> list[FoundVariant]:
    """The first `wanted` of hits that come by falling score. Ties keep the order in which they came.

    Each place is given to the best of what is left, so the order of a longer list begins with that of a shorter one.
    """
    best = max((hit.score for hit in hits), default=0.0)
    if best <= 0:
        return list(hits[:wanted])
    # A vendor's own hits keep their order among themselves: only the first of each can be next.
    waiting: defaultdict[UUID, deque[tuple[int, FoundVariant]]] = defaultdict(deque)
    for place, hit in enumerate(hits):
        waiting[hit.vendor_id].append((place, hit))
    factors = {vendor_id: trust.get(vendor_id, 1.0) / best for vendor_id in waiting}
    heads = [(-queue[0][1].score * factors[vendor_id], queue[0][0], vendor_id) for vendor_id, queue in waiting.items()]
    heapify(heads)
    lost: defaultdict[UUID, float] = defaultdict(float)
    order: list[FoundVariant] = []
    while heads and len(order) < wanted:
        _, _, vendor_id = heappop(heads)
        queue = waiting[vendor_id]
        _, given = queue.popleft()
        order.append(given)
        if queue:
            place, hit = queue[0]
            lost[vendor_id] += penalty * (ALIKE if hit.score == given.score else 1)
            heappush(heads, (lost[vendor_id] - hit.score * factors[vendor_id], place, vendor_id))
    return order
