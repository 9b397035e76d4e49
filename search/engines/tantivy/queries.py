"""A plan's clauses and filters as queries of the embedded engine."""

import re
from functools import lru_cache
from uuid import UUID

from tantivy import FieldType, Index, Occur, Query, Schema, Searcher

from search.documents import LEAD_SLOTS, TIER_SLOTS
from search.engines.facets import written
from search.engines.tantivy.matching import matching
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

EVERYTHING = Everything()
FEW = 64
"""Values that are looked up one by one: a set of them walks the field's dictionary, which takes longer than a hundred look-ups."""
Slots = list[tuple[Query, str]]


class Translator:
    """Builds queries for one schema and one state of the index, whose vendors and visibility keywords it knows.

    What the index has decides how a filter is asked: a keyword that no document has is left out, and where few vendors are hidden
    those are excluded, because a set of all the others would be walked for each query.
    """

    def __init__(self, schema: Schema, searcher: Searcher, parser: Index) -> None:
        self._schema, self._searcher = schema, searcher
        # Ranges over a JSON path exist in the query language only, so an empty index lends its parser.
        self._parser = parser
        self._vendors = lru_cache(maxsize=8)(self._vendor_filter)
        self._visibility = lru_cache(maxsize=64)(self._visibility_filter)
        self._known = lru_cache(maxsize=1)(self._known_vendors)

    def counted(self, plan: Plan, clause: Clause, *, without: str | None = None) -> Query:
        """What `query` matches, for passes that score nothing."""
        return self.query(plan, matching(clause), without=without)

    def query(self, plan: Plan, clause: Clause, *, without: str | None = None) -> Query:
        """Everything a plan asks, or everything but the selections of one facet."""
        parts = [(Occur.Must, self._visibility(plan.visibility))]
        if clause != EVERYTHING:
            # Whatever may be seen is a document, no tombstone: asking for every document as well would read them all once more.
            parts.append((Occur.Must, self.clause(clause)))
        if plan.vendors is not None:
            parts += self._vendors(plan.vendors)
        parts += [(Occur.Must, self._silent(self.filter(s.filter))) for s in plan.selections if s.facet != without]
        parts += [(Occur.MustNot, self.clause(matching(exclusion.clause))) for exclusion in plan.without]
        return Query.boolean_query(parts)

    def _visibility_filter(self, keywords: frozenset[str]) -> Query:
        present = sorted(keyword for keyword in keywords if self._searcher.doc_freq("visibility", keyword))
        if not present:
            return Query.empty_query()
        terms = [Query.term_query(self._schema, "visibility", keyword, "basic") for keyword in present]
        return self._silent(terms[0] if len(terms) == 1 else self._any(terms))

    def _known_vendors(self) -> frozenset[str]:
        """Every vendor of which the index has a document."""
        return frozenset(term for term, _ in self._searcher.terms_with_prefix("vendor_id", ""))

    def _vendor_filter(self, vendors: frozenset[UUID]) -> list[tuple[Occur, Query]]:
        seen = frozenset(str(vendor) for vendor in vendors)
        hidden = self._known() - seen
        if len(hidden) > len(seen):
            return [(Occur.Must, self._silent(self._set("vendor_id", seen)))]
        return [(Occur.MustNot, self._set("vendor_id", hidden))] if hidden else []

    @staticmethod
    def _silent(query: Query) -> Query:
        # A filter must not add to the score, and this engine knows no filters beside queries.
        return Query.const_score_query(query, 0.0)

    def _set(self, field: str, values: frozenset[str]) -> Query:
        if not values:
            return Query.empty_query()
        if len(values) > FEW:
            return Query.term_set_query(self._schema, field, sorted(values))
        terms = [Query.term_query(self._schema, field, value, "basic") for value in sorted(values)]
        return terms[0] if len(terms) == 1 else self._any(terms)

    def clause(self, clause: Clause) -> Query:
        """A scoring clause."""
        match clause:
            case Term(field, value, boost):
                return _boosted(Query.term_query(self._schema, field, value, "freq"), boost)
            case Phrase(field, words, boost):
                return _boosted(Query.phrase_query(self._schema, field, list(words)), boost)
            case Best(clauses, tie):
                return Query.disjunction_max_query([self.clause(c) for c in clauses], tie)
            case AllOf(clauses):
                return Query.boolean_query([(Occur.Must, self.clause(c)) for c in clauses])
            case AnyOf(clauses):
                return Query.boolean_query([(Occur.Should, self.clause(c)) for c in clauses])
            case Boosted(inner, factor):
                return _boosted(self.clause(inner), factor)
            case Constant(inner, score):
                return Query.const_score_query(self.clause(inner), score)
            case WithBonus(inner, bonuses):
                return self._lifted(self.clause(inner), bonuses)
            case Prefix(field, value):
                return self._silent(Query.regex_query(self._schema, field, f"{re.escape(value)}.*"))
            case PairEnd(field, value):
                return self._silent(Query.regex_query(self._schema, field, f".{re.escape(value)}"))
            case OneOf(ids):
                return self._silent(self._set("id", frozenset(map(str, ids))))
            case Everything():
                return Query.const_score_query(Query.term_query(self._schema, "deleted", 0), 0.0)
            case Nothing():
                return Query.empty_query()

    def _lifted(self, query: Query, bonuses: tuple[Clause, ...]) -> Query:
        """One bonus around the other: several beside each other become a union, for which the engine reads all that any of them matches,
        and nearly every document has the bonus of a middle size. A single one is looked up where `query` matches, and nowhere else.
        """
        for bonus in bonuses:
            query = Query.boolean_query([(Occur.Must, query), (Occur.Should, self.clause(bonus))])
        return query

    def filter(self, wanted: Filter) -> Query:
        """A filter."""
        match wanted:
            case In(field, values):
                return self._set(field, values)
            case Between(field, low, high):
                return self.between(field, low, high)
            case AttributeIn(key, values):
                return self._set(f"attributes.{key}", values)
            case AttributeBetween(key, low, high):
                return self._numbers(key, low, high)
            case PriceBetween(quantity, low, high):
                below = None if high is None else high - 1
                return self._any([self._all([bands, self.between(f, low, below)]) for bands, f in self.slots(Sort.PRICE, quantity)])
            case LeadTimeAtMost(quantity, days):
                return self._any([self._all([bands, self.between(f, None, days)]) for bands, f in self.slots(Sort.LEAD_TIME, quantity)])
            case Either(filters):
                return self._any([self.filter(f) for f in filters])

    def slots(self, sort: Sort, quantity: int | None) -> Slots:
        """(who has this slot at the quantity, the field with its value), slot by slot."""
        name, count, value = ("tier", TIER_SLOTS, "price") if sort is Sort.PRICE else ("lead", LEAD_SLOTS, "days")
        if quantity is None:
            # Without a quantity each one's smallest order counts, which the first slot holds.
            return [(Query.exists_query(f"{name}_0_{value}"), f"{name}_0_{value}")]
        return [
            (
                self._all([self.between(f"{name}_{slot}_from", None, quantity), self.between(f"{name}_{slot}_below", quantity + 1, None)]),
                f"{name}_{slot}_{value}",
            )
            for slot in range(count)
        ]

    def ranks(self, plan: Plan) -> list[Slots]:
        """Lists that an order by price or lead time is made of, one behind the other."""
        first = self.slots(plan.sort, plan.quantity)
        return [first] if plan.beyond is None else [first, [(self.between("tier_0_from", plan.beyond + 1, None), "tier_0_price")]]

    def rated(self, sets: tuple[frozenset[str], ...]) -> Query:
        """Products of any of the sets, those of an earlier one worth more; nothing where there is none."""
        if not sets:
            return Query.empty_query()
        worth = [Query.const_score_query(self._set("product_id", ids), float(len(sets) - place)) for place, ids in enumerate(sets)]
        return self._any(worth)

    def between(self, field: str, low: int | None, high: int | None) -> Query:
        """An integer field in [low, high]; without bounds: the field is there."""
        if low is None and high is None:
            return Query.exists_query(field)
        return Query.range_query(self._schema, field, FieldType.Integer, low, high)

    def _numbers(self, key: str, low: float | None, high: float | None) -> Query:
        path = f"numbers.{key}"
        if low is None and high is None:
            return Query.exists_query(path)
        # One bound at a time: a whole and a broken number in one range make the engine panic (0.27).
        bounds = [f"{path}:[{written(low)} TO *]"] if low is not None else []
        bounds += [f"{path}:[* TO {written(high)}]"] if high is not None else []
        return self._all([self._parser.parse_query(bound) for bound in bounds])

    @staticmethod
    def _any(queries: list[Query]) -> Query:
        return Query.boolean_query([(Occur.Should, query) for query in queries])

    @staticmethod
    def _all(queries: list[Query]) -> Query:
        return Query.boolean_query([(Occur.Must, query) for query in queries])


def _boosted(query: Query, factor: float) -> Query:
    return query if factor == 1.0 else Query.boost_query(query, factor)
