"""Brute force over plain rows: what the other engines must agree with, written to be obviously right and used by tests only.

Shares the tokens of `analysis.py` with them, and no code with `documents.py`: price and lead time come from the rows' own bands,
facets from counting, scores from the textbook formula.
"""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import pairwise
from uuid import UUID

from search.documents import FACET_VALUE_LIMIT, INSTANT, IndexRow
from search.engines.facets import number_name, range_names, ranked, with_options
from search.engines.port import check
from search.engines.streams import streams_of
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
    FacetCounts,
    FacetKind,
    Filter,
    Found,
    FoundVariant,
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

K1, B = 1.2, 0.75
STREAMS = ("title_en", "title_zh", "joined", "description", "brand", "category", "keywords", "traits", "flags", "sizes", "heads")


def price_at(row: IndexRow, quantity: int | None) -> int | None:
    """Price of the highest tier that the quantity reaches, None below the first; without a quantity the first tier's."""
    if quantity is None:
        return min(row.tiers)[1] if row.tiers else None
    reached = [tier for tier in row.tiers if tier[0] <= quantity]
    return max(reached)[1] if reached else None


def lead_time_at(row: IndexRow, quantity: int | None) -> int | None:
    """Days of the smallest band that takes the quantity, None if no band does or it states none."""
    if quantity is None:
        quantity = 1
    taking = [(up_to is None, up_to or 0, days) for up_to, days in row.lead_times if up_to is None or quantity <= up_to]
    return min(taking, key=lambda band: band[:2])[2] if taking else None


class OracleEngine:
    """Holds rows by id; a row that is not listed is kept as a version only."""

    name = "oracle"

    def __init__(self) -> None:
        self._rows: dict[UUID, tuple[int, IndexRow | None]] = {}
        self._words: dict[UUID, dict[str, list[str]]] = {}

    def write(self, rows: Iterable[IndexRow]) -> tuple[int, int]:
        """Take rows with newer versions; returns (written, stale)."""
        written = stale = 0
        for row in rows:
            if row.version <= self._rows.get(row.variant_id, (-1, None))[0]:
                stale += 1
                continue
            written += 1
            self._rows[row.variant_id] = (row.version, row if row.listed and row.visibility else None)
            self._words[row.variant_id] = streams_of(row)
        return written, stale

    def versions(self) -> dict[UUID, int]:
        """Versions of everything ever written."""
        return {variant_id: version for variant_id, (version, _) in self._rows.items()}

    def purge(self, ids: Iterable[UUID]) -> int:
        """Forget tombstones."""
        gone = [i for i in ids if i in self._rows and self._rows[i][1] is None]
        for variant_id in gone:
            del self._rows[variant_id], self._words[variant_id]
        return len(gone)

    def rows(self) -> list[IndexRow]:
        """Everything that can be found."""
        return [row for _, row in self._rows.values() if row is not None]

    def count(self) -> int:
        """Rows that can be found."""
        return len(self.rows())

    def vocabulary(self) -> "OracleVocabulary":
        """Words counted afresh."""
        return OracleVocabulary([(row, self._words[row.variant_id]) for row in self.rows()])

    def find(self, plan: Plan) -> Found:
        """Look at every row."""
        check(plan)
        relaxed = plan.strict is not None and plan.strict != plan.clause
        found = self._find(plan, plan.strict or plan.clause)
        if relaxed and self._find(plan.unfiltered, plan.strict or plan.clause).total < plan.enough:
            found = self._find(plan, plan.clause)
            return Found(found.total, found.hits, found.facets, relaxed=True)
        return found

    def _find(self, plan: Plan, clause: Clause) -> Found:
        scorer = Scorer([(row, self._words[row.variant_id]) for row in self.rows()])
        seen = [
            row for row in self.rows() if plan.visibility & set(row.visibility) and (plan.vendors is None or row.vendor_id in plan.vendors)
        ]
        seen = [row for row in seen if all(scorer.score(e.clause, row, self._words[row.variant_id]) is None for e in plan.without)]
        scored = [(row, score) for row in seen if (score := scorer.score(clause, row, self._words[row.variant_id])) is not None]
        hits = [(row, score) for row, score in scored if all(_holds(s.filter, row) for s in plan.selections)]
        hits.sort(key=lambda pair: _order(plan, pair))
        page = hits[plan.offset : plan.offset + plan.limit]
        shown = tuple(FoundVariant(row.variant_id, row.product_id, row.vendor_id, score, row.version, row.minimum) for row, score in page)
        facets = {}
        for facet in plan.facets:
            rows = [row for row, _ in scored if all(_holds(s.filter, row) for s in plan.selections if s.facet != facet.name)]
            facets[facet.name] = with_options(facet, _count(facet, rows), partial(_number_of, rows))
        return Found(len(hits), shown, facets)


