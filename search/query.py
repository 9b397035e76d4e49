"""The words of a plan: a small frozen tree of scoring clauses and filters that every engine translates.

Boosts are final when a tree leaves `lexical.py`; an engine adds nothing of its own, so the same plan ranks alike everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from marketplace.core.records import record


@dataclass(frozen=True, slots=True)
class Term:
    """BM25 of one word in one field, times a boost."""

    field: str
    value: str
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words beside each other in a field that keeps positions."""

    field: str
    words: tuple[str, ...]
    boost: float = 1.0


@dataclass(frozen=True, slots=True)
class Best:
    """The best of several clauses, plus `tie` times each of the others."""

    clauses: tuple["Clause", ...]
    tie: float = 0.0


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every clause must match; scores are added."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one clause must match; scores are added."""

    clauses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Boosted:
    """A clause's score times a factor."""

    clause: "Clause"
    factor: float


@dataclass(frozen=True, slots=True)
class Constant:
    """A fixed score for whatever matches."""

    clause: "Clause"
    score: float


@dataclass(frozen=True, slots=True)
class WithBonus:
    """The first clause decides what matches; the bonuses add to the score where they match too."""

    clause: "Clause"
    bonuses: tuple["Clause", ...]


@dataclass(frozen=True, slots=True)
class Prefix:
    """A word (or a code) of the field begins so, worth nothing: what somebody is still typing."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class PairEnd:
    """A pair of Han characters in the field ends with this one, worth nothing: with `Prefix`, the character within longer words."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class OneOf:
    """Documents with one of these ids, each worth nothing."""

    ids: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Everything:
    """Each document, all alike."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No document: the query has words, and the index has none of them."""


Clause = Term | Phrase | Best | AllOf | AnyOf | Boosted | Constant | WithBonus | Prefix | PairEnd | OneOf | Everything | Nothing


@dataclass(frozen=True, slots=True)
class In:
    """A keyword field has at least one of the values."""

    field: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class Between:
    """An integer field lies in [low, high], both ends included and optional."""

    field: str
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class AttributeIn:
    """An attribute has one of the values (text, a choice's code, or true/false)."""

    key: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class AttributeBetween:
    """A number attribute lies in [low, high] in its base unit."""

    key: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class PriceBetween:
    """The public price at a quantity lies in [low, high), in millionths of the platform's currency per 1,000 base units.

    `quantity` is in the index's unit (see `queries.QUANTITY_SCALE`); None asks for the price of each one's smallest order.
    """

    quantity: int | None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class LeadTimeAtMost:
    """The stated lead time for a quantity is at most `days`; None asks for small orders."""

    quantity: int | None
    days: int


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of the filters holds: several ticks in one facet."""

    filters: tuple["Filter", ...]


Filter = In | Between | AttributeIn | AttributeBetween | PriceBetween | LeadTimeAtMost | Either


@dataclass(frozen=True, slots=True)
class Selection:
    """A filter and the facet that it belongs to. A facet counts with all selections but its own."""

    facet: str
    filter: Filter


class FacetKind(StrEnum):
    """What a facet counts."""

    KEYWORD = "keyword"  # values of a keyword field
    ATTRIBUTE = "attribute"  # values of a text, choice or boolean attribute
    NUMBER = "number"  # values of a number attribute
    PRICE = "price"  # price at the quantity, in ranges
    LEAD_TIME = "lead_time"  # lead time at the quantity, at most so many days
    AT_MOST = "at_most"  # an integer field, at most so much
    HOLDS = "holds"  # documents for which each of some filters holds


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet to count: `source` is the field or the attribute's key; `edges` part prices, or are upper ends of the others.

    `options` are names with filters: all that a facet of that kind counts; of values, those that are counted even where more than `size`
    others are more frequent (what is ticked).
    """

    name: str
    kind: FacetKind
    source: str = ""
    size: int = 50
    quantity: int | None = None
    edges: tuple[int, ...] = ()
    options: tuple[tuple[str, Filter], ...] = ()
    in_order: bool = True
    """False where the values are added up and not shown one after another: an engine may leave those of equal counts unsorted."""


