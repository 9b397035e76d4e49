"""What a query finds now and with a change of the desk, side by side, before anything is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from marketplace.catalogue.visibility import EVERYONE
from marketplace.core import i18n
from search import index, plan, queries
from search.lexical.counts import Count
from search.pinning import find
from search.query import Found
from search.synonyms import Synonyms
from search.views.reader import count_said, words_asked

SHOWN = 10


@dataclass(frozen=True, slots=True)
class PreviewHit:
    """A hit by name. `change`: the places that it rises by; None where the other list does not have it among its first."""

    title: str
    sku: str
    vendor: str
    slug: str
    change: int | None
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class PreviewList:
    """What is found one way."""

    total: int
    hits: list[PreviewHit]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a query finds for a visitor: as it is, and as it would be."""

    query: str
    before: PreviewList
    after: PreviewList

    @property
    def is_same(self) -> bool:
        """Whether the first hits stay what they are."""
        return self.before.total == self.after.total and all(hit.change == 0 for hit in (*self.before.hits, *self.after.hits))


Way = tuple[Synonyms, Sequence[UUID]]
"""(the words that a query is read with, the variants that stand first)"""


def preview(query: str, before: Way, after: Way) -> Preview:
    """Both lists for a visitor, by the same code as the page's. Raises: SearchUnavailable."""
    answers = [_ask(query, *way) for way in (before, after)]
    ids = [[hit.variant_id for hit in found.hits] for found in answers]
    named = {one.variant_id: one for one in queries.named_variants({*ids[0], *ids[1]}, keys=frozenset({EVERYONE}))}
    vendors: Mapping[UUID, Any] = queries.seen_vendors().facts

    def listed(mine: int, pins: Sequence[UUID]) -> PreviewList:
        own, other = ids[mine], ids[1 - mine]
        hits = [
            PreviewHit(
                i18n.text(named[hit.variant_id].title),
                named[hit.variant_id].sku,
                vendors[hit.vendor_id].name if hit.vendor_id in vendors else "",
                named[hit.variant_id].product_slug,
                other.index(hit.variant_id) - own.index(hit.variant_id) if hit.variant_id in other else None,
                hit.variant_id in pins,
            )
            for hit in answers[mine].hits
            if hit.variant_id in named
        ]
        return PreviewList(answers[mine].total, hits)

    return Preview(query, listed(0, before[1]), listed(1, after[1]))


def asked_by_visitors(query: str) -> tuple[str, Count | None]:
    """(the words that a visitor's search goes by, the count that they had). Raises: SearchUnavailable."""
    reading = plan.reading_of(query, index.vocabulary(), correct=True)
    count = count_said(reading, frozenset({EVERYONE}))
    return words_asked(query, reading, count), count


def _ask(query: str, synonyms: Synonyms, pins: Sequence[UUID]) -> Found:
    wish = plan.build(
        query,
        vocabulary=index.vocabulary(),
        visibility=[EVERYONE],
        vendors=queries.seen_vendors().ids,
        limit=SHOWN,
        synonyms=synonyms,
    )
    return find(index.find, wish, pins)
