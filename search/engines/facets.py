"""Names of facet values, the same on every engine."""

from itertools import pairwise

from search.query import Facet, FacetKind


def range_names(facet: Facet) -> list[str]:
    """`-1000`, `1000-5000`, `5000-` for prices; the upper ends `7`, `14` for the others."""
    if facet.kind is not FacetKind.PRICE:
        return [str(edge) for edge in facet.edges]
    edges = ["", *(str(edge) for edge in facet.edges), ""]
    return [f"{low}-{high}" for low, high in pairwise(edges)]


def number_name(value: float) -> str:
    """40.0 → `40`, 2.5 → `2.5`: a number attribute's value as a facet names it."""
    return f"{value:.10f}".rstrip("0").rstrip(".")


def ranked(counts: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Most frequent first, equal ones by name."""
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))