class Sort(StrEnum):
    """The order of hits. Ties keep an order of the engine's own, the same on every page of one index state."""

    RELEVANCE = "relevance"
    PRICE = "price"  # at the quantity, cheapest first; then, by that of its smallest order, what takes more; without any: last
    LEAD_TIME = "lead_time"  # at the quantity, shortest first; not stated: last
    RATING = "rating"  # by `Plan.rated`, best first; in none of it: last
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What a query leaves out: as it was written, its sign included, and what matches it."""

    written: str
    clause: Clause


@dataclass(frozen=True, slots=True)
class Correction:
    """What was written, and what was searched instead."""

    written: str
    searched: str


@dataclass(frozen=True, slots=True)
class Plan:
    """One search, complete. Engines refuse it without visibility; `vendors` are those whose goods may be seen, None = not asked.

    `strict` answers first; where it finds fewer than `enough` before any selection, `clause` (which it is part of) answers instead:
    which words count must not hang on a filter, or the count beside a filter would not be what it finds.
    """

    clause: Clause
    visibility: frozenset[str]
    strict: Clause | None = None
    enough: int = 0
    without: tuple[Exclusion, ...] = ()
    """What no hit may match and no facet counts, whichever clause answers."""
    vendors: frozenset[UUID] | None = None
    selections: tuple[Selection, ...] = ()
    facets: tuple[Facet, ...] = ()
    sort: Sort = Sort.RELEVANCE
    rated: tuple[frozenset[str], ...] = ()
    """Products by score, best first, one set of ids for each score. No document has a score, which fades while nothing is written."""
    quantity: int | None = None
    offset: int = 0
    limit: int = 24
    correction: Correction | None = None
    code: bool = False
    """The query, or a part of it, is a part number that the catalogue has."""
    is_of_maker: bool = False
    """The query names a maker, so its goods are wanted before those of others."""
    words: tuple[str, ...] = ()
    """What was written and what was searched, as stems; empty where only filters count."""
    meaning: str = ""
    """The text whose meaning may be compared; empty where only words count."""
    meaning_weight: float = 0.0

    def answered_by(self, found: "Found") -> Clause:
        """The clause that an answer to this plan matched."""
        return found.clause or (self.clause if found.relaxed or self.strict is None else self.strict)

    @property
    def beyond(self) -> int | None:
        """The quantity behind which an order goes on: what can only be bought in larger ones has no price at it, and stands last, by the price
        of its smallest order, which the first slot holds. None where no order does.
        """
        return self.quantity if self.sort is Sort.PRICE else None

    @property
    def unfiltered(self) -> "Plan":
        """The same without what the reader has chosen, to be counted only."""
        return replace(self, selections=(), facets=(), offset=0, limit=0)


class Vocabulary(Protocol):
    """What an engine knows of its own words: the one thing that a plan needs from the index."""

    documents: int
    is_fixed: bool
    """It belongs to one state of an index and always says the same."""

    def learn(self, words: frozenset[str]) -> None:
        """Words that will be asked for, so that a remote engine can look all of them up at once."""

    def frequency(self, field: str, word: str) -> int:
        """How many documents have the word in the field."""

    def near(self, word: str) -> Mapping[str, int]:
        """Other words that are a few slips from this one, with how many documents have each; more of them than are meant does no harm."""


@record
class FoundVariant:
    """One hit. Everything that is shown of it is read from the database."""

    variant_id: UUID
    product_id: UUID
    vendor_id: UUID
    score: float = 0.0
    version: int = 0
    minimum: int = 1
    """The least that can be ordered, in the index's unit."""


@dataclass(frozen=True, slots=True)
class FacetCounts:
    """Counts by value, most frequent first, and after them those of options that are none of the most frequent; numbers also have their bounds."""

    counts: tuple[tuple[str, int], ...]
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """An answer: exact total, the page of hits, counts by facet name; `relaxed` says that not every word had to match."""

    total: int
    hits: tuple[FoundVariant, ...]
    facets: dict[str, FacetCounts] = field(default_factory=dict)
    relaxed: bool = False
    clause: Clause | None = None
    """What matched, where it is not one of the plan's own two clauses."""
    alike: int = 0
    """How many of `total` have none of the words, and only mean much the same."""
