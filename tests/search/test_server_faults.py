"""What a search server refuses, loses or forgets: the index that pages read stays, and what waits is written later."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders
from elastic_transport import ConnectionError as NoAnswer
from elastic_transport._node import NodeApiResponse
from elasticsearch import Elasticsearch
from structlog.testing import capture_logs

from search.documents import variant_documents
from search.engines.elasticsearch import ElasticsearchEngine
from search.errors import SearchUnavailable
from search.query import Everything, Plan
from search.rebuilding import rebuild
from tests.search.rows import make_row, variant
from tests.search.server.node import SearchServer
from tests.search.server.shim import LEGACY_BM25, OpenSearchNode
from tests.search.subjects import RowTruth

EVERYTHING = Plan(clause=Everything(), visibility=frozenset({"all"}))
TRUTH = RowTruth(make_row(number) for number in range(3))
Connect = Callable[..., ElasticsearchEngine]


class Refusing(OpenSearchNode):
    """Answers in the server's place whatever `method` and `part` of the address say, with `status`."""

    method, part, status = "", "", 400

    def perform_request(self, method: str, target: str, *rest: Any, **options: Any) -> NodeApiResponse:
        if method != self.method or self.part not in target:
            return super().perform_request(method, target, *rest, **options)
        headers = HttpHeaders({"content-type": "application/json", "x-elastic-product": "Elasticsearch"})
        return NodeApiResponse(ApiResponseMeta(self.status, "1.1", headers, 0.0, self.config), b'{"error": {"type": "refused"}}')


class RefusingToDelete(Refusing):
    """A snapshot is being taken."""

    method, part, status = "DELETE", "", 400


class LosingTheSwap(OpenSearchNode):
    """The alias is swapped, and the answer that says so is lost."""

    def perform_request(self, method: str, target: str, *rest: Any, **options: Any) -> NodeApiResponse:
        answer = super().perform_request(method, target, *rest, **options)
        if target.startswith("/_aliases"):
            raise NoAnswer("lost")
        return answer


@pytest.fixture
def connect(search_server: SearchServer) -> Connect:
    """Makes clients of one alias, each with its own fault."""
    alias = f"faults-{uuid4().hex}"

    def make(node: type[OpenSearchNode] = OpenSearchNode) -> ElasticsearchEngine:
        client = Elasticsearch(search_server.url, node_class=node)
        return ElasticsearchEngine(client, alias=alias, similarity=LEGACY_BM25, query_seconds=20)

    return make


def indices(engine: ElasticsearchEngine) -> list[str]:
    """The last figures of every index, and a star at the live one."""
    found = engine.ask(lambda client: client.indices.get(index=f"{engine.alias}-v*"))
    return sorted(f"{name[-1]}{'*' * len(facts['aliases'])}" for name, facts in found.items())


def test_old_indices_that_cannot_be_deleted_are_logged_and_go_next_time(connect: Connect) -> None:
    engine = connect()
    rebuild(engine, TRUTH)
    rebuild(engine, TRUTH)

    with capture_logs() as logs:
        rebuild(connect(RefusingToDelete), TRUTH)

    assert indices(engine) == ["1", "2", "3*"]
    assert [entry["event"] for entry in logs] == ["old_indices_stay"]
    assert engine.find(EVERYTHING).total == 3
    rebuild(engine, TRUTH)
    assert indices(engine) == ["3", "4*"]


def test_an_index_that_pages_read_already_is_not_abandoned(connect: Connect) -> None:
    engine = connect()
    rebuild(engine, TRUTH)

    with pytest.raises(SearchUnavailable):
        rebuild(connect(LosingTheSwap), TRUTH)

    assert indices(engine) == ["1", "2*"]
    assert engine.find(EVERYTHING).total == 3


def lose_alias(engine: ElasticsearchEngine) -> None:
    """As a restored snapshot does that leaves aliases out."""
    engine.ask(lambda client: client.indices.delete_alias(index="_all", name=engine.alias), writing=True)


def test_a_lost_alias_comes_back_to_the_newest_index_that_was_loaded_to_its_end(connect: Connect) -> None:
    engine = connect()
    rebuild(engine, TRUTH)
    rebuild(engine, TRUTH)
    building = engine.rebuild()
    building.put(TRUTH.documents(list(TRUTH.rows)[:1]))
    lose_alias(engine)

    assert engine.put(variant_documents([make_row(7)])).written == 1

    assert indices(engine) == ["1", "2*", "3"]
    assert engine.find(EVERYTHING).total == 4


def test_an_index_that_may_be_half_loaded_is_no_index_to_go_on_with(connect: Connect) -> None:
    engine = connect()
    building = engine.rebuild()

    with pytest.raises(SearchUnavailable, match="not been built"):
        engine.put(variant_documents([make_row(7)]))

    assert indices(engine) == ["1"]
    building.publish()
    assert engine.put(variant_documents([make_row(7)])).written == 1


