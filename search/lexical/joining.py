"""Words of a query that belong beside each other in a title: neighbours, and the two ends that "to" joins."""

import re
from itertools import pairwise

from search.lexical.concepts import Concept
from search.query import AnyOf, Clause, Constant, Phrase, Vocabulary
from search.synonyms import is_han

NUMBER_AND_UNIT = re.compile(r"(\d[\d.,]*)([a-z]\w*)")
NEIGHBOURS = 0.2
LACK = ("without", "no")
DIRECTION = 12.0
"""More than being headed by the noun, since titles end before "to": "HDMI to VGA adapter" is headed by no adapter."""


def bonuses(concepts: tuple[Concept, ...], vocabulary: Vocabulary) -> list[Clause]:
    """Clauses that weigh more what says the words together, and in this direction."""
    plain = [piece for concept in concepts for word in concept.words if not is_han(word) for piece in _pieces(word, concept)]
    found: list[Clause] = [
        Phrase("title_en", (left, right), NEIGHBOURS)
        for left, right in pairwise(plain)
        if vocabulary.frequency("title_en", left) and vocabulary.frequency("title_en", right)
    ]
    for before, after in pairwise(concepts):
        if after.is_end and (directed := _directed(before, after, vocabulary)):
            found.append(Constant(AnyOf(directed) if len(directed) > 1 else directed[0], DIRECTION))
    return found


def wanted(concepts: tuple[Concept, ...]) -> tuple[Concept, ...]:
    """The concepts that goods are asked for; all of them where nothing else is said."""
    return tuple(concept for concept in concepts if not concept.is_lacking) or concepts


def lacking(concepts: tuple[Concept, ...], vocabulary: Vocabulary) -> tuple[Clause, ...]:
    """Goods whose title says that they lack what stands behind "without": a "cable without connector", "powder free" gloves."""
    found = []
    for words in (names for concept in concepts if concept.is_lacking for names in concept.names if not is_han(names[0])):
        said = [(word, words[0]) for word in LACK if vocabulary.frequency("title_en", word)]
        said += [(words[-1], "free")] if vocabulary.frequency("title_en", "free") else []
        if all(vocabulary.frequency("title_en", word) for word in words):
            found += [Phrase("title_en", pair) for pair in said]
    return (Constant(AnyOf(tuple(found)) if len(found) > 1 else found[0], DIRECTION),) if found else ()


def _pieces(word: str, concept: Concept) -> tuple[str, ...]:
    """A word; of a size its number and its unit, so that "40mm" says what "40 mm" does."""
    match = NUMBER_AND_UNIT.fullmatch(word) if concept.size else None
    return match.groups() if match else (word,)


def _directed(before: Concept, after: Concept, vocabulary: Vocabulary) -> tuple[Clause, ...]:
    """Titles that say one thing "to" the other, by any of their names."""
    lefts, rights = ({words[place] for words in concept.names} for concept, place in ((before, -1), (after, 0)))
    known = [[word for word in sorted(words) if not is_han(word) and vocabulary.frequency("title_en", word)] for words in (lefts, rights)]
    return tuple(Phrase("title_en", (left, "to", right)) for left in known[0] for right in known[1])
