"""Names of facet values, the same on every engine."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from search.query import Facet, FacetCounts, FacetKind, Filter


def range_names(facet: Facet) -> list[str]:
    """`-1000`, `1000-5000`, `5000-` for prices; the upper ends `7`, `14` for the others."""
    if facet.kind is not FacetKind.PRICE:
        return [str(edge) for edge in facet.edges]
    edges = ["", *(str(edge) for edge in facet.edges), ""]
    return [f"{low}-{high}" for low, high in pairwise(edges)]


def number_name(value: float) -> str:
    """40.0 → `40`, 2.5 → `2.5`: a number attribute's value as a facet names it."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def with_options(facet: Facet, frequent: FacetCounts, count: Callable[[Filter], int]) -> FacetCounts:
    """The most frequent values, and after them those options that are none of these and that anything has."""
    known = {value for value, _ in frequent.counts}
    further = [(name, count(wanted)) for name, wanted in facet.options if name not in known]
    return replace(frequent, counts=(*frequent.counts, *ranked([(name, n) for name, n in further if n]))) if further else frequent


def ranked(counts: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Most frequent first, equal ones by name."""
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))
