"""A plan as the JSON that Elasticsearch understands: no scripts, nothing that needs a licence."""

from itertools import pairwise
from typing import Any

from search.documents import LEAD_SLOTS, TIER_SLOTS
from search.query import (
    AllOf,
    AnyOf,
    AttributeBetween,
    AttributeIn,
    Best,
    Between,
    Boosted,
    Clause,
    Constant,
    Either,
    Everything,
    Facet,
    FacetKind,
    Filter,
    In,
    LeadTimeAtMost,
    Nothing,
    OneOf,
    PairEnd,
    Phrase,
    Plan,
    Prefix,
    PriceBetween,
    Sort,
    Term,
    WithBonus,
)

Body = dict[str, Any]


def query(plan: Plan, clause: Clause) -> Body:
    """What a plan asks without its selections: facets count with some of them, hits with all (see `selections`)."""
    filters: list[Body] = [{"terms": {"visibility": sorted(plan.visibility)}}]
    if plan.vendors is not None:
        filters.append({"terms": {"vendor_id": sorted(str(vendor) for vendor in plan.vendors)}})
    body: Body = {"must": [scored(clause)], "filter": filters}
    if plan.without:
        body["must_not"] = [scored(exclusion.clause) for exclusion in plan.without]
    return {"bool": body}


def selections(plan: Plan, *, without: str | None = None) -> Body:
    """All selections, or all but those of one facet."""
    return {"bool": {"filter": [filtered(s.filter) for s in plan.selections if s.facet != without]}}


def scored(clause: Clause) -> Body:
    """A scoring clause."""
    match clause:
        case Term(field, value, boost):
            return {"term": {field: {"value": value, "boost": boost}}}
        case Phrase(field, words, boost):
            return {"match_phrase": {field: {"query": " ".join(words), "boost": boost}}}
        case Best(clauses, tie):
            return {"dis_max": {"queries": [scored(c) for c in clauses], "tie_breaker": tie}}
        case AllOf(clauses):
            return {"bool": {"must": [scored(c) for c in clauses]}}
        case AnyOf(clauses):
            return {"bool": {"should": [scored(c) for c in clauses], "minimum_should_match": 1}}
        case Boosted(inner, factor):
            return {"bool": {"must": [scored(inner)], "boost": factor}}
        case Constant(inner, score):
            return {"constant_score": {"filter": scored(inner), "boost": score}}
        case WithBonus(inner, bonuses):
            return {"bool": {"must": [scored(inner)], "should": [scored(b) for b in bonuses]}}
        case Prefix(field, value):
            return {"constant_score": {"filter": {"prefix": {field: value}}, "boost": 0.0}}
        case PairEnd(field, value):
            return {"constant_score": {"filter": {"regexp": {field: {"value": f".{value}"}}}, "boost": 0.0}}
        case OneOf(ids):
            return {"constant_score": {"filter": {"terms": {"id": sorted(map(str, ids))}}, "boost": 0.0}}
        case Everything():
            return {"constant_score": {"filter": {"match_all": {}}, "boost": 0.0}}
        case Nothing():
            return {"match_none": {}}


def filtered(wanted: Filter) -> Body:
    """A filter."""
    match wanted:
        case In(field, values):
            return {"terms": {field: sorted(values)}}
        case Between(field, low, high):
            return between(field, low, high)
        case AttributeIn(key, values):
            return {"terms": {"attributes": sorted(f"{key}={value}" for value in values)}}
        case AttributeBetween(key, low, high):
            number = between("numbers.value", low, high)
            return {"nested": {"path": "numbers", "query": {"bool": {"filter": [{"term": {"numbers.key": key}}, number]}}}}
        case PriceBetween(quantity, low, high):
            below = None if high is None else high - 1
            return _any([_all([*bands, between(field, low, below)]) for bands, field in slots(Sort.PRICE, quantity)])
        case LeadTimeAtMost(quantity, days):
            return _any([_all([*bands, between(field, None, days)]) for bands, field in slots(Sort.LEAD_TIME, quantity)])
        case Either(filters):
            return _any([filtered(f) for f in filters])


def slots(sort: Sort, quantity: int | None) -> list[tuple[list[Body], str]]:
    """(who has this slot at the quantity, the field with its value), slot by slot."""
    name, count, value = ("tier", TIER_SLOTS, "price") if sort is Sort.PRICE else ("lead", LEAD_SLOTS, "days")
    if quantity is None:
        # Without a quantity each one's smallest order counts, which the first slot holds.
        return [([{"exists": {"field": f"{name}_0_{value}"}}], f"{name}_0_{value}")]
    return [
        (
            [between(f"{name}_{slot}_from", None, quantity), between(f"{name}_{slot}_below", quantity + 1, None)],
            f"{name}_{slot}_{value}",
        )
        for slot in range(count)
    ]


