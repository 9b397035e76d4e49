"""What is particular to each engine: one writer, kills, a server that does not answer, a strict mapping."""

import json
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from elastic_transport import ConnectionError as NoAnswer
from elastic_transport import Urllib3HttpNode
from elasticsearch import Elasticsearch

from marketplace.core.breaker import Breaker
from search import index, mapping
from search.documents import LEAD_SLOTS, TIER_SLOTS, Document, IndexRow, variant_documents
from search.engines.elasticsearch import ElasticsearchEngine
from search.engines.tantivy import TantivyEngine
from search.engines.tantivy import engine as tantivy_engine
from search.errors import SearchUnavailable
from search.query import Everything, Plan, Sort
from tests.conftest import Services
from tests.search.rows import catalogue, make_row, variant

EVERYTHING = Plan(clause=Everything(), visibility=frozenset({"all"}))


def test_an_index_that_was_never_built_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(SearchUnavailable):
        TantivyEngine(tmp_path).find(EVERYTHING)


def test_a_second_writer_is_refused_and_reading_goes_on(tmp_path: Path) -> None:
    first, second = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    first.put(variant_documents([make_row(1)]))

    with pytest.raises(SearchUnavailable, match="Another process"):
        second.put(variant_documents([make_row(2)]))

    assert second.find(EVERYTHING).total == 1
    first.close()
    assert second.put(variant_documents([make_row(2)])).written == 1
    second.close()


def test_readers_see_a_commit_and_a_swap_at_once(tmp_path: Path) -> None:
    writer, reader = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    writer.put(variant_documents([make_row(1)]))
    assert reader.find(EVERYTHING).total == 1

    building = writer.rebuild()
    building.put(variant_documents([make_row(n) for n in range(5)]))
    assert reader.find(EVERYTHING).total == 1
    building.publish()

    assert reader.find(EVERYTHING).total == 5
    writer.put(variant_documents([make_row(9)]))
    assert reader.find(EVERYTHING).total == 6
    writer.close()


def test_an_abandoned_rebuild_leaves_nothing_behind(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    engine.put(variant_documents([make_row(1)]))
    folders = sorted(path.name for path in tmp_path.glob("variants-*"))

    building = engine.rebuild()
    building.put(variant_documents([make_row(2)]))
    building.abandon()

    assert sorted(path.name for path in tmp_path.glob("variants-*")) == folders
    assert engine.find(EVERYTHING).total == 1
    engine.close()


def test_documents_that_end_in_an_error_leave_the_index_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tantivy_engine, "PIECE", 2)
    engine = TantivyEngine(tmp_path)
    engine.put(variant_documents([make_row(1)]))

    def breaks() -> Iterator[Document]:
        yield from variant_documents([make_row(1, version=2), make_row(2), make_row(3)])
        raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        engine.put(breaks())
    engine.put(variant_documents([make_row(4)]))

    assert engine.versions([variant(number) for number in range(1, 5)]) == {variant(1): 1, variant(4): 1}
    assert engine.put(variant_documents([make_row(2), make_row(3)])).written == 2
    assert engine.find(EVERYTHING).total == 4
    engine.close()


class Refusing:
    """A writer that cannot take back, as on a full disk."""

    def __init__(self, writer: object) -> None:
        self._writer = writer

    def __getattr__(self, name: str) -> object:
        return getattr(self._writer, name)

    def rollback(self) -> None:
        raise OSError("no space left")


def test_what_cannot_be_taken_back_goes_with_its_writer(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    engine.put(variant_documents([make_row(1)]))
    folder = engine._writable()
    folder._writer = Refusing(folder.writer())  # type: ignore[assignment]

    def breaks() -> Iterator[Document]:
        yield from variant_documents([make_row(2)] * tantivy_engine.PIECE)
        raise OSError("the database is away")

    with pytest.raises(OSError, match="the database is away"):
        engine.put(breaks())
    engine.put(variant_documents([make_row(2), make_row(3)]))

    assert engine.find(EVERYTHING).total == 3, "each of them once"
    engine.close()


def test_the_newest_of_several_versions_is_kept_wherever_the_pieces_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tantivy_engine, "PIECE", 2)
    engine = TantivyEngine(tmp_path)
    versions = ((1, 1), (2, 5), (1, 3), (2, 4), (1, 2), (3, 1))

    put = engine.put(variant_documents([make_row(number, version=version) for number, version in versions]))

    assert (put.written, put.stale) == (4, 2)
    assert engine.versions([variant(1), variant(2), variant(3)]) == {variant(1): 3, variant(2): 5, variant(3): 1}
    assert engine.find(EVERYTHING).total == 3
    engine.close()