def _order(plan: Plan, pair: tuple[IndexRow, float]) -> tuple[object, ...]:
    row, score = pair
    newest = -(row.published_at.timestamp() if row.published_at else 0)
    if plan.sort is Sort.RELEVANCE:
        return (-score, str(row.variant_id))
    if plan.sort is Sort.NEWEST:
        return (newest, str(row.variant_id))
    values = (_sorting_value(plan, row), price_at(row, None) if plan.sort is Sort.PRICE else None)
    rank, value = next(((rank, value) for rank, value in enumerate(values) if value is not None), (len(values), newest))
    return (rank, value, str(row.variant_id))


def _sorting_value(plan: Plan, row: IndexRow) -> int | None:
    if plan.sort is Sort.RATING:
        return next((place for place, ids in enumerate(plan.rated) if str(row.product_id) in ids), None)
    return price_at(row, plan.quantity) if plan.sort is Sort.PRICE else lead_time_at(row, plan.quantity)


Words = dict[str, list[str]]


class OracleVocabulary:
    """Counts words by looking at every row."""

    is_fixed = False

    def __init__(self, rows: list[tuple[IndexRow, Words]]) -> None:
        self._rows = rows
        self.documents = len(rows)

    def learn(self, words: frozenset[str]) -> None:
        """Nothing to prepare."""

    def frequency(self, field: str, word: str) -> int:
        """How many rows have the word."""
        return sum(word in words[field] for _, words in self._rows)

    def near(self, word: str) -> Mapping[str, int]:
        """Other words that titles, descriptions, brands, categories and keywords have, with how many rows have each."""
        seen: Counter[str] = Counter()
        for field in ("title_en", "description", "brand", "category", "keywords"):
            seen |= Counter(other for _, words in self._rows for other in set(words[field]) if other.isalpha() and len(other) >= 3)
        return {other: number for other, number in seen.items() if other != word}


class Scorer:
    """BM25 from the formula; None where a clause does not match."""

    def __init__(self, rows: list[tuple[IndexRow, Words]]) -> None:
        self._total = len(rows)
        self._rows = rows
        self._length = {field: (sum(len(words[field]) for _, words in rows) / max(1, len(rows))) or 1.0 for field in STREAMS}

    def score(self, clause: Clause, row: IndexRow, words: Words) -> float | None:
        """The score of one row."""

        def of(inner: Iterable[Clause]) -> list[float | None]:
            return [self.score(c, row, words) for c in inner]

        match clause:
            case Everything():
                return 0.0
            case Nothing():
                return None
            case Prefix(field, value):
                return 0.0 if any(word.startswith(value) for word in words[field]) else None
            case PairEnd(field, value):
                return 0.0 if any(len(word) == 2 and word[1] == value for word in words[field]) else None
            case OneOf(ids):
                return 0.0 if row.variant_id in ids else None
            case Term(field, value, boost):
                return boost * self._bm25(field, value, words) if value in words[field] else None
            case Phrase(field, wanted, boost):
                stream = words[field]
                places = range(len(stream) - len(wanted) + 1)
                beside = sum(tuple(stream[at : at + len(wanted)]) == wanted for at in places)
                return boost * sum(self._bm25(field, word, words) for word in wanted) if beside else None
            case Constant(inner, score):
                return None if self.score(inner, row, words) is None else score
            case Boosted(inner, factor):
                base = self.score(inner, row, words)
                return None if base is None else factor * base
            case AllOf(clauses):
                scores = of(clauses)
                return None if None in scores else sum(s for s in scores if s is not None)
            case AnyOf(clauses):
                hits = [s for s in of(clauses) if s is not None]
                return sum(hits) if hits else None
            case Best(clauses, tie):
                hits = sorted((s for s in of(clauses) if s is not None), reverse=True)
                return hits[0] + tie * sum(hits[1:]) if hits else None
            case WithBonus(inner, bonuses):
                base = self.score(inner, row, words)
                return None if base is None else base + sum(s for s in of(bonuses) if s is not None)

    def _bm25(self, field: str, word: str, words: Words) -> float:
        having = sum(word in other[field] for _, other in self._rows)
        idf = math.log(1 + (self._total - having + 0.5) / (having + 0.5))
        count = words[field].count(word)
        if field not in STREAMS or field == "heads":
            return idf
        length = len(words[field]) / self._length[field]
        return idf * count * (K1 + 1) / (count + K1 * (1 - B + B * length))