def lists(plan: Plan) -> list[tuple[int, Body, str]]:
    """(its rank, what a list holds, the value by which it rises) of the lists that make up an order; what none of them holds stands behind."""
    if plan.sort is Sort.RATING:
        return [(0, _rated(plan.rated), "_score")]
    first = [(0, _all(bands), field) for bands, field in slots(plan.sort, plan.quantity)]
    if plan.beyond is None:
        return first
    return [*first, (1, between("tier_0_from", plan.beyond + 1, None), "tier_0_price")]


def _rated(sets: tuple[frozenset[str], ...]) -> Body:
    """Products of any of the sets, which are scored by their places; nothing where there is none."""
    if not sets:
        return {"match_none": {}}
    return _any(
        [{"constant_score": {"filter": {"terms": {"product_id": sorted(ids)}}, "boost": float(n)}} for n, ids in enumerate(sets, start=1)]
    )


def between(field: str, low: float | None, high: float | None) -> Body:
    """A number in [low, high]; without bounds: the field is there."""
    if low is None and high is None:
        return {"exists": {"field": field}}
    limits: Body = {}
    if low is not None:
        limits["gte"] = low
    if high is not None:
        limits["lte"] = high
    return {"range": {field: limits}}


def _any(queries: list[Body]) -> Body:
    return {"bool": {"should": queries, "minimum_should_match": 1}}


def _all(queries: list[Body]) -> Body:
    return {"bool": {"filter": queries}}


def aggregations(plan: Plan) -> Body:
    """Every facet, each inside a filter of the selections of the others; those that count the same are counted once."""
    return dict(zip(facet_names(plan), _counting(plan), strict=True))


def facet_names(plan: Plan) -> list[str]:
    """The aggregation that counts each facet: what is joined from vendors is one list of them, as long as none of it is chosen."""
    counting = _counting(plan)
    return [f"facet{counting.index(whole)}" for whole in counting]


def _counting(plan: Plan) -> list[Body]:
    return [{"filter": selections(plan, without=facet.name), "aggs": _facet(facet) | _options(facet)} for facet in plan.facets]


def _facet(facet: Facet) -> Body:
    match facet.kind:
        case FacetKind.KEYWORD:
            return {"values": {"terms": {"field": facet.source, "size": facet.size}}}
        case FacetKind.ATTRIBUTE:
            return {"values": {"terms": {"field": "attributes", "size": facet.size, "include": f"{facet.source}=.*"}}}
        case FacetKind.NUMBER:
            number = {"values": {"terms": {"field": "numbers.value", "size": facet.size}}, "bounds": {"stats": {"field": "numbers.value"}}}
            own = {"own": {"filter": {"term": {"numbers.key": facet.source}}, "aggs": number}}
            return {"all": {"nested": {"path": "numbers"}, "aggs": own}}
        case FacetKind.PRICE:
            edges = [None, *facet.edges, None]
            return _slot_ranges(Sort.PRICE, facet.quantity, [_range(low, high) for low, high in pairwise(edges)])
        case FacetKind.LEAD_TIME:
            return _slot_ranges(Sort.LEAD_TIME, facet.quantity, [_range(None, edge + 1) for edge in facet.edges])
        case FacetKind.AT_MOST:
            return {
                f"range{number}": {"range": {"field": facet.source, "ranges": [_range(None, edge + 1)]}}
                for number, edge in enumerate(facet.edges)
            }
        case FacetKind.HOLDS:
            return {}


def _options(facet: Facet) -> Body:
    """A count for each filter of a facet."""
    return {f"option{number}": {"filter": filtered(wanted)} for number, (_, wanted) in enumerate(facet.options)}


def _slot_ranges(sort: Sort, quantity: int | None, ranges: list[Body]) -> Body:
    """Only one slot of a variant holds the quantity, so the counts of all slots add up."""
    return {
        f"slot{slot}": {
            "filter": _all(bands),
            "aggs": {f"range{number}": {"range": {"field": field, "ranges": [limits]}} for number, limits in enumerate(ranges)},
        }
        for slot, (bands, field) in enumerate(slots(sort, quantity))
    }


def _range(low: int | None, high: int | None) -> Body:
    limits: Body = {}
    if low is not None:
        limits["from"] = low
    if high is not None:
        limits["to"] = high
    return limits