def test_documents_on_their_way_into_a_replaced_index_are_not_taken_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tantivy_engine, "PIECE", 1)
    engine, other = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    engine.put(variant_documents([make_row(1)]))

    def swapped() -> Iterator[Document]:
        yield from variant_documents([make_row(2)])
        building = other.rebuild()
        building.put(variant_documents([make_row(1)]))
        building.publish()
        yield from variant_documents([make_row(3)])

    with pytest.raises(SearchUnavailable):
        engine.put(swapped())

    assert engine.find(EVERYTHING).total == 1
    assert engine.put(variant_documents([make_row(2), make_row(3)])).written == 2
    engine.close()


def test_old_folders_go_after_the_next_rebuild(tmp_path: Path) -> None:
    engine = TantivyEngine(tmp_path)
    engine.put(variant_documents([make_row(1)]))
    for _ in range(3):
        engine.rebuild().publish()

    assert len(list(tmp_path.glob("variants-*"))) == 2, "the live one and the one before it"
    engine.close()


def write_for_ever(path: str, started: "multiprocessing.synchronize.Event") -> None:
    """A process that writes batch after batch until it is killed."""
    engine, version = TantivyEngine(Path(path)), 1
    while True:
        version += 1
        engine.put(variant_documents([make_row(n, version=version) for n in range(200)]))
        started.set()


@pytest.mark.parametrize("round_number", range(3))
def test_a_killed_writer_leaves_a_committed_state_that_opens(tmp_path: Path, round_number: int) -> None:
    context = multiprocessing.get_context("spawn")
    started = context.Event()
    process = context.Process(target=write_for_ever, args=(str(tmp_path), started))
    process.start()
    assert started.wait(60)
    time.sleep(0.05 + 0.07 * round_number)
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(10)

    engine = TantivyEngine(tmp_path)

    versions = dict(engine.all_versions())
    assert len(versions) == 200
    assert len(set(versions.values())) == 1, "a batch is there whole or not at all"
    later = max(versions.values()) + 1
    assert engine.put(variant_documents([make_row(1, version=later)])).written == 1
    assert engine.versions([variant(1)]) == {variant(1): later}
    engine.close()


def test_searches_go_on_while_an_index_is_written_and_rebuilt(tmp_path: Path) -> None:
    engine, reader = TantivyEngine(tmp_path), TantivyEngine(tmp_path)
    rows = catalogue(60)
    engine.put(variant_documents(rows))
    total, stop = engine.find(EVERYTHING).total, threading.Event()
    seen: list[int] = []

    def search() -> None:
        while not stop.is_set():
            seen.append(reader.find(EVERYTHING).total)

    searching = threading.Thread(target=search)
    searching.start()
    for version in range(2, 8):
        documents = variant_documents([make_row(n, **{**row_facts(rows, n), "version": version}) for n in range(10)])
        engine.put(documents)
        building = engine.rebuild()
        building.put(variant_documents(rows))
        building.publish()
    stop.set()
    searching.join()

    assert set(seen) == {total}
    engine.close()


def row_facts(rows: list[IndexRow], number: int) -> dict[str, object]:
    """What makes a row findable for whom."""
    return {"visibility": rows[number].visibility}


def test_the_mapping_of_the_server_is_strict_and_asks_for_nothing_special() -> None:
    body = mapping.elasticsearch()

    assert body["mappings"]["dynamic"] == "strict"
    kinds = {field["type"] for field in body["mappings"]["properties"].values()}
    assert kinds == {"text", "keyword", "long", "nested", "boolean"}
    assert sum(name.startswith("tier_") for name in mapping.FIELDS) == 3 * TIER_SLOTS
    assert sum(name.startswith("lead_") for name in mapping.FIELDS) == 3 * LEAD_SLOTS
    assert '"script"' not in json.dumps(body)