def _value(row: IndexRow, field: str) -> int | None:
    instant = row.published_at
    known = {
        "minimum": row.minimum,
        "in_stock": int(row.available > 0),
        "available": row.available,
        "sample": int(row.sample),
        "published_at": int(instant.timestamp()) if instant else 0,
    }
    return known[field]


KEYWORDS: dict[str, Callable[[IndexRow], list[str]]] = {
    "product_id": lambda row: [str(row.product_id)],
    "vendor_id": lambda row: [str(row.vendor_id)],
    "categories": lambda row: list(row.categories),
    "maker": lambda row: [row.brand] if row.brand else [],
    "in_stock": lambda row: [str(int(row.available > 0))],
    "sample": lambda row: [str(int(row.sample))],
}


def _attribute(row: IndexRow, key: str) -> str | None:
    attribute = row.attributes.get(key)
    value = attribute.value if attribute else None
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) and len(value) <= FACET_VALUE_LIMIT and not INSTANT.fullmatch(value) else None


def _number(row: IndexRow, key: str) -> float | None:
    attribute = row.attributes.get(key)
    value = attribute.value if attribute else None
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _within(value: float | None, low: float | None, high: float | None) -> bool:
    return value is not None and (low is None or value >= low) and (high is None or value <= high)


def _holds(wanted: Filter, row: IndexRow) -> bool:
    match wanted:
        case In(field, values):
            return bool(values & set(KEYWORDS[field](row)))
        case Between(field, low, high):
            return _within(_value(row, field), low, high)
        case AttributeIn(key, values):
            return _attribute(row, key) in values
        case AttributeBetween(key, low, high):
            return _within(_number(row, key), low, high)
        case PriceBetween(quantity, low, high):
            return _within(price_at(row, quantity), low, None if high is None else high - 1)
        case LeadTimeAtMost(quantity, days):
            return _within(lead_time_at(row, quantity), None, days)
        case Either(filters):
            return any(_holds(f, row) for f in filters)


def _number_of(rows: list[IndexRow], wanted: Filter) -> int:
    return sum(_holds(wanted, row) for row in rows)


def _count(facet: Facet, rows: list[IndexRow]) -> FacetCounts:
    if facet.kind is FacetKind.HOLDS:
        return FacetCounts(tuple((name, _number_of(rows, wanted)) for name, wanted in facet.options))
    if facet.kind is FacetKind.KEYWORD:
        return FacetCounts(ranked(list(Counter(v for row in rows for v in set(KEYWORDS[facet.source](row))).items()))[: facet.size])
    if facet.kind is FacetKind.ATTRIBUTE:
        values = [value for row in rows if (value := _attribute(row, facet.source)) is not None]
        return FacetCounts(ranked(list(Counter(values).items()))[: facet.size])
    if facet.kind is FacetKind.NUMBER:
        numbers = [number for row in rows if (number := _number(row, facet.source)) is not None]
        counts = ranked(list(Counter(map(number_name, numbers)).items()))[: facet.size]
        return FacetCounts(counts, min(numbers, default=None), max(numbers, default=None))
    if facet.kind is FacetKind.PRICE:
        bands = [PriceBetween(facet.quantity, low, high) for low, high in pairwise([None, *facet.edges, None])]
        totals = [_number_of(rows, band) for band in bands]
        return FacetCounts(tuple(zip(range_names(facet), totals, strict=True)))
    days = [lead_time_at(row, facet.quantity) if facet.kind is FacetKind.LEAD_TIME else _value(row, facet.source) for row in rows]
    return FacetCounts(tuple((str(edge), sum(_within(day, None, edge) for day in days)) for edge in facet.edges))
