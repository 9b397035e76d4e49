"""What the embedded index knows of its words."""

import threading
from collections.abc import Mapping

from tantivy import Searcher

from search.spelling import Speller

SPELLING_FIELDS = ("title_en", "description", "brand", "category", "keywords")


class TantivyVocabulary:
    """Words of one state of the index; frequencies count deleted documents until segments merge."""

    is_fixed = True

    def __init__(self, searcher: Searcher, speller: "LazySpeller") -> None:
        self._searcher, self._speller = searcher, speller
        self.documents = searcher.doc_freq("deleted", 0)
        self._known: dict[tuple[str, str], int] = {}

    def learn(self, words: frozenset[str]) -> None:
        """Nothing to do: a look-up costs a microsecond."""

    def frequency(self, field: str, word: str) -> int:
        """How many documents have the word in the field."""
        key = (field, word)
        found = self._known.get(key)
        if found is None:
            if len(self._known) > 200_000:
                self._known.clear()
            found = self._known[key] = self._searcher.doc_freq(field, word)
        return found

    def near(self, word: str) -> Mapping[str, int]:
        """Other words within reach that titles, descriptions, brands, categories or keywords have, with how many documents have each."""
        return self._speller.near(word, self._searcher)


class LazySpeller:
    """The words of the index for spelling, read when a word is unknown, and again when the index has grown by a tenth."""

    def __init__(self) -> None:
        self._speller: Speller | None = None
        self._documents = 0
        self._lock = threading.Lock()

    def near(self, word: str, searcher: Searcher) -> Mapping[str, int]:
        """Known words within reach."""
        with self._lock:
            if self._speller is None or abs(searcher.num_docs - self._documents) * 10 > self._documents:
                self._speller, self._documents = Speller(self._read(searcher)), searcher.num_docs
            return self._speller.near(word)

    @staticmethod
    def _read(searcher: Searcher) -> dict[str, int]:
        words: dict[str, int] = {}
        for name in SPELLING_FIELDS:
            for word, seen in searcher.terms_with_prefix(name, ""):
                words[word] = max(seen, words.get(word, 0))
        return words
