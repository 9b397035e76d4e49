"""The closest word of a catalogue to one that it does not know (pure).

Source: optimal string alignment, distance 1, or 2 from eight letters on; of those at the same distance the one that stands beside the
other words of the query wins, then a word of the trade, then the same first letter, then a word that only doubles other letters (gloove:
glove, not groove), then the more frequent one. A word of English that only has another first letter is another word.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import groupby
from types import MappingProxyType

from search.semantic import wordpiece

LONG = 8
TOGETHER = 3
"""Titles that have two words beside each other which are surely meant together."""
ALONE: Mapping[str, int] = MappingProxyType({})


def allowed(word: str) -> int:
    """How many slips a word of this length may have."""
    return 2 if len(word) >= LONG else 1


def distance(left: str, right: str, most: int) -> int:
    """Optimal string alignment distance (insert, delete, replace, swap neighbours); more than `most` is `most + 1`."""
    if abs(len(left) - len(right)) > most:
        return most + 1
    before: list[int] = []
    previous = list(range(len(right) + 1))
    for i, sign in enumerate(left, 1):
        current = [i]
        for j, other in enumerate(right, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (sign != other))
            if i > 1 and j > 1 and sign == right[j - 2] and left[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        if min(current) > most:
            return most + 1
        before, previous = previous, current
    return previous[-1]


def closest(
    near: Mapping[str, Mapping[str, int]], *, beside: Mapping[str, int] = ALONE, trade: Collection[str] = frozenset()
) -> str | None:
    """The best of some candidates; None if none is close enough. `near` are candidates with their frequencies for each form of the word,
    `beside` says how many titles have a candidate beside a neighbour of the word, `trade` are words that the tables know.
    """
    ranked = [
        (
            gap,
            -beside.get(other, 0),
            other not in trade,
            _begins_otherwise(word, other),
            _undoubled(word) != _undoubled(other),
            -seen,
            other,
        )
        for word, candidates in near.items()
        for other, seen in candidates.items()
        if (gap := distance(word, other, allowed(word))) <= allowed(word) and not _is_other(word, other)
    ]
    return min(ranked)[-1] if ranked else None


def _is_other(word: str, other: str) -> bool:
    """Whether two words are surely two. Another first letter in the place of the first makes another word of English: hearing is no bearing,
    and a lump no pump. Nor does a hand go on for two letters at the end: a resistor is what it says, and nothing that resists.
    """
    is_another = len(other) == len(word) and _begins_otherwise(word, other) and word in wordpiece.vocabulary()
    return is_another or other == word[:-2]


def _begins_otherwise(word: str, other: str) -> bool:
    """Whether the first letters differ, and not because fingers swapped them."""
    return word[0] != other[0] and word[:2] != other[1::-1]


def _undoubled(word: str) -> str:
    """A word with each run of one letter as one: whether to double is what people are most often unsure of."""
    return "".join(sign for sign, _ in groupby(word))


def is_sure(forms: Collection[str], other: str, together: int = 0) -> bool:
    """Whether an unknown word, in any of its forms, is surely a slip for another: the same but for a doubled letter (cannon: Canon); one slip
    from one that `together` titles have beside its neighbour (hdmi cale); or no word of English itself, and one slip from it or made of the
    same letters, swapped, doubled or left out where they stand twice. A "resistor" is no "register", nor "powder" any power.
    """
    if any(distance(word, other, 1) <= 1 and (together >= TOGETHER or _undoubled(word) == _undoubled(other)) for word in forms):
        return True
    if set(forms) & wordpiece.vocabulary().keys():
        return False
    return any(distance(word, other, 1) <= 1 or set(word) == set(other) for word in forms)


def as_written(stem: str) -> str:
    """A stem as people write it: of "-ie" and "-y", which the stem does not tell apart, the one that is a word of English."""
    english, other = wordpiece.vocabulary().keys(), stem[:-1] + "ie"
    return other if stem[-1] == "y" and stem not in english and other in english else stem


class Speller:
    """A catalogue's words, prepared for many questions: letters as bits, so that most words are passed over at one operation."""

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._by_length: dict[int, list[tuple[int, str]]] = defaultdict(list)
        self._frequencies = {word: seen for word, seen in frequencies.items() if len(word) >= 3 and word.isalpha()}
        for word in self._frequencies:
            self._by_length[len(word)].append((self._letters(word), word))
        self._answers: dict[str, Mapping[str, int]] = {}

    @staticmethod
    def _letters(word: str) -> int:
        bits = 0
        for sign in word:
            bits |= 1 << (ord(sign) % 61)
        return bits

    def near(self, word: str) -> Mapping[str, int]:
        """Other words within reach of this one, with how often each is seen."""
        if word not in self._answers:
            if len(self._answers) > 10_000:
                self._answers.clear()
            self._answers[word] = self._search(word)
        return self._answers[word]

    def _search(self, word: str) -> Mapping[str, int]:
        most = allowed(word)
        letters = self._letters(word)
        return {
            other: self._frequencies[other]
            for length in range(len(word) - most, len(word) + most + 1)
            for bits, other in self._by_length.get(length, ())
            if (bits ^ letters).bit_count() <= 2 * most and other != word and distance(word, other, most) <= most
        }
