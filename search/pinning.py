"""Variants that the platform puts first for a query (pure): over any engine, through the same filters and walls as all others.

They only join what was found and move up; nothing is hidden, and an order that the reader chose is left alone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

from search.keeping import KeptByIdentity
from search.lexical.composing import best
from search.query import Clause, Found, OneOf, Plan, Sort

_joined = KeptByIdentity[Clause](most=256)
"""Joined clauses: engines know a clause by its identity."""


def find(ask: Callable[[Plan], Found], plan: Plan, pins: Sequence[UUID]) -> Found:
    """Answer a plan with these variants first, those of them that its filters leave; its own answer where there are none.

    Total and facets count them once, whether the words found them too or not. Raises: whatever `ask` raises.
    """
    if not pins or plan.sort is not Sort.RELEVANCE or not plan.limit:
        return ask(plan)
    chosen = OneOf(frozenset(pins))
    there = ask(replace(plan, clause=chosen, strict=None, facets=(), offset=0, limit=len(pins), meaning="", meaning_weight=0.0))
    present = {hit.variant_id: hit for hit in there.hits}
    first = [present[one] for one in pins if one in present]
    if not first:
        return ask(plan)
    strict = None if plan.strict is None else _join(plan.strict, chosen)
    # From the beginning: where the pins stand among the others decides which of those come on which page.
    found = ask(replace(plan, clause=_join(plan.clause, chosen), strict=strict, offset=0, limit=plan.offset + plan.limit))
    hits = [*first, *(hit for hit in found.hits if hit.variant_id not in present)]
    matched = found.clause or _join(plan.clause if found.relaxed or plan.strict is None else plan.strict, chosen)
    return replace(found, hits=tuple(hits[plan.offset : plan.offset + plan.limit]), clause=matched)


def _join(clause: Clause, chosen: OneOf) -> Clause:
    return _joined.of((clause,), lambda: best((clause, chosen)), chosen.ids)
