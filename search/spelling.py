"""The closest word of a catalogue to one that it does not know (pure).

Source: optimal string alignment, distance 1, or 2 from eight letters on; the same first letter wins, then a word that only doubles
other letters (gloove: glove, not groove), then the more frequent one. None that only has another first letter.
"""

from collections import defaultdict
from collections.abc import Mapping
from itertools import groupby

from search.semantic import wordpiece

LONG = 8


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


def closest(word: str, candidates: Mapping[str, int]) -> str | None:
    """The best of some candidates with their frequencies; None if none is close enough."""
    most = allowed(word)
    # Another first letter in the place of the first makes another word: hearing is no bearing, and a lump no pump.
    candidates = {other: seen for other, seen in candidates.items() if len(other) != len(word) or not _begins_otherwise(word, other)}
    # Nor does a hand go on for two letters at the end: a resistor is what it says, and nothing that resists.
    ranked = [
        (gap, _begins_otherwise(word, other), _undoubled(word) != _undoubled(other), -seen, other)
        for other, seen in candidates.items()
        if (gap := distance(word, other, most)) <= most and other != word[:-2]
    ]
    return min(ranked)[-1] if ranked else None


def _begins_otherwise(word: str, other: str) -> bool:
    """Whether the first letters differ, and not because fingers swapped them."""
    return word[0] != other[0] and word[:2] != other[1::-1]


def _undoubled(word: str) -> str:
    """A word with each run of one letter as one: whether to double is what people are most often unsure of."""
    return "".join(sign for sign, _ in groupby(word))


def is_sure(stem: str, written: str, other: str) -> bool:
    """Whether an unknown word is surely a slip for another: the same but for a doubled letter (cannon: Canon); or no word of English itself,
    and one slip from it or made of the same letters, swapped, doubled or left out where they stand twice. A "resistor" is no "register",
    nor "powder" any power.
    """
    words = (stem, written)
    if any(distance(word, other, 1) <= 1 and _undoubled(word) == _undoubled(other) for word in words):
        return True
    if set(words) & wordpiece.vocabulary().keys():
        return False
    return any(distance(word, other, 1) <= 1 or set(word) == set(other) for word in words)


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
        self._answers: dict[tuple[str, int], str | None] = {}

    @staticmethod
    def _letters(word: str) -> int:
        bits = 0
        for sign in word:
            bits |= 1 << (ord(sign) % 61)
        return bits

    def nearest(self, word: str, *, least: int = 1) -> str | None:
        """The closest other word that is seen so often, None if nothing is close."""
        if (word, least) not in self._answers:
            if len(self._answers) > 10_000:
                self._answers.clear()
            self._answers[word, least] = self._search(word, least)
        return self._answers[word, least]

    def _search(self, word: str, least: int) -> str | None:
        most = allowed(word)
        letters = self._letters(word)
        near = {
            other: self._frequencies[other]
            for length in range(len(word) - most, len(word) + most + 1)
            for bits, other in self._by_length.get(length, ())
            if (bits ^ letters).bit_count() <= 2 * most and self._frequencies[other] >= least and other != word
        }
        return closest(word, near)
