"""Words that mean the same: the trade's table in two languages, standards that replace each other, a smaller general table for
office and household goods, and what the commonest goods are called in the languages around.

Rows of kind `group`, `abbr` and `pair` hold in every direction; `oneway` reads "who asks for the first also wants the others"; `maker` has
the writings of a maker's name.
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from search import analysis, units

FOLDER = Path(__file__).parent / "dictionaries"
Key = tuple[str, ...]
LONGEST = 4
"""Words in the longest key that a query is segmented by."""
ONE_WAY = 0.8
"""What somebody would also take weighs less than another name of what they ask for."""
SECOND_HOP = 0.8
"""A Chinese word means its English word, and that one's synonyms a little less."""


@dataclass(frozen=True, slots=True)
class Synonym:
    """Another way to say a concept: stems and whole Han words, in order."""

    words: Key
    weight: float = 1.0


def key_of(text: str) -> Key:
    """A term as it stands in a query: stems, and Han runs whole."""
    return tuple(token.text for token in analysis.split(text))


def is_han(word: str) -> bool:
    """Whether a word is written in Han characters."""
    return "㐀" <= word[0] <= "鿿"


def is_chinese(key: Key) -> bool:
    """Whether a term is Chinese: U盘 is, though it begins with a Latin letter."""
    return any(map(is_han, key))


def is_sign(word: str) -> bool:
    """Whether a word is a single Han character, which texts hold within longer words."""
    return len(word) == 1 and is_han(word)


Row = tuple[str, str, list[str]]
"""(kind, language, terms) of a line of a table."""


class Synonyms:
    """The tables, loaded once: `find(key)` gives the other ways to say it, `han_words` what a Chinese run is cut by.

    With a `base` the rows are the operator's own over the shipped tables, which stay as they are.
    """

    def __init__(self, rows: Iterable[Row], base: "Synonyms | None" = None) -> None:
        self._base = base
        self._others: dict[Key, dict[Key, float]] = {}
        self.han_words: set[str] = set()
        self.words: set[str] = set()
        """Every word that stands in a term: a word of the trade, whether or not the catalogue has it."""
        self.makers: set[str] = set()
        """Words of well-known makers' names, whether or not anybody sells their goods here: a Ricoh is no slip for "rich"."""
        links: list[tuple[Key, Key]] = []
        for kind, language, terms in rows:
            keys = [key for key in dict.fromkeys(key_of(term) for term in terms) if is_useful(key)]
            if kind == "abbr" and any(counts(term) for term in terms):
                # pc = piece would make a machine of every packet; counting words and units have a table of their own.
                continue
            self.han_words.update(key[0] for key in keys if len(key) == 1 and is_han(key[0]))
            (self.makers if kind == "maker" else self.words).update(word for key in keys for word in key)
            if kind == "oneway":
                for other in keys[1:]:
                    self._others.setdefault(keys[0], {}).setdefault(other, ONE_WAY)
                continue
            for key in keys:
                for other in keys:
                    if other != key:
                        self._others.setdefault(key, {})[other] = 1.0
            if language == "en-zh":
                links += [(key, other) for key in keys for other in keys if is_chinese(key) != is_chinese(other)]
        self._hop(links)
        if base is not None:
            self._lean(base)
        self.longest_han = max((len(word) for word in self.han_words), default=0)
        self._found = {key: tuple(Synonym(words, weight) for words, weight in others.items()) for key, others in self._others.items()}

    def _hop(self, links: list[tuple[Key, Key]]) -> None:
        direct = {key: dict(others) for key, others in self._others.items()}
        for key, other in links:
            for further in direct.get(other, ()):
                if further != key and is_chinese(further) == is_chinese(other):
                    self._others[key].setdefault(further, SECOND_HOP)

    def _lean(self, base: "Synonyms") -> None:
        """A new word also means what the shipped tables call its other name, a little less; nothing that they say is lost."""
        for key, others in self._others.items():
            for other, weight in list(others.items()):
                for further in base.find(other):
                    if further.words != key:
                        others.setdefault(further.words, weight * further.weight * SECOND_HOP)
            for shipped in base.find(key):
                others[shipped.words] = max(shipped.weight, others.get(shipped.words, 0.0))
        self.han_words |= base.han_words
        self.words |= base.words
        self.makers |= base.makers

    def find(self, key: Key) -> tuple[Synonym, ...]:
        """The other ways to say this, in the order of the tables."""
        found = self._found.get(key)
        if found is None:
            return () if self._base is None else self._base.find(key)
        return found

    def with_rows(self, rows: Iterable[Row]) -> "Synonyms":
        """These tables with the operator's own rows over them."""
        return Synonyms(rows, self)

    def __contains__(self, key: Key) -> bool:
        return key in self._found or (self._base is not None and key in self._base)


def is_useful(key: Key) -> bool:
    """Whether a query can be segmented by it: at most four words, and more than one letter."""
    return bool(key) and len(key) <= LONGEST and (len(key) > 1 or len(key[0]) > 1 or is_han(key[0]))


def counts(term: str) -> bool:
    """Whether a term is a unit or counts things, which the table of units knows."""
    return units.plain(term) in units.UNITS or units.plain(term) in {"pc", "pcs", "piece", "k"}


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE):
            chinese = row.get("chinese") or ""
            yield row["kind"], row["lang"], [term for term in (*row["terms"].split("|"), *chinese.split("|")) if term]


TABLES = ("synonyms.tsv", "standards.tsv", "general_synonyms.tsv", "languages.tsv", "makers.tsv")
TRADE = Synonyms(row for table in TABLES for row in _rows(FOLDER / table))

_in_force: dict[str, Synonyms] = {"words": TRADE}


def in_force() -> Synonyms:
    """The shipped tables with the operator's rows over them, as this process has last been told (`learning.rules`, once a second)."""
    return _in_force["words"]


def put_in_force(words: Synonyms) -> None:
    """From now on queries are read with these tables."""
    _in_force["words"] = words


@lru_cache(maxsize=1)
def shipped_rows() -> tuple[tuple[str, Row], ...]:
    """(table, row) of everything that is shipped, for reading at the desk."""
    return tuple((table.removesuffix(".tsv"), row) for table in TABLES for row in _rows(FOLDER / table))
