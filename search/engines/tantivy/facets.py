"""Facet counts of the embedded engine: one pass for all facets without a selection, one more for each facet that has one."""

from itertools import pairwise
from typing import Any

from tantivy import Query, Searcher

from search.documents import LEAD_SLOTS, TIER_SLOTS
from search.engines.facets import number_name, range_names, ranked
from search.engines.tantivy.queries import Translator
from search.query import Clause, Facet, FacetCounts, FacetKind, Plan

Aggregation = dict[str, Any]


class Counter:
    """Counts the facets of a plan on one state of the index."""

    def __init__(self, searcher: Searcher, translator: Translator) -> None:
        self._searcher, self._translator = searcher, translator

    def count(self, plan: Plan, clause: Clause, query: Query) -> dict[str, FacetCounts]:
        """Counts by facet name; `query` is the plan with all its selections."""
        selected = {selection.facet for selection in plan.selections}
        free = [facet for facet in plan.facets if facet.name not in selected]
        counts = self._pass(free, query) if free else {}
        for name in selected:
            own = [facet for facet in plan.facets if facet.name == name]
            if own:
                counts |= self._pass(own, self._translator.query(plan, clause, without=name))
        return counts

    def _pass(self, facets: list[Facet], query: Query) -> dict[str, FacetCounts]:
        wanted: Aggregation = {}
        keys: dict[str, str] = {}
        for number, facet in enumerate(facets):
            # Facets over the same field are counted once: level, country and ships-to all read the vendor.
            key = f"{facet.kind}:{facet.source}:{facet.size}" if not facet.edges else str(number)
            keys[facet.name] = key
            wanted |= {f"{key}|{part}": aggregation for part, aggregation in _aggregations(facet).items()}
        answer = self._searcher.aggregate(query, wanted)
        return {facet.name: _read(facet, keys[facet.name], answer) for facet in facets}


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
            edges = [None, *facet.edges, None]
            ranges = [_range(low, high) for low, high in pairwise(edges)]
            return {str(slot): _slot(f"tier_{slot}", facet.quantity, f"tier_{slot}_price", ranges) for slot in _slots(facet)}
        case FacetKind.LEAD_TIME:
            ranges = [_range(None, edge + 1) for edge in facet.edges]
            return {str(slot): _slot(f"lead_{slot}", facet.quantity, f"lead_{slot}_days", ranges) for slot in _slots(facet)}

        case FacetKind.AT_MOST:
            ranges = [_range(None, edge + 1) for edge in facet.edges]
            return {str(number): {"range": {"field": facet.source, "ranges": [limits]}} for number, limits in enumerate(ranges)}


def _slots(facet: Facet) -> range:
    """Without a quantity the first slot speaks for all: it holds the smallest order."""
    if facet.quantity is None:
        return range(1)
    return range(TIER_SLOTS if facet.kind is FacetKind.PRICE else LEAD_SLOTS)


def _slot(slot: str, quantity: int | None, field: str, ranges: list[Aggregation]) -> Aggregation:
    """Only one slot of a variant holds the quantity, so the counts of all slots add up."""
    return {
        "filter": "*" if quantity is None else f"{slot}_from:[* TO {quantity}] AND {slot}_below:[{quantity + 1} TO *]",
        "aggs": {str(number): {"range": {"field": field, "ranges": [limits]}} for number, limits in enumerate(ranges)},
    }


def _range(low: int | None, high: int | None) -> Aggregation:
    limits: Aggregation = {"key": "in"}
    if low is not None:
        limits["from"] = low
    if high is not None:
        limits["to"] = high
    return limits


def _read(facet: Facet, key: str, answer: dict[str, Any]) -> FacetCounts:
    if facet.kind in (FacetKind.PRICE, FacetKind.LEAD_TIME):
        names = range_names(facet)
        totals = [0] * len(names)
        for slot in _slots(facet):
            bucket = answer[f"{key}|{slot}"]
            for number in range(len(names)):
                totals[number] += _inside(bucket[str(number)])
        return FacetCounts(tuple(zip(names, totals, strict=True)))
    if facet.kind is FacetKind.AT_MOST:
        totals = [_inside(answer[f"{key}|{number}"]) for number in range(len(facet.edges))]
        return FacetCounts(tuple(zip(range_names(facet), totals, strict=True)))
    buckets = [(_value(facet, bucket), bucket["doc_count"]) for bucket in answer[f"{key}|"]["buckets"]]
    counts = ranked(buckets)
    if facet.kind is FacetKind.NUMBER:
        bounds = answer[f"{key}|bounds"]
        return FacetCounts(counts, bounds["min"], bounds["max"])
    return FacetCounts(counts)


def _inside(answer: dict[str, Any]) -> int:
    """Count of the one range that was asked for; the library adds those around it."""
    return next((bucket["doc_count"] for bucket in answer["buckets"] if bucket["key"] == "in"), 0)


def _value(facet: Facet, bucket: dict[str, Any]) -> str:
    return number_name(bucket["key"]) if facet.kind is FacetKind.NUMBER else str(bucket["key"])
