"""Slips of the fingers (pure; asks only the engine's vocabulary): a word that the catalogue does not know is replaced by the closest that it
knows, where that is sure (decision 0046); else the closest is offered. A word that the catalogue knows is never replaced: where hardly any
listing has it and very many have one that differs by a single slip, that is offered.
"""

from collections.abc import Iterator

from search import analysis
from search.lexical.concepts import KNOWN_FIELDS, Concept, is_known
from search.query import Vocabulary
from search.spelling import LONG, TOGETHER, as_written, closest, distance, is_sure
from search.synonyms import Synonyms, is_han

SHORTEST, SHORTEST_RARE, SHORTEST_BESIDE = 4, 5, 3
"""Letters of a word that may be a slip: of one that is unknown, of one that a listing has, and of one whose neighbour tells what it is."""
RARE, TIMES_MORE = 2, 50
"""Listings that have a word which is rather a slip, at most, and how many times more have the other."""


def mend(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> str:
    """The text with each word that neither catalogue nor tables know replaced by the closest known one, where it is surely a slip."""
    mended = text
    for word, written in _words(text, concepts, synonyms):
        if not is_known(word, vocabulary):
            other, together = _closest(mended, word, vocabulary, synonyms)
            is_long_enough = len(written) >= SHORTEST or together >= TOGETHER
            if other and is_long_enough and is_sure(_forms(word, written), other, together):
                mended = _replace_word(mended, word, other)
    return mended


def likelier(text: str, concepts: tuple[Concept, ...], vocabulary: Vocabulary, synonyms: Synonyms) -> str:
    """A text that `mend` left so, with each word that may still be a slip replaced: one that no listing has by the closest, one that hardly
    any has by one at a single slip that very many have. Names of makers are none.
    """
    found = text
    for word, written in _words(text, concepts, synonyms):
        seen = max(vocabulary.frequency(name, word) for name in KNOWN_FIELDS)
        other = None
        if not seen and len(written) >= SHORTEST:
            other, _ = _closest(found, word, vocabulary, synonyms)
        elif seen <= RARE and len(word) >= SHORTEST_RARE and not vocabulary.frequency("brand", word):
            other = closest({word: {near: often for near, often in vocabulary.near(word).items() if often >= TIMES_MORE * seen}})
            other = other if other and distance(word, other, 1) == 1 else None
        if other:
            found = _replace_word(found, word, other)
    return found


def _words(text: str, concepts: tuple[Concept, ...], synonyms: Synonyms) -> Iterator[tuple[str, str]]:
    """Words that may be slips, as stems and as they are written: no size, no code, none of Han characters, and none of the trade, which the
    tables have alone or in a term: goggles are no Google, and a mask is no mark.
    """
    for concept in concepts:
        if not (concept.size or concept.codes or concept.synonyms):
            for word in concept.words:
                written = _written(text, word)
                if len(written) >= SHORTEST_BESIDE and word.isalpha() and not is_han(word) and word not in synonyms.words:
                    yield word, written


def _forms(stem: str, written: str) -> tuple[str, ...]:
    """What a word is compared by: "stainles" lacks an s of "stainless" and is not the plural of anything; the stem of "sohes" has lost more
    than an s.
    """
    forms = dict.fromkeys((stem, written, written.removesuffix("s")))
    return tuple(form for form in forms if len(form) >= SHORTEST) or (written,)


def _closest(text: str, stem: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[str | None, int]:
    """(the closest word to one of a text, how many titles have it beside a neighbour)."""
    near = {form: vocabulary.near(form) for form in _forms(stem, _written(text, stem))}
    beside = _beside(text, stem, {other for found in near.values() for other in found}, vocabulary, synonyms)
    other = closest(near, beside=beside, trade=synonyms.words)
    return other, beside[other] if other else 0


def _beside(text: str, stem: str, others: set[str], vocabulary: Vocabulary, synonyms: Synonyms) -> dict[str, int]:
    """In how many titles each of some words stands beside a neighbour of a stem, or as one word with it; of a term of the tables as many as
    make sure.
    """
    tokens = [token.text for token in analysis.split(text)]
    place = tokens.index(stem)
    before, after = tokens[max(0, place - 1) : place], tokens[place + 1 : place + 2]
    pairs = {other: [*((left, other) for left in before), *((other, right) for right in after)] for other in others}
    vocabulary.learn(frozenset("".join(pair) for found in pairs.values() for pair in found))

    def together(pair: tuple[str, str]) -> int:
        return max(*(vocabulary.frequency(name, "".join(pair)) for name in ("joined", "title_en")), TOGETHER * (pair in synonyms))

    return {other: max(map(together, found), default=0) for other, found in pairs.items()}


def _written(text: str, stem: str) -> str:
    """A stem as it stands in a text."""
    return next((text[token.start : token.end] for token in analysis.split(text) if token.text == stem), stem)


def _replace_word(text: str, stem: str, other: str) -> str:
    for token in analysis.split(text):
        if token.text == stem:
            # Whoever writes a plural is told of a plural.
            singular = text[token.start : token.end].removesuffix("s")
            is_plural = distance(singular, other, LONG) < distance(text[token.start : token.end], other, LONG)
            ending = "s" if is_plural and not other.endswith("s") else ""
            return text[: token.start] + as_written(other) + ending + text[token.end :]
    return text
