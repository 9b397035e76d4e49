"""What to offer where a search finds little or nothing (pure): which words are in the way, what is found without them, which category
is nearest.

The ladder: every word; the spelling; fewer words, the noun kept; the nearest category; then factories can be asked.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, combinations, islice
from typing import TypeVar

from search import analysis, units
from search.keeping import KeptByIdentity
from search.lexical import Reading, joining
from search.lexical.concepts import STOP_WORDS, Concept, names_a_thing
from search.lexical.tree import Tree
from search.plan import reading_of
from search.query import Clause, Nothing, Vocabulary
from search.synonyms import Synonyms, in_force, is_han

T = TypeVar("T")
MOST_WAYS = 8
"""Shorter texts that are worth counting."""
SHORTEST_INNER = 4
"""Letters of a word that says something within another."""
ALIKE = 0.45
"""Likeness of names from which on a category is near."""


@dataclass(frozen=True, slots=True)
class Part:
    """One idea of a text, as it was written, and what matches it."""

    text: str
    clause: Clause
    is_head: bool = False
    is_thing: bool = False
    """Whether it says what is asked for, and not only how large or which colour."""

    @property
    def is_known(self) -> bool:
        """Whether any document of the index has it."""
        return not isinstance(self.clause, Nothing)


@dataclass(frozen=True, slots=True)
class Thing:
    """What a text asks for, as it was written there, and goods that are called so: by title, category, keywords or stated kind."""

    text: str
    words: tuple[str, ...]
    clause: Clause

    def stands_in(self, title: str) -> bool:
        """Whether a title has the words, as far as letters tell; without it goods may be called so by another name."""
        folded = analysis.fold(title)
        return all(word in folded for word in self.words)


_parts = KeptByIdentity[tuple[Part, ...]](most=512)
"""Parts by the reading that they are of: the index answers a clause once, which it knows by its identity."""
_things = KeptByIdentity[Thing | None](most=512)


def parts_of(text: str, vocabulary: Vocabulary, *, correct: bool = True, synonyms: Synonyms | None = None) -> tuple[Part, ...]:
    """The ideas of a text in their order, as the search has read it (after its correction). One of them is what the thing is."""
    words = synonyms or in_force()
    reading = reading_of(text, vocabulary, correct=correct, synonyms=words)
    return _parts.of((reading,), lambda: _parts_of(reading, Tree(vocabulary, words)))


def _parts_of(reading: Reading, tree: Tree) -> tuple[Part, ...]:
    thing = tree.thing(reading.concepts)
    head = thing or _last_word(reading.concepts, tree)
    written, wanted = _written(_prepared(reading), reading.concepts), joining.wanted(reading.concepts)
    parts = [
        Part(words, clause, concept is head, names_a_thing(concept))
        for concept, clause, words in zip(reading.concepts, tree.clauses(reading.concepts, thing), written, strict=True)
        if words and concept in wanted
    ]
    return tuple(parts)


def thing_of(reading: Reading, vocabulary: Vocabulary) -> Thing | None:
    """What the words of a reading name; None where that is a code, a maker, or no thing at all."""
    return _things.of((reading,), lambda: _thing_of(reading, Tree(vocabulary, in_force())))


def _thing_of(reading: Reading, tree: Tree) -> Thing | None:
    concepts = joining.wanted(reading.concepts)
    thing = tree.thing(concepts) or _last_word(concepts, tree)
    if thing is None or thing.codes or not names_a_thing(thing) or any(tree.frequency("brand", word) for word in thing.words):
        return None
    [text] = _written(_prepared(reading), (thing,))
    named = tree.called(thing)
    return Thing(text, thing.words, named) if text else None


def _prepared(reading: Reading) -> str:
    return analysis.fold(units.plain(reading.correction.searched if reading.correction else reading.text))


def _last_word(concepts: tuple[Concept, ...], tree: Tree) -> Concept | None:
    """What names the thing where the ranking takes no word for it."""
    words = tree.naming(concepts) or concepts
    return words[-1] if words else None


def _written(prepared: str, concepts: Sequence[Concept]) -> list[str]:
    """Each concept as it stands in the text: plurals and hyphens as typed."""
    tokens = analysis.split(prepared)
    found, place = [], 0
    for concept in concepts:
        here = [n for n in range(place, len(tokens)) if tokens[n].text in concept.words]
        if not here or is_han(concept.words[0]):
            found.append("".join(concept.words) if is_han(concept.words[0]) else " ".join(concept.words))
            continue
        last = here[0]
        while last + 1 < len(tokens) and tokens[last + 1].text in concept.words:
            last += 1
        place = last + 1
        sign = "-" if concept.size and concept.written.startswith("-") else ""
        found.append(sign + units.shown(prepared[tokens[here[0]].start : tokens[last].end]))
    return found


def shorter(parts: Sequence[Part]) -> list[tuple[str, tuple[str, ...]]]:
    """(text, what it leaves out) of the ways to ask for less, the longest text first; the noun stays in each of them.

    What the catalogue does not know at all is left out of every one.
    """
    known = [part for part in parts if part.is_known]
    heads = [part for part in known if part.is_head] or known[-1:]
    others = [part for part in known if part not in heads]
    sizes = chain.from_iterable(combinations(others, n) for n in range(len(others), 0, -1))
    ways: dict[str, tuple[str, ...]] = {}
    for chosen in chain(islice(sizes, MOST_WAYS), [()]):
        kept = [part for part in known if part in chosen or part in heads]
        left = tuple(part.text for part in parts if part not in kept)
        if kept and left:
            ways.setdefault(" ".join(part.text for part in kept), left)
    return list(ways.items())


@lru_cache(maxsize=20_000)
def _grams(word: str) -> frozenset[str]:
    size = 1 if is_han(word[0]) else 3
    padded = word if size == 1 else f"{word} "
    return frozenset(padded[n : n + size] for n in range(max(1, len(padded) - size + 1)))


def _words(text: str) -> list[str]:
    return [token.text for token in analysis.split(analysis.fold(text)) if token.text not in STOP_WORDS and not token.text[0].isdigit()]


def _alike(left: str, right: str) -> float:
    """How much of two words is the same, 0 to 1: a word within the other, as in a compound, else the pieces that they share (Dice), of words
    that begin alike: "hard" is no "card".
    """
    inner, outer = sorted((left, right), key=len)
    if inner in outer and len(inner) >= (1 if is_han(inner) else SHORTEST_INNER):
        return 0.5 + 0.5 * len(inner) / len(outer)
    if not is_han(left) and left[0] != right[0]:
        return 0.0
    first, second = _grams(left), _grams(right)
    return 2 * len(first & second) / (len(first) + len(second))


def nearest(names: Iterable[tuple[str, T]], text: str, limit: int) -> list[T]:
    """The things whose names are most like the words of a text, letter for letter; none where nothing is like it.

    A thing may stand there under several names.
    """
    typed = _words(text)
    best: dict[int, tuple[float, int, T]] = {}
    for place, (name, thing) in enumerate(names):
        own = _words(name)
        if not typed or not own:
            continue
        score = max(_alike(word, other) for word in typed for other in own)
        if score >= ALIKE and score > best.get(id(thing), (0.0, 0, thing))[0]:
            best[id(thing)] = (score, -place, thing)
    return [thing for _, _, thing in sorted(best.values(), key=lambda one: (-one[0], -one[1]))[:limit]]
