"""The closest word of a catalogue to one that it does not know (pure).

Source: optimal string alignment, distance 1, or 2 from eight letters on; of those at the same distance the one that stands beside the
other words of the query wins, then a word of the trade, then what goods are called by, then the same first letter, then a word that only
doubles other letters (gloove: glove, not groove), then the more frequent one, of which the same letters in another order are the likelier.
A word of English that only has another first letter is another word. What ends like a plural is compared with plurals, too: boks are books.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from itertools import groupby
from types import MappingProxyType

from search.semantic import wordpiece

LONG = 8
VOWELS = frozenset("aeiou")
LIKELIER = 30
"""How many times as often as another word fingers mean one that has the same letters (ardio: radio, not audio)."""
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


def slips(word: str, other: str) -> int:
    """How far a word is from another, or from its plural where it ends in an s or in one and a letter too many: gamesx."""
    most = allowed(word)
    gap = distance(word, other, most)
    return min(gap, max(1, distance(word, plural(other), most))) if "s" in word[-2:] else gap


def plural(word: str) -> str:
    """How most people write several of them."""
    if word.endswith("y") and word[-2:-1] not in VOWELS:
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s")


def is_swapped(word: str, other: str) -> bool:
    """Whether a word has the letters of another, two neighbours in the wrong order."""
    return len(word) == len(other) and word != other and sorted(word) == sorted(other) and distance(word, other, 1) == 1


def closest(
    near: Mapping[str, Mapping[str, int]],
    *,
    beside: Mapping[str, int] = ALONE,
    trade: Collection[str] = frozenset(),
    things: Collection[str] = frozenset(),
    stop_words: Collection[str] = frozenset(),
) -> str | None:
    """The best of some candidates; None if none is close enough. `near` are candidates with their frequencies for each form of the word,
    `beside` says how many titles have a candidate beside a neighbour of the word, `trade` are words that the tables know, `things` what goods
    are called by, `stop_words` say nothing and so are hardly meant.
    """
    ranked = [
        (
            gap,
            other in stop_words and not is_swapped(word, other),
            -beside.get(other, 0),
            word[-1] != "s" and distance(word, other, gap) > gap,
            other not in trade,
            other not in things,
            begins_otherwise(word, other),
            _undoubled(word) != _undoubled(other),
            -seen * (LIKELIER if is_swapped(word, other) else 1),
            other,
        )
        for word, candidates in near.items()
        for other, seen in candidates.items()
        if (gap := slips(word, other)) <= allowed(word) and not _is_other(word, other)
    ]
    return min(ranked)[-1] if ranked else None


def _is_other(word: str, other: str) -> bool:
    """Whether two words are surely two. Another first letter in the place of the first makes another word of English: hearing is no bearing,
    and a lump no pump. Nor does a hand go on for two letters at the end: a resistor is what it says, and nothing that resists. Behind a plural
    it may for one.
    """
    is_another = len(other) == len(word) and begins_otherwise(word, other) and word in wordpiece.vocabulary()
    return is_another or (other == word[:-2] and not _goes_on(word))


def _goes_on(word: str) -> bool:
    """Whether a word may be a plural and a letter too many."""
    return word[-2] == "s" != word[-1]


def begins_otherwise(word: str, other: str) -> bool:
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
    if any(slips(word, other) <= 1 and (together >= TOGETHER or _undoubled(word) == _undoubled(other)) for word in forms):
        return True
    if is_english(forms):
        return False
    return any(slips(word, other) <= 1 or set(word) == set(other) for word in forms)


def is_english(forms: Collection[str]) -> bool:
    """Whether a word is one of English, in any of its forms."""
    return not wordpiece.vocabulary().keys().isdisjoint(forms)


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
