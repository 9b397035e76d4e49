"""Slips of the fingers (pure; asks only the engine's vocabulary): a word that the catalogue does not know is replaced by the closest that it
knows, where that is sure (decision 0046); else the closest is offered. A word that the catalogue knows is never replaced: where hardly any
listing has it and very many have one that differs by a single slip, that is offered.
"""

from collections.abc import Iterator

from search import analysis
from search.lexical.concepts import KNOWN_FIELDS, Concept, is_known
from search.query import Vocabulary
from search.spelling import LONG, as_written, distance, is_sure
from search.synonyms import Synonyms, is_han

SHORTEST, SHORTEST_RARE = 4, 5
"""Letters of a word that may be a slip: of one that is unknown, and of one that a listing has."""
RARE, TIMES_MORE = 2, 50
"""Listings that have a word which is rather a slip, at most, and how many times more have the other."""


def mend(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> str:
    """The text with each word that neither catalogue nor tables know replaced by the closest known one, where it is surely a slip."""
    mended = text
    for word in _words(concepts, SHORTEST, synonyms):
        written = _written(mended, word)
        closest = None if is_known(word, vocabulary) else _closest(word, written, vocabulary)
        if closest and is_sure(word, written, closest):
            mended = _replace_word(mended, word, closest)
    return mended


def likelier(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> str:
    """A text that `mend` left so, with each word that may still be a slip replaced: one that no listing has by the closest, one that hardly
    any has by one at a single slip that very many have. Names of makers are none.
    """
    found = text
    for word in _words(concepts, SHORTEST_RARE, synonyms):
        seen = max(vocabulary.frequency(name, word) for name in KNOWN_FIELDS)
        if not seen:
            other = _closest(word, _written(found, word), vocabulary)
        else:
            is_rare = seen <= RARE and not vocabulary.frequency("brand", word)
            other = vocabulary.nearest(word, least=TIMES_MORE * seen) if is_rare else None
            other = other if other and distance(word, other, 1) == 1 else None
        if other:
            found = _replace_word(found, word, other)
    return found


def _words(concepts: tuple[Concept, ...], shortest: int, synonyms: Synonyms) -> Iterator[str]:
    """Words that may be slips: no size, no code, none of Han characters, and none of the trade, which the tables have alone or in a term:
    goggles are no Google, and a mask is no mark.
    """
    for concept in concepts:
        if not (concept.size or concept.codes or concept.synonyms):
            plain = (word for word in concept.words if len(word) >= shortest and word.isalpha() and not is_han(word))
            yield from (word for word in plain if word not in synonyms.words)


def _closest(stem: str, written: str, vocabulary: Vocabulary) -> str | None:
    """The closest word to what was written or to its stem: "stainles" lacks an s of "stainless", it is not the plural of anything."""
    near = {other for other in (vocabulary.nearest(stem), vocabulary.nearest(written)) if other}
    return min(near, key=lambda other: min(distance(stem, other, LONG), distance(written, other, LONG)), default=None)


def _written(text: str, stem: str) -> str:
    """A stem as it stands in a text."""
    return next((text[token.start : token.end] for token in analysis.split(text) if token.text == stem), stem)


def _replace_word(text: str, stem: str, other: str) -> str:
    for token in analysis.split(text):
        if token.text == stem:
            # Whoever writes a plural is told of a plural.
            ending = "s" if text[token.start : token.end] == stem + "s" and not other.endswith("s") else ""
            return text[: token.start] + as_written(other) + ending + text[token.end :]
    return text
