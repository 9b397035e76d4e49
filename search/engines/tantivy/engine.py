"""The engine over index folders.

In the folder lie `pointer` (name of the index folder and a number that each commit raises) and the index folders themselves.
Nothing in the library checks versions, so each batch is compared with what is committed.
"""

import json
import os
import shutil
import threading
from collections.abc import Hashable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from uuid import UUID

import tantivy
from tantivy import Index, Order, Query, Searcher, SearchResult

from marketplace.core.i18n import lazy
from search import mapping
from search.documents import Document
from search.engines.port import Put, check
from search.engines.tantivy.facets import Counter
from search.engines.tantivy.folder import SCHEMA, Folder, TantivyBuilding, all_versions, ids_at, new_folder
from search.engines.tantivy.queries import Slots, Translator
from search.engines.tantivy.words import LazySpeller, TantivyVocabulary
from search.errors import SearchUnavailable
from search.query import Clause, Found, FoundVariant, Plan, Sort

POINTER = f"pointer-v{mapping.VERSION}"
"""With the mapping's version in its name: an index with other fields is not there, until it is built again beside the old one."""
ANSWERS_KEPT = 2_048
"""Of some hundred questions: a page of results asks four to ten things."""
IDS_KEPT = 20_000
"""Documents whose ids are kept, half a kB each: two hundred are read for a page of twenty, and the same goods answer many questions."""
PIECE = 1_000
"""Documents in hand at once."""
LARGE = 200_000
"""Documents from which on ranking and counting go side by side."""
BESIDE = 4
"""Threads that count, which exist from the first use on: as many as a process has requests at once, and room."""
ATTEMPTS = 3
"""A reader may meet the moment between two pointers; then it looks again."""


@dataclass(frozen=True, slots=True)
class State:
    """One opened state of the index."""

    stamp: tuple[int, int]
    folder: str
    index: Index
    searcher: Searcher
    vocabulary: TantivyVocabulary
    translator: Translator
    answers: dict[Hashable, tuple[Plan, Found]] = field(default_factory=dict)
    """Answers of this state by plan. They hold ids, order and counts, never a price, and go with the state."""
    ids: dict[tuple[int, int], tuple[UUID, UUID, UUID]] = field(default_factory=dict)

    def ids_at(self, address: tantivy.DocAddress) -> tuple[UUID, UUID, UUID]:
        """(variant, product, vendor) of a document."""
        place = address.segment_ord, address.doc
        found = self.ids.get(place)
        if found is None:
            if len(self.ids) >= IDS_KEPT:
                self.ids.clear()
            found = self.ids[place] = ids_at(self.searcher, address)
        return found


