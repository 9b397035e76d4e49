"""What cannot be bought at my quantity stands behind like goods that can (pure).

It is not left out: a minimum can be talked about, and other goods are no answer. Source: docs/decisions/0018-ranking-by-facts.md.
"""

from collections.abc import Sequence
from dataclasses import replace

from search.query import FoundVariant, Plan, Sort

LOST = 0.25
"""Of its score. One thing in many titles and sizes differs by less, what only goes with the thing by more."""


def counts_for(plan: Plan) -> bool:
    """Whether a plan asks for things by relevance at a quantity. A part number asks for that part, whatever its minimum is."""
    return plan.quantity is not None and plan.sort is Sort.RELEVANCE and not plan.code and plan.limit > 0


def within_reach(hits: Sequence[FoundVariant], plan: Plan) -> Sequence[FoundVariant]:
    """Hits by falling score, those less worth that a plan's quantity cannot buy. Ties keep the order in which they came."""
    quantity = plan.quantity
    if quantity is None or not counts_for(plan) or all(hit.minimum <= quantity for hit in hits):
        return hits
    worth = [hit if hit.minimum <= quantity else replace(hit, score=hit.score * (1 - LOST)) for hit in hits]
    return sorted(worth, key=lambda hit: -hit.score)
