"""Words without their plural, the same for documents and queries (pure): whoever asks for cookies finds a cookie, and the other way round.

Source: Harman's S-stemmer, and the plurals of English that it leaves out. A form that nobody has seen follows the same rules.
"""

import re
from collections.abc import Callable
from typing import TypeVar

KEEP_S = frozenset(
    [
        "series", "species", "bus", "gas", "lens", "plus", "chassis", "axis", "basis", "iris", "always", "perhaps", "alias", "atlas", "bias",
        "canvas", "thermos", "this", "thus",
    ]
)  # fmt: skip
IRREGULAR = {
    "men": "man", "mens": "man", "women": "woman", "womens": "woman", "children": "child", "feet": "foot", "teeth": "tooth", "mice": "mouse", "axes": "axis",
    "antennae": "antenna", "appendices": "appendix", "indices": "index", "matrices": "matrix", "vertices": "vertex", "radii": "radius",
    "backhoes": "backhoe", "canoes": "canoe", "menus": "menu", "cds": "cd", "ics": "ic", "tvs": "tv",
}  # fmt: skip
"""Plurals that no ending tells. Of two letters and an s only these: UPS and SAS are none."""
FROM_F = ("shel", "kni", "hal", "lea", "loa", "scar", "cal", "wol", "hoo")
"""Ends of the words whose f becomes v before the plural, which English has no new ones of: shelf and bookshelf, not valve or glove."""
FROM_F_PLURALS = tuple(f"{end}ves" for end in FROM_F)
FROM_F_SINGULARS = tuple(end + ("fe" if end == "kni" else "f") for end in FROM_F)
VOWEL = re.compile("[aeiouy]")
WORDS_KEPT = 200_000
T = TypeVar("T")


class ByWord(dict[str, T]):
    """What is made of words, by the word as met; emptied when it grows past its limit: part numbers are endless, words are not."""

    def __init__(self, make: Callable[[str], T]) -> None:
        self._make = make

    def __missing__(self, word: str) -> T:
        if len(self) > WORDS_KEPT:
            self.clear()
        made = self[word] = self._make(word)
        return made


def _stem(word: str) -> str:
    """A word without its plural, which both numbers of it give alike; numbers get one way to write decimals.

    Nobody hears from "-ies" whether it is of "-y" or of "-ie", so "cookie" is read as "cooky", as "cookies" is; of four letters no plural of a
    word in -y ends so: cable ties, dies. `series` and `-us`, `-ss`, `-is` stay.
    """
    if word[0].isdigit():
        return _number(word) if "," in word else word
    irregular = IRREGULAR.get(word)
    if irregular:
        return irregular
    if len(word) < 4 or not word.isalpha() or word in KEEP_S:
        return word
    if word[-1] != "s":
        return word[:-2] + "y" if word.endswith("ie") and word[-3] not in "ae" and VOWEL.search(word[:-2]) else word
    if word.endswith("ies") and len(word) > 4 and word[-4] not in "ae":
        return word[:-3] + "y"
    if word.endswith(("us", "is")):
        # Letters that nobody can say as a word are an abbreviation: CPUs.
        return word if VOWEL.search(word[:-2]) else word[:-1]
    if word.endswith("ss"):
        return word
    return _without_es(word) if word.endswith("es") else word[:-1]


def _without_es(word: str) -> str:
    """A plural in -es without its s, or without both letters where they make the plural: boxes, switches, lenses, viruses, tomatoes."""
    if word.endswith(FROM_F_PLURALS):
        return word[:-3] + ("fe" if word.endswith("knives") else "f")
    before = word[-3]
    if before == "h":
        is_plural = not word.endswith(("thes", "phes"))
    elif before == "s":
        is_latin = word.endswith("uses") and VOWEL.search(word[:-4]) is not None and word[-5] not in "aeof"
        is_plural = word[-4] == "s" or word[:-2] in KEEP_S or is_latin
    elif before == "o":
        is_plural = VOWEL.search(word[:-3]) is not None and not word.endswith("shoes")
    else:
        is_plural = before == "x" or word.endswith(("tzes", "zzes"))
    return word[:-2] if is_plural else word[:-1]


STEMS = ByWord(_stem)
"""The stem of each word: what `stem` looks up, for loops over many words."""


def stem(word: str) -> str:
    """A word without its plural ending: batteries → battery, boxes → box, lens → lens."""
    return STEMS[word]


def _number(written: str) -> str:
    """`2,5` → `2.5`, `1,000` → `1000`: the same number in one writing, as the sizes have it."""
    left, comma, right = written.partition(",")
    if comma and len(right) == 3 and left != "0" and right.isdigit():
        return left + right
    return written.replace(",", ".")
