"""Likeness of words and likeness of meaning in one order (pure).

Source: measured on judged queries. The weights and the floor are round and set by hand; choosing them by cross-validation instead
gives the same figure within 0.01.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from search.lexical import Concept
from search.query import FoundVariant
from search.synonyms import is_han

FEW_WORDS = 3
SHORT, LONG = 0.7, 0.5
"""Weight of meaning for a few plain words, and for longer texts, which say more precisely what they want."""
RELAXED = 0.85
"""Where few goods have all the words, words say little, and what is meant says more."""
FLOOR = 0.4
"""Least likeness (cosine) at which goods are shown that have none of the words."""
ALONE = 0.5
"""The same where no goods have any of the words: what nobody sells (a forklift) is a little like everything else (casters)."""


def weight_of(concepts: Sequence[Concept]) -> float:
    """How much meaning may weigh beside words, 0 to 1; 0 for codes, sizes and Chinese, which the encoder does not understand."""
    if not concepts or any(concept.is_precise for concept in concepts):
        return 0.0
    words = [word for concept in concepts for word in concept.words]
    if any(is_han(word) for word in words) or not any(concept.is_word for concept in concepts):
        return 0.0
    return SHORT if len(words) <= FEW_WORDS else LONG


def fused(hits: Sequence[FoundVariant], scores: Sequence[float], likeness: Mapping[UUID, float], weight: float) -> list[FoundVariant]:
    """Hits by both: `scores` are those of their words (0 where they have none), `likeness` cosines by variant.

    Words count as a share of the best score. Ties keep the order in which the hits came.
    """
    best = max(scores, default=0.0) or 1.0
    both = [
        (1 - weight) * score / best + weight * max(0.0, likeness.get(hit.variant_id, 0.0)) for hit, score in zip(hits, scores, strict=True)
    ]
    order = sorted(range(len(hits)), key=lambda place: -both[place])
    return [
        FoundVariant(hit.variant_id, hit.product_id, hit.vendor_id, both[place], hit.version, hit.minimum)
        for hit, place in ((hits[place], place) for place in order)
    ]
