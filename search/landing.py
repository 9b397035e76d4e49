"""Hits by what they cost until they stand in the reader's yard (pure): over any engine that orders by price.

The index knows no freight, no duty and no tax of a destination. All of them only add to the price of the goods, so whoever looks at hits
by rising price knows the place of one as soon as it costs, landed, less than the goods of the last hit looked at: none behind can cost
less. Reasons and limits: docs/decisions/0041-landed-price-by-looking-from-the-cheapest.md.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from uuid import UUID

from search.query import Found, FoundVariant, Plan

FIRST = 300
"""Hits that are looked at before the order is tried: enough for the first page where freight is small beside the goods."""
MOST = 600
"""Hits that are looked at, at most; of goods that the reader has prices of its own for as many more."""
ROUNDING = Fraction(1, 10**9)
"""What one unit may cost less than the index says, which counts millionths for a thousand units."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one display unit costs at the reader's quantity, in the platform's currency; None is not known, or not comparable."""

    public: Fraction | None
    """The goods at the price for everybody and for the quantity `looked_by`: what the engine orders by."""
    goods: Fraction | None
    """The goods at the reader's own price, for what would be bought."""
    landed: Fraction | None


Costs = Callable[[Sequence[UUID]], Mapping[UUID, Cost]]
"""Costs of variants by id, read for many at once; one that the reader may not see any more is absent."""


@dataclass(frozen=True, slots=True)
class Landing:
    """A page of hits. Of the whole list the first `final` stand where they belong; what comes behind them may lack cheaper ones."""

    hits: tuple[FoundVariant, ...]
    final: int
    looked_at: int

    def is_sure(self, end: int) -> bool:
        """Whether the first `end` hits of the list stand where they belong."""
        return self.final >= end


def looked_by(quantity: int | None) -> int | None:
    """The quantity by whose prices hits are looked at, for one that was asked for.

    What would be bought is the asked quantity in the steps of the offer. A step is never more than the smallest order, so it is less than
    twice as much, and costs, for each unit, no less than twice as much does.
    """
    return None if quantity is None else 2 * quantity


def find(ask: Callable[[Plan], Found], plan: Plan, own: frozenset[UUID], costs: Costs) -> Landing:
    """The page of a plan by landed price: lowest first, then by price of the goods what has no landed price.

    `plan` orders by price, its clause is decided, and it says whose goods may be seen. Of the vendors `own` the reader has price lists:
    their goods may cost it less than the index says, so that all of them are looked at. A longer look never moves what is final, so pages
    neither repeat nor miss a hit. Raises: whatever `ask` raises; ValueError for a plan without vendors.
    """
    if plan.vendors is None:
        raise ValueError("a plan that does not say whose goods may be seen")
    quantity = looked_by(plan.quantity)
    agreed = Look(ask, replace(plan, vendors=plan.vendors & own, quantity=quantity, facets=()), costs)
    others = Look(ask, replace(plan, vendors=plan.vendors - own, quantity=quantity, facets=()), costs)
    agreed.go_on(MOST)
    for reach in (FIRST, MOST):
        others.go_on(reach)
        order = _ordered([*agreed.hits, *others.hits], {**agreed.costs, **others.costs})
        final = _final(order, agreed, others)
        if others.bound is None or final >= plan.offset + plan.limit:
            break
    shown = [hit for hit, _ in order[plan.offset : plan.offset + plan.limit]]
    for look in (agreed, others):
        behind = max(0, plan.offset - len(order) - (agreed.left if look is others else 0))
        shown += look.behind(behind, plan.limit - len(shown))
    return Landing(tuple(shown), final, len(order))


class Look:
    """One list by price of the goods, looked at from its beginning."""

    def __init__(self, ask: Callable[[Plan], Found], plan: Plan, costs: Costs) -> None:
        self._ask, self._plan, self._costs = ask, plan, costs
        self.hits: list[FoundVariant] = []
        self.costs: dict[UUID, Cost] = {}
        self.total = 0

    def go_on(self, reach: int) -> None:
        """Look at the first `reach` hits, those that are new."""
        if not self._plan.vendors or reach <= len(self.hits):
            return
        found = self._ask(replace(self._plan, offset=len(self.hits), limit=reach - len(self.hits)))
        self.total = found.total
        self.hits += found.hits
        self.costs.update(self._costs([hit.variant_id for hit in found.hits]))

    @property
    def left(self) -> int:
        """How many were not looked at."""
        return self.total - len(self.hits)

    @property
    def is_whole(self) -> bool:
        """Whether no hit is left."""
        return self.left <= 0

    @property
    def bound(self) -> Fraction | None:
        """What the goods of any hit behind cost at least; None where those behind have no price at all."""
        if self.is_whole:
            return None
        last = next((self.costs[hit.variant_id] for hit in reversed(self.hits) if hit.variant_id in self.costs), None)
        return Fraction(0) if last is None else None if last.public is None else last.public - ROUNDING

    def behind(self, offset: int, wanted: int) -> tuple[FoundVariant, ...]:
        """Hits behind those that were looked at, as the engine orders them."""
        if wanted <= 0 or offset >= self.left:
            return ()
        return self._ask(replace(self._plan, offset=len(self.hits) + offset, limit=wanted)).hits


def _ordered(hits: Sequence[FoundVariant], costs: Mapping[UUID, Cost]) -> list[tuple[FoundVariant, Fraction | None]]:
    """Hits with their landed price, lowest first; without one by price of the goods, and without that as they come."""
    nothing = Cost(None, None, None)
    pairs = [(hit, costs.get(hit.variant_id, nothing)) for hit in hits]
    known = [(hit, cost.landed) for hit, cost in pairs if cost.landed is not None]
    priced = [(hit, cost.goods) for hit, cost in pairs if cost.landed is None and cost.goods is not None]
    known.sort(key=lambda pair: (pair[1], str(pair[0].variant_id)))
    priced.sort(key=lambda pair: (pair[1], str(pair[0].variant_id)))
    rest = [hit for hit, cost in pairs if cost.landed is None and cost.goods is None]
    return [*known, *((hit, None) for hit, _ in priced), *((hit, None) for hit in rest)]


def _final(order: Sequence[tuple[FoundVariant, Fraction | None]], agreed: Look, others: Look) -> int:
    """How many of the first hits nothing behind can come before. A price of the reader's own may lie below any public one."""
    if not agreed.is_whole:
        return 0
    if others.bound is None:
        return agreed.total + others.total
    return bisect_left([landed for _, landed in order if landed is not None], others.bound)
