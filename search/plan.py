"""What a buyer wants into a `Plan` (pure): words by `lexical.py`, filters, facets, order and page.

Tested without a server: the same plan goes to every engine.
"""

from collections.abc import Iterable, MutableMapping
from dataclasses import replace
from uuid import UUID
from weakref import WeakKeyDictionary

from search import lexical
from search.lexical import sizes
from search.query import Everything, Facet, Plan, Selection, Sort, Vocabulary
from search.semantic.fusion import weight_of
from search.synonyms import Synonyms, in_force

PAGE = 24
DEEPEST = 10_000
"""Hits that can be paged to; Elasticsearch refuses more, and nobody reads page 400."""

FEW = 10
"""With fewer goods that have all the words, goods with some of them are shown too, and labelled so (`Found.relaxed`)."""


EVERYTHING = Everything()
READINGS_KEPT = 512
_readings: MutableMapping[Vocabulary, dict[tuple[str, bool, Synonyms], lexical.Reading]] = WeakKeyDictionary()
"""Readings by the words of an index state that they were read with. The same text gives the same clauses, by which engines know it."""


def reading_of(text: str, vocabulary: Vocabulary, *, correct: bool, synonyms: Synonyms | None = None) -> lexical.Reading:
    """What a text is understood as: the reading that `build` makes its plan of, kept while the index says the same."""
    words = synonyms or in_force()
    if not vocabulary.is_fixed:
        return lexical.read(text, vocabulary, synonyms=words, correct=correct)
    kept = _readings.setdefault(vocabulary, {})
    found = kept.get((text, correct, words))
    if found is None:
        if len(kept) >= READINGS_KEPT:
            kept.clear()
        found = kept[text, correct, words] = lexical.read(text, vocabulary, synonyms=words, correct=correct)
    return found


def build(
    text: str,
    *,
    vocabulary: Vocabulary,
    visibility: Iterable[str],
    vendors: Iterable[UUID] | None = None,
    selections: Iterable[Selection] = (),
    facets: Iterable[Facet] = (),
    sort: Sort = Sort.RELEVANCE,
    rated: Iterable[frozenset[str]] = (),
    quantity: int | None = None,
    offset: int = 0,
    limit: int = PAGE,
    correct: bool = True,
    synonyms: Synonyms | None = None,
) -> Plan:
    """The plan for a search; without words it lists everything that the filters leave.

    `visibility` are the keywords that the viewer may see (never empty), `vendors` the ids of those who may sell today, `rated` the products
    of each score, best first, which only the order by rating asks for,
    `quantity` is in the index's unit, None where the buyer has none yet; `synonyms` are those in force, if not told. Sorting by relevance without words means newest first.
    """
    written = text.strip()
    common = Plan(
        clause=EVERYTHING,
        visibility=frozenset(visibility),
        vendors=None if vendors is None else frozenset(vendors),
        selections=tuple(selections),
        facets=tuple(facets),
        sort=sort,
        rated=tuple(rated),
        quantity=quantity,
        offset=max(0, offset),
        limit=max(0, min(limit, DEEPEST - offset)),
    )
    if not written:
        return replace(common, sort=Sort.NEWEST if sort is Sort.RELEVANCE else sort)
    reading = reading_of(written, vocabulary, correct=correct, synonyms=synonyms)
    common = replace(common, without=reading.without)
    if not reading.text:
        return replace(common, sort=Sort.NEWEST if sort is Sort.RELEVANCE else sort)
    weight = weight_of(reading.concepts)
    return replace(
        common,
        clause=reading.clause,
        strict=reading.strict,
        enough=1 if any(concept.is_precise for concept in reading.concepts) else FEW,
        correction=reading.correction,
        code=reading.code,
        is_of_maker=bool(reading.makers),
        words=reading.words,
        meaning=sizes.apart(reading.correction.searched if reading.correction else reading.text) if weight else "",
        meaning_weight=weight,
    )
