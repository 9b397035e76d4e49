"""Facet counts of the embedded engine: one pass for all facets without a selection, one more for each facet that has one."""

from functools import partial
from itertools import pairwise
from typing import Any

from tantivy import Occur, Query, Searcher

from search.documents import LEAD_SLOTS, TIER_SLOTS
from search.engines.facets import number_name, range_names, ranked, with_options
from search.engines.tantivy.queries import Translator
from search.query import Clause, Facet, FacetCounts, FacetKind, Filter, In, Plan

Aggregation = dict[str, Any]
TOTAL = "total"
SINGLE = "product_id"
"""A document has one value of it, so that counts by value add up."""
EVERY: Aggregation = {"value_count": {"field": "version"}}
"""Every document has a version."""


class Counter:
    """Counts the facets of a plan on one state of the index."""

    def __init__(self, searcher: Searcher, translator: Translator) -> None:
        self._searcher, self._translator = searcher, translator

    def total(self, plan: Plan, clause: Clause) -> int:
        """How many documents match."""
        return self._pass([], self._translator.counted(plan, clause))[0]

    def count(self, plan: Plan, clause: Clause) -> tuple[int, dict[str, FacetCounts]]:
        """(how many documents match the plan with all its selections, counts by facet name) in the same passes, none of which scores."""
        selected = {selection.facet for selection in plan.selections}
        query = self._translator.counted(plan, clause)
        total, counts = self._pass([facet for facet in plan.facets if facet.name not in selected], query)
        for name in selected:
            own = [facet for facet in plan.facets if facet.name == name]
            if own:
                counts |= self._pass(own, self._translator.counted(plan, clause, without=name))[1]
        return total, counts

    def _pass(self, facets: list[Facet], query: Query) -> tuple[int, dict[str, FacetCounts]]:
        wanted: Aggregation = {TOTAL: EVERY}
        keys: dict[str, str] = {}
        counted = [facet for facet in facets if facet.kind is not FacetKind.HOLDS]
        for number, facet in enumerate(counted):
            # Facets over the same field are counted once: level, country and ships-to all read the vendor.
            key = f"{facet.kind}:{facet.source}:{facet.size}" if not facet.edges else str(number)
            keys[facet.name] = key
            wanted |= {f"{key}|{part}": aggregation for part, aggregation in _aggregations(facet).items()}
        answer = self._searcher.aggregate(query, wanted)
        read: dict[str, FacetCounts] = {}
        for facet in counted:
            # Facets that share their counts share the answer, too.
            same = next((read[name] for name in read if keys[name] == keys[facet.name]), None)
            read[facet.name] = same or _read(facet, keys[facet.name], answer)
        for facet in counted:
            read[facet.name] = with_options(facet, read[facet.name], partial(self._number, query))
        read |= {facet.name: self._holding(facet, query) for facet in facets if facet.kind is FacetKind.HOLDS}
        return int(answer[TOTAL]["value"]), read

    def _holding(self, facet: Facet, query: Query) -> FacetCounts:
        """One more pass a filter: this engine's aggregations know no sets. Sets of products are counted in one pass by product."""
        if not facet.options:
            return FacetCounts(())
        sets = [(name, wanted.values) for name, wanted in facet.options if isinstance(wanted, In) and wanted.field == SINGLE]
        if len(sets) == len(facet.options):
            every = frozenset().union(*(values for _, values in sets))
            both = Query.boolean_query([(Occur.Must, query), (Occur.Must, self._translator.filter(In(SINGLE, every)))])
            terms: Aggregation = {"terms": {"field": SINGLE, "size": max(1, len(every))}}
            buckets = self._searcher.aggregate(both, {"values": terms})["values"]["buckets"]
            counts = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
            return FacetCounts(tuple((name, sum(counts.get(value, 0) for value in values)) for name, values in sets))
        return FacetCounts(tuple((name, self._number(query, wanted)) for name, wanted in facet.options))

    def _number(self, query: Query, wanted: Filter) -> int:
        """How many of what matches pass one more filter."""
        both = Query.boolean_query([(Occur.Must, query), (Occur.Must, self._translator.filter(wanted))])
        return int(self._searcher.search(both, limit=1).count)  # type: ignore[attr-defined]


