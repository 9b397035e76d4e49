"""Slips in a designation, letters and then figures (pure; asks only the engine's vocabulary): "sp4" is PS4, "rjj45" RJ45.

Another letter or another figure makes another designation (CAT5, CAT6), so a slip is only what fingers do to the same signs: two neighbours
swapped, or one too many. The figures say which it is, so one whose figures are as they were written is surely meant (decision 0046).
"""

import re

from search.lexical.concepts import Concept
from search.query import Vocabulary
from search.synonyms import Synonyms

DESIGNATION = re.compile(r"[a-z]{2,}\d+")
SOLD_BY = 50
"""Titles that have a designation which the tables do not know, so that it is one of the trade: DDR4."""


def is_designation(concept: Concept) -> bool:
    """Whether a concept is a designation, and no size, code or term of the tables."""
    is_free = len(concept.words) == 1 and not (concept.size or concept.codes or concept.synonyms)
    return is_free and bool(DESIGNATION.fullmatch(concept.words[0]))


def meant(word: str, vocabulary: Vocabulary, synonyms: Synonyms) -> tuple[str | None, bool]:
    """(the designation of the trade that an unknown one is a slip for, whether it surely is); None where there is none, or more than one."""
    near = {other for other in _swapped(word) | _shortened(word) if DESIGNATION.fullmatch(other)}
    vocabulary.learn(frozenset(near))
    seen = {other: vocabulary.frequency("title_en", other) for other in near}
    known = [other for other in near if seen[other] >= (1 if other in synonyms.words else SOLD_BY)]
    if len(known) != 1:
        return None, False
    return known[0], _figures(known[0]) == _figures(word)


def _swapped(word: str) -> set[str]:
    """With two neighbours in the other order: letters, or figures."""
    return {
        word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1) if word[i].isalpha() == word[i + 1].isalpha()
    } - {word}


def _shortened(word: str) -> set[str]:
    """Without one letter, or without a figure that stands twice."""
    return {word[:i] + word[i + 1 :] for i, sign in enumerate(word) if sign.isalpha() or word[i - 1] == sign}


def _figures(word: str) -> str:
    return word.lstrip("abcdefghijklmnopqrstuvwxyz")