def test_the_first_index_is_one_to_go_on_with(connect: Connect) -> None:
    engine = connect()
    engine.put(variant_documents([make_row(1)]))
    lose_alias(engine)

    engine.put(variant_documents([make_row(2)]))

    assert engine.find(EVERYTHING).total == 2


def test_a_rebuild_without_a_live_index_deletes_none(connect: Connect) -> None:
    engine = connect()
    rebuild(engine, TRUTH)
    rebuild(engine, TRUTH)
    lose_alias(engine)

    rebuild(engine, TRUTH)

    assert indices(engine) == ["1", "2", "3*"]


def test_a_purge_of_an_index_that_takes_no_writes_ends_soon_and_takes_nothing(connect: Connect) -> None:
    engine = connect()
    engine.put(variant_documents([make_row(1, listed=False)]))
    block = {"index.blocks.read_only_allow_delete": True}  # what a server sets whose disk is nearly full
    engine.ask(lambda client: client.indices.put_settings(index=engine.alias, settings=block), writing=True)
    started = time.monotonic()

    with pytest.raises(SearchUnavailable):
        engine.purge([variant(1)])

    assert time.monotonic() - started < 10
    engine.ask(lambda client: client.indices.put_settings(index=engine.alias, settings=dict.fromkeys(block)), writing=True)
    assert engine.purge([variant(1)]) == 1


@pytest.mark.parametrize("refusal", [400, 401, 403, 413])
def test_a_refused_question_is_no_answer_logged_with_its_status_and_others_are_still_asked(refusal: int) -> None:
    asked: list[str] = []

    class RefusingToSearch(Refusing):
        method, part, status = "POST", "_search", refusal

    client = Elasticsearch("http://127.0.0.1:1", node_class=RefusingToSearch)
    engine = ElasticsearchEngine(client, before=lambda: asked.append("a question"))

    with capture_logs() as logs:
        for _ in range(9):
            with pytest.raises(SearchUnavailable):
                engine.find(EVERYTHING)

    assert len(asked) == 9, "a server that answers at once is not left alone"
    assert [(entry["event"], entry["status"]) for entry in logs] == [("search_server_refused", refusal)] * 9
    engine.close()


class Narrow(OpenSearchNode):
    """A proxy stands before the server that lets no more through than two small documents."""

    limit = 2_000

    def perform_request(self, method: str, target: str, body: bytes | None = None, *rest: Any, **options: Any) -> NodeApiResponse:
        if "/_bulk" in target and len(body or b"") > self.limit:
            headers = HttpHeaders({"content-type": "text/html"})
            return NodeApiResponse(ApiResponseMeta(413, "1.1", headers, 0.0, self.config), b"<html>Too large</html>")
        return super().perform_request(method, target, body, *rest, **options)


def test_a_batch_that_is_too_large_goes_in_halves(connect: Connect) -> None:
    engine = connect(Narrow)

    assert engine.put(variant_documents([make_row(number) for number in range(9)])).written == 9
    assert engine.find(EVERYTHING).total == 9


def test_a_document_that_is_too_large_by_itself_is_refused_by_its_name(connect: Connect) -> None:
    with pytest.raises(ValueError, match=f"{variant(1)} is too large"):
        connect(Narrow).put(variant_documents([make_row(1, titles={"en": "bolt " * 500})]))


@pytest.mark.parametrize(("setting", "value"), [("number_of_replicas", "2"), ("auto_expand_replicas", "0-3")])
def test_a_rebuild_keeps_the_copies_that_the_operator_asked_for(connect: Connect, setting: str, value: str) -> None:
    engine = connect()
    engine.put(variant_documents([make_row(1)]))
    engine.ask(lambda client: client.indices.put_settings(index=engine.alias, settings={setting: value}), writing=True)

    rebuild(engine, TRUTH)

    settings = engine.ask(lambda client: client.indices.get_settings(index=engine.alias))
    assert [facts["settings"]["index"][setting] for facts in settings.values()] == [value]


def test_what_is_written_to_a_name_that_is_no_alias_makes_no_index(connect: Connect) -> None:
    engine = connect()
    engine.ask(lambda client: client.cluster.put_settings(persistent={"action.auto_create_index": "true"}), writing=True)

    with pytest.raises(SearchUnavailable):
        engine.put_into(engine.alias, variant_documents([make_row(1)]))

    assert not engine.ask(lambda client: client.indices.exists(index=engine.alias))
    engine.ask(lambda client: client.cluster.put_settings(persistent={"action.auto_create_index": None}), writing=True)


def test_what_comes_hours_after_a_purge_and_is_older_does_not_bring_a_variant_back(connect: Connect) -> None:
    engine = connect()
    engine.put(variant_documents([make_row(1, version=6, listed=False)]))
    engine.purge([variant(1)])

    assert engine.put(variant_documents([make_row(1, version=5)])).stale == 1

    settings = engine.ask(lambda client: client.indices.get_settings(index=engine.alias))
    assert [facts["settings"]["index"]["gc_deletes"] for facts in settings.values()] == ["6h"]