def test_a_breaker_opens_after_failures_tries_one_and_closes() -> None:
    now = [0.0]
    breaker = Breaker(limit=2, pause=5, clock=lambda: now[0])
    states = []
    for _ in range(2):
        breaker.failed()
        states.append(breaker.is_open)
    now[0] = 5.1
    states += [breaker.is_open, breaker.is_open]
    breaker.succeeded()
    states.append(breaker.is_open)

    # One failure is none; two open it; after the pause one may try and the others wait for its answer; an answer closes it.
    assert states == [False, True, False, True, False]


@pytest.fixture
def silent_server() -> Iterator[str]:
    """An address where something listens and never answers."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()


def test_the_settings_say_which_engine_answers(services: Services) -> None:
    embedded = index.connect(services.settings)
    # Nothing listens there: a server that is away refuses no start.
    server = index.connect(replace(services.settings, elasticsearch_url="http://127.0.0.1:1"), query_seconds=0.2)

    assert (embedded.name, server.name) == ("tantivy", "elasticsearch")
    with pytest.raises(ValueError, match="SEARCH_PATH"):
        index.connect(replace(services.settings, search_path=None))


def test_a_server_that_does_not_answer_costs_the_time_limit_a_few_times_only(silent_server: str) -> None:
    engine = ElasticsearchEngine(Elasticsearch(silent_server), query_seconds=0.2)

    for _ in range(5):
        with pytest.raises(SearchUnavailable):
            engine.find(EVERYTHING)
    started = time.perf_counter()
    with pytest.raises(SearchUnavailable):
        engine.find(EVERYTHING)

    assert time.perf_counter() - started < 0.2, "less than one time limit: the server is left alone now"
    engine.close()


def test_a_slow_answer_about_words_keeps_only_those_waiting_who_asked(silent_server: str) -> None:
    engine = ElasticsearchEngine(Elasticsearch(silent_server), query_seconds=1)
    words = engine.vocabulary()
    refused: list[SearchUnavailable] = []

    def ask(word: str) -> None:
        try:
            words.frequency("title_en", word)
        except SearchUnavailable as refusal:
            refused.append(refusal)

    asking = [threading.Thread(target=ask, args=(f"word{number}",)) for number in range(4)]
    started = time.perf_counter()
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()

    assert len(refused) == 4
    assert time.perf_counter() - started < 3, "one time limit, not one after the other"
    engine.close()


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    engine = ElasticsearchEngine(Elasticsearch(address), query_seconds=1)

    with pytest.raises(SearchUnavailable):
        engine.find(EVERYTHING)
    engine.close()


def test_no_request_is_made_before_the_transaction_has_ended() -> None:
    asked: list[str] = []

    def refuse() -> None:
        asked.append("before")
        raise RuntimeError("inside a transaction")

    engine = ElasticsearchEngine(Elasticsearch("http://127.0.0.1:1"), before=refuse)

    with pytest.raises(RuntimeError):
        engine.count()
    assert asked == ["before"]
    engine.close()


@pytest.mark.parametrize("sort", list(Sort))
def test_an_order_by_score_is_written_as_the_description_of_the_api_has_it(sort: Sort) -> None:
    """The server also takes `{"_score": "asc"}`, but its description names the long form only."""
    sent: list[bytes] = []

    class Noting(Urllib3HttpNode):
        def perform_request(self, _method: str, _target: str, body: bytes | None = None, *_: Any, **__: Any) -> Any:  # type: ignore[override]
            sent.append(body or b"")
            raise NoAnswer("noted")

    engine = ElasticsearchEngine(Elasticsearch("http://127.0.0.1:1", node_class=Noting))

    with pytest.raises(SearchUnavailable):
        engine.find(Plan(clause=Everything(), visibility=frozenset({"all"}), sort=sort))
    engine.close()

    orders = [order for line in sent[0].splitlines() for order in json.loads(line).get("sort", [])]
    assert orders
    assert all(isinstance(order["_score"], dict) for order in orders if "_score" in order)
