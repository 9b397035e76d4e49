"""The counts of facets, read from what Elasticsearch answers to `bodies.aggregations`."""

from typing import Any

from search.engines.elasticsearch import bodies
from search.engines.facets import number_name, range_names, ranked, with_options
from search.query import Facet, FacetCounts, FacetKind, Plan


def counts(plan: Plan, answer: Any) -> dict[str, FacetCounts]:
    """Every facet of a plan, out of the answer to `bodies.aggregations`."""
    named = zip(plan.facets, bodies.facet_names(plan), strict=True)
    return {facet.name: _with_options(facet, answer["aggregations"][name]) for facet, name in named}


def _with_options(facet: Facet, answer: dict[str, Any]) -> FacetCounts:
    numbers = {wanted: int(answer[f"option{number}"]["doc_count"]) for number, (_, wanted) in enumerate(facet.options)}
    if facet.kind is FacetKind.HOLDS:
        return FacetCounts(tuple((name, numbers[wanted]) for name, wanted in facet.options))
    return with_options(facet, _facet_counts(facet, answer), numbers.__getitem__)


def _facet_counts(facet: Facet, answer: dict[str, Any]) -> FacetCounts:
    match facet.kind:
        case FacetKind.KEYWORD:
            return FacetCounts(ranked([(str(bucket["key"]), bucket["doc_count"]) for bucket in answer["values"]["buckets"]]))
        case FacetKind.ATTRIBUTE:
            prefix = f"{facet.source}="
            return FacetCounts(ranked([(b["key"].removeprefix(prefix), b["doc_count"]) for b in answer["values"]["buckets"]]))
        case FacetKind.NUMBER:
            own = answer["all"]["own"]
            counts = ranked([(number_name(bucket["key"]), bucket["doc_count"]) for bucket in own["values"]["buckets"]])
            return FacetCounts(counts, own["bounds"]["min"], own["bounds"]["max"])
        case FacetKind.AT_MOST:
            totals = [answer[f"range{number}"]["buckets"][0]["doc_count"] for number in range(len(facet.edges))]
            return FacetCounts(tuple(zip(range_names(facet), totals, strict=True)))
        case FacetKind.HOLDS:
            raise ValueError("counted by its options alone")
        case FacetKind.PRICE | FacetKind.LEAD_TIME:
            names = range_names(facet)
            slots = [slot for name, slot in answer.items() if name.startswith("slot")]
            totals = [sum(slot[f"range{n}"]["buckets"][0]["doc_count"] for slot in slots) for n in range(len(names))]
            return FacetCounts(tuple(zip(names, totals, strict=True)))