class TantivyEngine:
    """The engine behind `SEARCH_PATH`."""

    name = "tantivy"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._pointer = path / POINTER
        self._state: State | None = None
        self._folder: Folder | None = None
        self._lock = threading.RLock()
        self._speller = LazySpeller()
        self._parser = Index(SCHEMA)
        self._beside = ThreadPoolExecutor(BESIDE, thread_name_prefix="counting")

    # Reading

    def state(self) -> State:
        """The newest state. Raises: SearchUnavailable if no index was built yet."""
        for _ in range(ATTEMPTS):
            try:
                stat = self._pointer.stat()
                stamp = (stat.st_mtime_ns, stat.st_ino)
                state = self._state
                if state is not None and state.stamp == stamp:
                    return state
                return self._open(stamp)
            except FileNotFoundError:
                continue
            except ValueError:
                # The folder went away between reading the pointer and opening it.
                continue
        raise SearchUnavailable(lazy("The search index has not been built yet."))

    def _open(self, stamp: tuple[int, int]) -> State:
        with self._lock:
            state = self._state
            if state is not None and state.stamp == stamp:
                return state
            folder = self._current()
            if state is not None and state.folder == folder:
                index = state.index
                index.reload()
            else:
                index = Index.open(str(self.path / folder))
                index.config_reader("manual")
                index.reload()
            searcher = index.searcher()
            vocabulary, translator = TantivyVocabulary(searcher, self._speller), Translator(SCHEMA, searcher, self._parser)
            self._state = State(stamp, folder, index, searcher, vocabulary, translator)
            return self._state

    def _current(self) -> str:
        return str(json.loads(self._pointer.read_text())["folder"])

    def vocabulary(self) -> TantivyVocabulary:
        """Words of the newest state."""
        return self.state().vocabulary

    def find(self, plan: Plan) -> Found:
        """Answer a plan from one state of the index, which answers a plan once."""
        check(plan)
        state = self.state()
        key = _key(plan)
        kept = state.answers.get(key)
        if kept is None:
            if len(state.answers) >= ANSWERS_KEPT:
                state.answers.clear()
            # With its plan, whose clauses must live as long as their ids stand in the key.
            kept = state.answers[key] = (plan, self._find(state, plan))
        return kept[1]

    def _find(self, state: State, plan: Plan) -> Found:
        counter = Counter(state.searcher, state.translator)
        clause = plan.strict or plan.clause
        # Both passes walk all that is found, on one processor each; in a small index they are done sooner than handed over.
        is_large = state.searcher.num_docs >= LARGE
        counting = self._beside.submit(counter.count, plan, clause) if is_large else None
        hits = self._hits(state, plan, clause)
        relaxed = clause != plan.clause and len(hits) < plan.enough and self._without_filters(counter, plan, clause, hits) < plan.enough
        if relaxed:
            clause, counting = plan.clause, self._beside.submit(counter.count, plan, plan.clause) if is_large else None
            hits = self._hits(state, plan, clause)
        known = _in_all(plan, hits)
        if known is not None and not plan.facets:
            return Found(known, tuple(hits), {}, relaxed)
        total, counts = counting.result() if counting else counter.count(plan, clause)
        return Found(total, tuple(hits), counts, relaxed)

    @staticmethod
    def _without_filters(counter: Counter, plan: Plan, clause: Clause, hits: Sequence[FoundVariant]) -> int:
        """How many there are whatever the reader has chosen; a pass of its own only where the page does not tell."""
        known = None if plan.selections else _in_all(plan, hits)
        return counter.total(plan.unfiltered, clause) if known is None else known

    def _hits(self, state: State, plan: Plan, clause: Clause) -> list[FoundVariant]:
        """The page of hits. How many there are in all is counted apart, since a pass that counts what it ranks may skip nothing."""
        if not plan.limit:
            return []
        searcher = state.searcher
        ranked: list[tuple[float, tantivy.DocAddress]]
        if plan.sort is Sort.RELEVANCE:
            found = searcher.search(state.translator.query(plan, clause), limit=plan.limit, offset=plan.offset, count=False)
            ranked = list(found.hits)
        else:
            query = state.translator.counted(plan, clause)
            if plan.sort is Sort.NEWEST:
                ranked = self._newest(state, query, offset=plan.offset, limit=plan.limit)
            elif plan.sort is Sort.RATING:
                ranked = self._rated(state, plan, query)
            else:
                ranked = self._merged(state, plan, query, state.translator.ranks(plan))
        versions, minimums = (searcher.fast_field_values(field, [address for _, address in ranked]) for field in ("version", "minimum"))
        return [
            FoundVariant(*state.ids_at(address), score=score, version=int(version or 0), minimum=int(minimum or 1))
            for (score, address), version, minimum in zip(ranked, versions, minimums, strict=True)
        ]

    def _newest(self, state: State, query: Query, *, offset: int, limit: int) -> list[tuple[float, tantivy.DocAddress]]:
        found = state.searcher.search(query, limit=limit, offset=offset, count=False, order_by_field="published_at", order=Order.Desc)
        return [(0.0, address) for _, address in found.hits]

    def _rated(self, state: State, plan: Plan, query: Query) -> list[tuple[float, tantivy.DocAddress]]:
        """What has a score, best first, then what has none."""
        rated = state.translator.rated(plan.rated)
        both = Query.boolean_query([(tantivy.Occur.Must, Query.const_score_query(query, 0.0)), (tantivy.Occur.Must, rated)])
        rows = state.searcher.search(both, limit=plan.offset + plan.limit, count=False).hits
        return self._with_rest(state, plan, query, [address for _, address in rows], [rated])

    def _merged(self, state: State, plan: Plan, query: Query, ranks: Sequence[Slots]) -> list[tuple[float, tantivy.DocAddress]]:
        """One list sorted by price (or lead time) at the quantity, rank by rank, each out of one sorted list a slot; what stands in none
        comes last. A rank that the page does not reach is not asked for.
        """
        searcher = state.searcher
        wanted = plan.offset + plan.limit
        first: list[tantivy.DocAddress] = []
        for slots in ranks:
            if len(first) >= wanted:
                break
            rows: list[tuple[int, int, int, tantivy.DocAddress]] = []
            for slot, (bands, value_field) in enumerate(slots):
                found = searcher.search(
                    Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, bands)]),
                    limit=wanted - len(first), count=False, order_by_field=value_field, order=Order.Asc,
                )  # fmt: skip
                rows += [(value, slot, place, address) for place, (value, address) in enumerate(found.hits)]
            rows.sort(key=lambda row: row[:3])
            first += [address for *_, address in rows]
        return self._with_rest(state, plan, query, first, [bands for slots in ranks for bands, _ in slots])

    def _with_rest(
        self, state: State, plan: Plan, query: Query, first: Sequence[tantivy.DocAddress], having: Sequence[Query]
    ) -> list[tuple[float, tantivy.DocAddress]]:
        """The page of a list that begins with `first`, of which as many are there as the page reaches; then what none of `having` has."""
        ranked = [(0.0, address) for address in first[plan.offset : plan.offset + plan.limit]]
        if len(ranked) < plan.limit:
            rest = Query.boolean_query([(tantivy.Occur.Must, query), *((tantivy.Occur.MustNot, each) for each in having)])
            ranked += self._newest(state, rest, offset=max(0, plan.offset - len(first)), limit=plan.limit - len(ranked))
        return ranked

    def count(self) -> int:
        """Documents that can be found."""
        return _total(self.state().searcher.search(Query.term_query(SCHEMA, "deleted", 0), limit=1))

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Committed versions."""
        return {UUID(key): version for key, version in self._writable().versions(str(i) for i in ids).items()}

    def all_versions(self) -> Iterator[tuple[UUID, int]]:
        """Every id with its version."""
        return all_versions(self.state().searcher)

    # Writing

    def _writable(self) -> Folder:
        """The folder that the pointer names, made on first use; a rebuild elsewhere moves us along."""
        with self._lock:
            if not self._pointer.exists():
                self._move_pointer(new_folder(self.path).name)
            folder = self.path / self._current()
            if self._folder is None or self._folder.path != folder:
                if self._folder is not None:
                    self._folder.close()
                self._folder = Folder(folder)
            return self._folder

    def put(self, documents: Iterable[Document]) -> Put:
        """Write documents as they come, and make all of them visible by one commit."""
        stream = iter(documents)
        folder: Folder | None = None
        written = stale = 0
        try:
            while piece := list(islice(stream, PIECE)):
                with self._lock:
                    folder = self._still(folder)
                    put = folder.put(piece)
                written, stale = written + put.written, stale + put.stale
            if folder is not None and written:
                with self._lock:
                    self._still(folder).commit()
                    self._move_pointer(folder.path.name)
        except BaseException:
            if folder is not None and folder.staged:
                folder.forget()
            raise
        return Put(written, stale)

    def _still(self, folder: Folder | None) -> Folder:
        """The folder to write to. Raises: SearchUnavailable if another has taken the place of the one that was written to so far."""
        current = self._writable()
        if folder is not None and current is not folder:
            raise SearchUnavailable(lazy("The search index has just been built anew."))
        return current

    def purge(self, ids: Iterable[UUID]) -> int:
        """Remove tombstones for good."""
        with self._lock:
            folder = self._writable()
            wanted = Query.boolean_query(
                [
                    (tantivy.Occur.Must, Query.term_set_query(SCHEMA, "id", [str(i) for i in ids])),
                    (tantivy.Occur.Must, Query.term_query(SCHEMA, "deleted", 1)),
                ]
            )
            folder.index.reload()
            gone = _total(folder.index.searcher().search(wanted, limit=1))
            if gone:
                folder.writer().delete_documents_by_query(wanted)
                folder.commit()
                self._move_pointer(folder.path.name)
            return gone

    def _move_pointer(self, folder: str) -> None:
        number = json.loads(self._pointer.read_text())["number"] + 1 if self._pointer.exists() else 1
        # The old file is replaced, never written into: a reader sees one state or the other.
        next_pointer = self.path / f"{POINTER}.{os.getpid()}.next"
        next_pointer.write_text(json.dumps({"folder": folder, "number": number}))
        next_pointer.replace(self._pointer)

    def rebuild(self) -> "TantivyBuilding":
        """Begin the next index in a folder of its own; the live one may be written meanwhile, by this or another process."""
        self.path.mkdir(parents=True, exist_ok=True)
        return TantivyBuilding(new_folder(self.path), self.publish)

    def publish(self, folder: Path) -> None:
        """Point to another folder, and drop those before the one that was live."""
        with self._lock:
            live = self._current() if self._pointer.exists() else ""
            self._move_pointer(folder.name)
            for other in self.path.glob("variants-*"):
                if other.name not in (live, folder.name):
                    shutil.rmtree(other, ignore_errors=True)

    def close(self) -> None:
        """Give the writer's lock back."""
        with self._lock:
            if self._folder is not None:
                self._folder.close()
                self._folder = None
            self._state = None


def _key(plan: Plan) -> Hashable:
    """What tells a plan from others: its clauses by identity, since a tree of words is long, and everything else by value."""
    return (
        id(plan.clause), id(plan.strict), plan.enough, plan.without, plan.visibility, plan.vendors, plan.selections, plan.facets, plan.sort,
        plan.rated, plan.quantity, plan.offset, plan.limit,
    )  # fmt: skip


def _in_all(plan: Plan, hits: Sequence[FoundVariant]) -> int | None:
    """How many there are in all, where a page by relevance tells: it has room left. A pass that counts takes as long as one that ranks."""
    is_told = plan.sort is Sort.RELEVANCE and len(hits) < plan.limit and (hits or not plan.offset)
    return plan.offset + len(hits) if is_told else None


def _total(found: SearchResult) -> int:
    """The exact count, which the library's type description forgets."""
    return int(found.count)  # type: ignore[attr-defined]
