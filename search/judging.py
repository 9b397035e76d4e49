"""How good an order of hits is, measured against judgements of people (pure).

Source: NDCG@10 with gain 2^r − 1 and a log2 discount, ideal over all judged documents; queries without any document above 0 are
left out. *Completed* counts what nobody judged as 0, *condensed* skips it: the two belong together with the share that is judged.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from marketplace.catalogue.importing.files import Row, Unreadable, read_rows

TOP = 10
ORIGINAL = "chorus"
"""Source of the first ratings; others were added later for documents that good systems return."""
HIGHEST = 10
"""Above any scale in use: the shipped judgements go up to 3."""
RELEVANT = 2
WEAK = 0.3


@dataclass(frozen=True, slots=True)
class Judgement:
    """One query with ratings by SKU, 3 the best of the shipped ones; `original` are those of the first pool."""

    query: str
    ratings: Mapping[str, float]
    original: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Result:
    """How one query did."""

    query: str
    completed: float
    condensed: float | None
    judged_share: float
    is_relevant_in_3: bool
    skus: tuple[str, ...] = field(default=())


def read_judgements(path: Path) -> list[Judgement]:
    """A file with the columns query, product_id, rating and perhaps source. A file without sources is all original.

    A table or JSON lines, packed or not, as goods are imported from. Raises: Unreadable.
    """
    ratings: dict[str, dict[str, float]] = {}
    original: dict[str, dict[str, float]] = {}
    for row in read_rows(path):
        query, sku, rating, source = _judged(row)
        ratings.setdefault(query, {})[sku] = rating
        if source == ORIGINAL:
            original.setdefault(query, {})[sku] = rating
    return [Judgement(query, rated, original.get(query, {})) for query, rated in ratings.items()]


def _judged(row: Row) -> tuple[str, str, float, str]:
    """(query, SKU, rating, source) of a line. Raises: Unreadable."""
    if row.values is None:
        raise Unreadable(f"line {row.line}: {row.fault}")
    stated = (row.values.get(name) for name in ("query", "product_id", "rating", "source"))
    query, sku, rating, source = ("" if value is None else str(value).strip() for value in stated)
    if not query or not sku:
        raise Unreadable(f"line {row.line}: query or product_id is missing")
    try:
        value = float(rating)
    except ValueError:
        value = math.nan
    if not 0 <= value <= HIGHEST:
        raise Unreadable(f"line {row.line}: {rating or 'nothing'} is no rating from 0 to {HIGHEST}")
    return query, sku, value, source or ORIGINAL


def gain(ratings: Iterable[float]) -> float:
    """Discounted gain of ratings in the order of their hits."""
    return sum((2**rating - 1) / math.log2(place + 2) for place, rating in enumerate(ratings))


def ndcg(found: Sequence[str], ratings: Mapping[str, float]) -> float | None:
    """NDCG@10 of SKUs, unrated ones counting 0; None where nothing is above 0."""
    ideal = gain(sorted(ratings.values(), reverse=True)[:TOP])
    return gain(ratings.get(sku, 0) for sku in found[:TOP]) / ideal if ideal else None


def judge(judgement: Judgement, found: Sequence[str]) -> Result | None:
    """How an order of SKUs does on one query; None for a query without anything relevant."""
    completed = ndcg(found, judgement.ratings)
    if completed is None:
        return None
    return Result(
        judgement.query,
        completed,
        ndcg([sku for sku in found if sku in judgement.original], judgement.original),
        sum(sku in judgement.ratings for sku in found[:TOP]) / TOP,
        any(judgement.ratings.get(sku, 0) >= RELEVANT for sku in found[:3]),
        tuple(found[:TOP]),
    )


def summary(results: Sequence[Result]) -> dict[str, float]:
    """The figures over all queries, rounded to four places."""
    condensed = [result.condensed for result in results if result.condensed is not None]
    figures = {
        "ndcg_completed": fmean(result.completed for result in results),
        "ndcg_condensed": fmean(condensed) if condensed else 0.0,
        "judged_at_10": fmean(result.judged_share for result in results),
        "share_under_03": fmean(result.completed < WEAK for result in results),
        "relevant_in_3": fmean(result.is_relevant_in_3 for result in results),
    }
    return {name: round(value, 4) for name, value in figures.items()}
