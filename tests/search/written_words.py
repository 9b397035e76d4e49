"""Vocabularies that are written down: words of a catalogue without an index."""

from collections.abc import Mapping


class Words:
    """A vocabulary written down: how often each word stands in a field."""

    documents = 1_000
    is_fixed = False

    def __init__(self, **fields: dict[str, int]) -> None:
        self._fields = fields

    def learn(self, words: frozenset[str]) -> None:
        self.learned = words

    def frequency(self, field: str, word: str) -> int:
        return self._fields.get(field, {}).get(word, 0)

    def near(self, word: str) -> Mapping[str, int]:
        return {other: seen for other, seen in self._fields.get("title_en", {}).items() if other != word}


CATALOGUE = Words(
    title_en={"hex": 50, "bolt": 60, "notebook": 40, "laptop": 3, "bag": 20, "headset": 5, "steel": 9},
    heads={"bolt": 60, "bag": 20, "notebook": 40},
    sizes={"m8x40": 4, "8x40": 4},
    codes={"qz4017m8x40a2": 1, "62042rs": 1},
)
