"""Names of facet values, the same on every engine."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

from search.query import Facet, FacetCounts, FacetKind, Filter


def range_names(facet: Facet) -> list[str]:
    """`-1000`, `1000-5000`, `5000-` for prices; the upper ends `7`, `14` for the others."""
    if facet.kind is not FacetKind.PRICE:
        return [str(edge) for edge in facet.edges]
    edges = ["", *(str(edge) for edge in facet.edges), ""]
    return [f"{low}-{high}" for low, high in pairwise(edges)]


def number_name(value: float) -> str:
    """40.0 → `40`, 2.5 → `2.5`, 1e-05 → `0.00001`: a number attribute's value as a facet names it, with every digit, so that the name asks
    for the same number.
    """
    return written(value).removesuffix(".0")


def written(value: float) -> str:
    """A broken number without an exponent, in as few digits as it needs: 40 → `40.0`."""
    exact = f"{Decimal(repr(float(value))):f}"
    return exact if "." in exact else f"{exact}.0"


def with_options(facet: Facet, frequent: FacetCounts, count: Callable[[Filter], int]) -> FacetCounts:
    """The most frequent values, and after them those options that are none of these and that anything has."""
    known = {value for value, _ in frequent.counts}
    further = [(name, count(wanted)) for name, wanted in facet.options if name not in known]
    return replace(frequent, counts=(*frequent.counts, *ranked([(name, n) for name, n in further if n]))) if further else frequent


def ranked(counts: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Most frequent first, equal ones by name."""
    return tuple(sorted(counts, key=lambda pair: (-pair[1], pair[0])))
