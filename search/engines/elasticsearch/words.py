"""What an Elasticsearch index knows of words: document frequencies by term vectors of an artificial document, spelling by suggesters."""

import threading
import time
from collections.abc import Mapping
from typing import Any, Protocol

from search.mapping import FIELDS, Kind

STREAMS = tuple(name for name, kind in FIELDS.items() if kind in (Kind.WORDS, Kind.PLACED_WORDS, Kind.SET))
CODES = ("codes", "mentions")
SPELLING_FIELDS = ("title_en", "description", "brand", "category", "keywords")
KEPT_SECONDS = 60.0
KEPT = 200_000


class Asks(Protocol):
    """The part of the engine that words need."""

    alias: str

    def ask(self, call: Any, *, writing: bool = False) -> Any:
        """One request."""


class Words:
    """Frequencies looked up many at once and kept for a minute; only rank depends on them, so a minute does no harm."""

    is_fixed = False

    def __init__(self, engine: Asks) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], int] = {}
        self._near: dict[str, dict[str, int]] = {}
        self._learned: set[str] = set()
        self._since = 0.0
        self.documents = 0

    def forget(self) -> None:
        """Another index answers from now on."""
        with self._lock:
            self._clear()

    def _clear(self) -> None:
        self._known, self._near, self._learned = {}, {}, set()
        self._since = time.monotonic()

    def learn(self, words: frozenset[str]) -> None:
        """Look up all words that are not known yet, in one request. Nobody waits for another's answer: two may ask the same."""
        with self._lock:
            if time.monotonic() - self._since > KEPT_SECONDS or len(self._known) > KEPT:
                self._clear()
            unknown = sorted(words - self._learned)
        if not unknown:
            return
        documents, known = self._look_up(unknown)
        with self._lock:
            self.documents = max(self.documents, documents)
            self._known.update(known)
            self._learned.update(unknown)

    def _look_up(self, words: list[str]) -> tuple[int, dict[tuple[str, str], int]]:
        """(documents of the index, how many have a word in a field)"""
        text = " ".join(words)
        document: dict[str, Any] = {**dict.fromkeys(STREAMS, text), **dict.fromkeys(CODES, words)}
        answer = self._engine.ask(
            lambda client: client.termvectors(
                index=self._engine.alias, doc=document, term_statistics=True, field_statistics=True,
                positions=False, offsets=False, payloads=False,
            )
        )  # fmt: skip
        vectors = answer["term_vectors"]
        documents = max((vector.get("field_statistics", {}).get("doc_count", 0) for vector in vectors.values()), default=0)
        known = {(name, word): seen.get("doc_freq", 0) for name, vector in vectors.items() for word, seen in vector["terms"].items()}
        return documents, known

    def frequency(self, field: str, word: str) -> int:
        """How many documents have the word in the field."""
        if word not in self._learned:
            self.learn(frozenset((word,)))
        return self._known.get((field, word), 0)

    def near(self, word: str) -> Mapping[str, int]:
        """Other words within reach that titles, descriptions, brands, categories and keywords have, with how many documents have each."""
        if word not in self._near:
            suggest: dict[str, Any] = {"text": word}
            for name in SPELLING_FIELDS:
                suggest[name] = {"term": {"field": name, "suggest_mode": "always", "max_edits": 2, "prefix_length": 0, "size": 20}}
            answer = self._engine.ask(lambda client: client.search(index=self._engine.alias, size=0, suggest=suggest))
            found: dict[str, int] = {}
            for name in SPELLING_FIELDS:
                for entry in answer["suggest"][name]:
                    for option in entry["options"]:
                        if option["text"].isalpha() and option["text"] != word:
                            found[option["text"]] = max(option["freq"], found.get(option["text"], 0))
            self._near[word] = found
        return self._near[word]