def _aggregations(facet: Facet) -> dict[str, Aggregation]:
    match facet.kind:
        case FacetKind.KEYWORD:
            return {"": {"terms": {"field": facet.source, "size": facet.size}}}
        case FacetKind.ATTRIBUTE:
            return {"": {"terms": {"field": f"attributes.{facet.source}", "size": facet.size}}}
        case FacetKind.NUMBER:
            field = f"numbers.{facet.source}"
            return {"": {"terms": {"field": field, "size": facet.size}}, "bounds": {"stats": {"field": field}}}
        case FacetKind.PRICE:
            return {str(slot): _slot(f"tier_{slot}", facet, f"tier_{slot}_price") for slot in _slots(facet)}
        case FacetKind.LEAD_TIME:
            return {str(slot): _slot(f"lead_{slot}", facet, f"lead_{slot}_days") for slot in _slots(facet)}
        case FacetKind.AT_MOST:
            return {"": {"range": {"field": facet.source, "ranges": _ranges(facet)}}}
        case FacetKind.HOLDS:
            raise ValueError("counted by filters, not by aggregations")


def _slots(facet: Facet) -> range:
    """Without a quantity the first slot speaks for all: it holds the smallest order."""
    if facet.quantity is None:
        return range(1)
    return range(TIER_SLOTS if facet.kind is FacetKind.PRICE else LEAD_SLOTS)


def _slot(slot: str, facet: Facet, field: str) -> Aggregation:
    """Only one slot of a variant holds the quantity, so the counts of all slots add up."""
    inside: Aggregation = {"range": {"field": field, "ranges": _ranges(facet)}}
    if facet.quantity is None:
        return inside
    return {"filter": f"{slot}_from:[* TO {facet.quantity}] AND {slot}_below:[{facet.quantity + 1} TO *]", "aggs": {"in": inside}}


def _ranges(facet: Facet) -> list[Aggregation]:
    """Ranges beside each other, named by their place: those of prices, or the steps from one upper end to the next."""
    ends: list[int] = list(facet.edges) if facet.kind is FacetKind.PRICE else [edge + 1 for edge in sorted(set(facet.edges))]
    bounds = [None, *ends, None] if facet.kind is FacetKind.PRICE else [None, *ends]
    ranges = []
    for place, (low, high) in enumerate(pairwise(bounds)):
        limits: Aggregation = {"key": str(place)}
        if low is not None:
            limits["from"] = low
        if high is not None:
            limits["to"] = high
        ranges.append(limits)
    return ranges


def _read(facet: Facet, key: str, answer: dict[str, Any]) -> FacetCounts:
    if facet.kind in (FacetKind.PRICE, FacetKind.LEAD_TIME, FacetKind.AT_MOST):
        parts = [answer[f"{key}|{slot}"] for slot in _slots(facet)] if facet.kind is not FacetKind.AT_MOST else [answer[f"{key}|"]]
        return FacetCounts(tuple(zip(range_names(facet), _totals(facet, parts), strict=True)))
    if not facet.in_order:
        return FacetCounts(tuple([(bucket["key"], bucket["doc_count"]) for bucket in answer[f"{key}|"]["buckets"]]))
    counts = ranked([(_value(facet, bucket), bucket["doc_count"]) for bucket in answer[f"{key}|"]["buckets"]])
    if facet.kind is FacetKind.NUMBER:
        bounds = answer[f"{key}|bounds"]
        return FacetCounts(counts, bounds["min"], bounds["max"])
    return FacetCounts(counts)


def _totals(facet: Facet, parts: list[dict[str, Any]]) -> list[int]:
    """How many stand in each range of a facet; below an upper end stand those of every lower one too."""
    found: dict[str, int] = {}
    for part in parts:
        for bucket in part.get("in", part)["buckets"]:
            found[bucket["key"]] = found.get(bucket["key"], 0) + bucket["doc_count"]
    if facet.kind is FacetKind.PRICE:
        return [found.get(str(place), 0) for place in range(len(facet.edges) + 1)]
    ends = sorted(set(facet.edges))
    return [sum(found.get(str(place), 0) for place in range(ends.index(edge) + 1)) for edge in facet.edges]


def _value(facet: Facet, bucket: dict[str, Any]) -> str:
    return number_name(bucket["key"]) if facet.kind is FacetKind.NUMBER else str(bucket["key"])
