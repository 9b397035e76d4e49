"""Elasticsearch 9.5 by its official client: one index a mapping version behind an alias, external versions, tombstones.

Nothing is asked that needs a script or a licence. Each call has a time limit; a server that does not answer is left alone for a
while. What the client cannot do for us (price at a quantity sorted, one document frequency for synonyms) is composed here.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from elasticsearch import ApiError, Elasticsearch, TransportError, UnsupportedProductError

from marketplace.core.breaker import Breaker
from marketplace.core.i18n import lazy
from search import mapping
from search.documents import Document
from search.engines.elasticsearch import bodies, bulk
from search.engines.elasticsearch.counts import counts
from search.engines.elasticsearch.words import Words
from search.engines.port import Put, check, newest
from search.errors import SearchUnavailable
from search.query import Clause, Found, FoundVariant, Plan, Sort

log = structlog.get_logger()
ALIAS = "millgate-variants"
QUERY_SECONDS = 2.0
WRITE_SECONDS = 30.0
FAILURES, PAUSE_SECONDS = 5, 5.0
PAGE = 5_000
REPLICAS = ("number_of_replicas", "auto_expand_replicas")
ABSENT, CONFLICT, TOO_LARGE, BUSY = 404, 409, 413, 429


class ElasticsearchEngine:
    """The engine behind `ELASTICSEARCH_URL`. `before` runs before each request: no transaction may be open while we wait."""

    name = "elasticsearch"

    def __init__(
        self,
        client: Elasticsearch,
        *,
        alias: str = ALIAS,
        before: Callable[[], None] = lambda: None,
        similarity: dict[str, Any] | None = None,
        query_seconds: float = QUERY_SECONDS,
    ) -> None:
        self._client = client.options(request_timeout=query_seconds, max_retries=0)
        self._bulk = client.options(request_timeout=WRITE_SECONDS, max_retries=0)
        self.alias = alias
        self._prefix = f"{alias}-v{mapping.VERSION}-"
        self._before = before
        self._similarity = similarity
        self._breaker = Breaker(limit=FAILURES, pause=PAUSE_SECONDS, clock=time.monotonic)
        self._words = Words(self)

    def ask(self, call: Callable[[Elasticsearch], Any], *, writing: bool = False) -> Any:
        """One request. Raises: SearchUnavailable when it fails for a reason that may pass, when reading for whatever reason, or while the
        server is left alone; ApiError when it refuses what is written.
        """
        if self._breaker.is_open:
            raise SearchUnavailable
        self._before()
        try:
            answer = call(self._bulk if writing else self._client)
        except ApiError as error:
            # What answers in a search server's place, such as a proxy's page, is as good as no answer.
            is_no_answer = error.status_code >= 500 or error.status_code in (408, BUSY) or isinstance(error, UnsupportedProductError)
            # A refusal comes at once: leaving the server alone would spare nobody a wait, and take from others what it does answer.
            if is_no_answer:
                self._breaker.failed()
            if writing and not is_no_answer and error.status_code != ABSENT:
                raise
            log.warning("search_server_refused", status=error.status_code, error=error.message)
            raise SearchUnavailable from error
        except TransportError as error:
            self._breaker.failed()
            raise SearchUnavailable from error
        self._breaker.succeeded()
        return answer

    # Reading

    def vocabulary(self) -> Words:
        """What the index knows of words."""
        return self._words

    def find(self, plan: Plan) -> Found:
        """Answer a plan."""
        check(plan)
        relaxed = plan.strict is not None and plan.strict != plan.clause
        strict = plan.strict or plan.clause
        found = self._find(plan, strict)
        if relaxed and found.total < plan.enough and (not plan.selections or self._find(plan.unfiltered, strict).total < plan.enough):
            found = self._find(plan, plan.clause)
            return Found(found.total, found.hits, found.facets, relaxed=True)
        return found

    def _find(self, plan: Plan, clause: Clause) -> Found:
        body: dict[str, Any] = {
            "query": bodies.query(plan, clause),
            "post_filter": bodies.selections(plan),
            "aggs": bodies.aggregations(plan),
            "track_total_hits": True,
            **_page(plan.offset, plan.limit),
        }
        if plan.sort is Sort.RELEVANCE:
            body["sort"] = [{"_score": {"order": "desc"}}, {"id": "asc"}]
        elif plan.sort is Sort.NEWEST:
            body["sort"] = [{"published_at": "desc"}, {"id": "asc"}]
        else:
            return self._merged(plan, clause, body)
        answer = self.ask(lambda client: client.search(index=self.alias, **body))
        hits = tuple(_hit(hit, hit["_score"]) for hit in answer["hits"]["hits"])
        return Found(answer["hits"]["total"]["value"], hits, counts(plan, answer))

    def _merged(self, plan: Plan, clause: Clause, body: dict[str, Any]) -> Found:
        """One list sorted by price or lead time at the quantity, out of one sorted list a slot, or by rating; in one round trip."""
        wanted = plan.offset + plan.limit
        lists = bodies.lists(plan)
        chosen = [bodies.query(plan, clause), bodies.selections(plan)]
        searches: list[dict[str, Any]] = [{}, {**body, **_page(0, 0)}]
        for _, having, value in lists:
            query = {"bool": {"filter": chosen, "must": [having]}}
            order = [{value: {"order": "asc"}}, {"id": "asc"}]
            searches += [{}, {"query": query, "sort": order, **_page(0, wanted)}]
        answers = self.ask(lambda client: client.msearch(index=self.alias, searches=searches))["responses"]
        for answer in answers:
            if "error" in answer:
                raise SearchUnavailable(str(answer["error"].get("type")))
        main = answers[0]
        rows = sorted(
            (
                (rank, hit["sort"][0], slot, place, hit)
                for slot, ((rank, _, _), answer) in enumerate(zip(lists, answers[1:], strict=True))
                for place, hit in enumerate(answer["hits"]["hits"])
            ),
            key=lambda row: row[:4],
        )
        hits = [_hit(hit, 0.0) for *_, hit in rows[plan.offset : wanted]]
        total = main["hits"]["total"]["value"]
        if len(hits) < plan.limit and len(rows) < total:
            rest = {
                "query": {"bool": {"filter": chosen, "must_not": [having for _, having, _ in lists]}},
                "sort": [{"published_at": "desc"}, {"id": "asc"}],
                **_page(max(0, plan.offset - len(rows)), plan.limit - len(hits)),
            }
            answer = self.ask(lambda client: client.search(index=self.alias, **rest))
            hits += [_hit(hit, 0.0) for hit in answer["hits"]["hits"]]
        return Found(total, tuple(hits), counts(plan, main))

    def count(self) -> int:
        """Documents that can be found."""
        query = {"bool": {"must_not": [{"term": {"deleted": True}}]}}
        return int(self.ask(lambda client: client.count(index=self.alias, query=query))["count"])

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Versions by id, as written, visible or not."""
        return self.versions_in(self.alias, ids)

    def versions_in(self, index: str, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Versions in one index."""
        wanted = [str(i) for i in ids]
        if not wanted:
            return {}
        answer = self.ask(lambda client: client.mget(index=index, ids=wanted, source=False), writing=True)
        return {UUID(document["_id"]): document["_version"] for document in answer["docs"] if document.get("found")}

    def all_versions(self) -> Iterator[tuple[UUID, int]]:
        """Every id with its version."""
        return self.all_versions_in(self.alias)

    def all_versions_in(self, index: str) -> Iterator[tuple[UUID, int]]:
        """Every id of one index with its version."""
        after: list[Any] | None = None
        while True:
            more = {"search_after": after} if after else {}
            body = {"query": {"match_all": {}}, "sort": [{"id": "asc"}], "size": PAGE, "source": False, "version": True, **more}
            hits = self.ask(partial(_search, index=index, body=body), writing=True)["hits"]["hits"]
            yield from ((UUID(hit["_id"]), hit["_version"]) for hit in hits)
            if len(hits) < PAGE:
                return
            after = hits[-1]["sort"]

    # Writing

    def ensure(self) -> None:
        """Make the first index where there is none, and find the one to go on with where only the alias is lost.

        Raises: SearchUnavailable where there are indices, but none that was loaded to its end with the fields of today.
        """
        if self.ask(lambda client: client.indices.exists_alias(name=self.alias), writing=True):
            return
        indices = self._indices(f"{self.alias}-v*")
        if not indices:
            self._create(f"{self._prefix}{1:06d}", is_complete=True, aliases={self.alias: {}})
            return
        complete = [name for name in indices if name.startswith(self._prefix) and indices[name]["mappings"]["_meta"].get("complete")]
        if not complete:
            raise SearchUnavailable(lazy("The search index has not been built yet."))
        log.warning("alias_restored", alias=self.alias, index=max(complete))
        self.ask(lambda client: client.indices.put_alias(index=max(complete), name=self.alias), writing=True)

    def put(self, documents: Iterable[Document]) -> Put:
        """Write documents as they come, and make all of them visible by one refresh."""
        self.ensure()
        stream = iter(documents)
        written = stale = 0
        while piece := list(islice(stream, bulk.SIZE)):
            put = self.put_into(self.alias, piece)
            written, stale = written + put.written, stale + put.stale
        self.ask(lambda client: client.indices.refresh(index=self.alias), writing=True)
        return Put(written, stale)

    def put_into(self, index: str, documents: Iterable[Document]) -> Put:
        """Write a batch into one index, not visible yet."""
        return Put(*self._write(index, [bulk.write(index, document) for document in newest(documents).values()]))

    def purge(self, ids: Iterable[UUID]) -> int:
        """Remove tombstones for good."""
        wanted, gone = [str(i) for i in ids], 0
        for start in range(0, len(wanted), bulk.SIZE):
            filters = [{"terms": {"id": wanted[start : start + bulk.SIZE]}}, {"term": {"deleted": True}}]
            body = {"query": {"bool": {"filter": filters}}, "size": bulk.SIZE, "source": False, "version": True}
            hits = self.ask(partial(_search, index=self.alias, body=body), writing=True)["hits"]["hits"]
            gone += self._write(self.alias, [bulk.removal(self.alias, hit) for hit in hits])[0]
        self.ask(lambda client: client.indices.refresh(index=self.alias), writing=True)
        return gone

    def _write(self, index: str, actions: list[bulk.Action]) -> tuple[int, int]:
        """(how many were done, how many came too late). Raises: SearchUnavailable; ValueError for a document that the mapping refuses."""
        done = stale = 0
        for ok, answer in self._sent(index, actions):
            result = next(iter(answer.values()))
            if ok or "error" not in result:  # a removal finds nothing where another one came first
                done += 1
            elif result["status"] == CONFLICT:
                stale += 1
            elif result["status"] in (ABSENT, BUSY) or result["status"] >= 500:
                raise SearchUnavailable(str(result["error"]))
            else:
                raise ValueError(f"document refused: {result['error']}")
        return done, stale

    def _sent(self, index: str, actions: list[bulk.Action]) -> list[tuple[bool, dict[str, Any]]]:
        """What the server says of each. What is too large for it, or for a proxy before it, is sent in halves, down to single documents."""
        try:
            return self.ask(lambda client: bulk.send(client, actions, require_alias=index == self.alias), writing=True)
        except ApiError as error:
            if error.status_code != TOO_LARGE:
                raise
            if len(actions) == 1:
                raise ValueError(f"document refused: {actions[0]['_id']} is too large for the server") from error
        half = len(actions) // 2
        return self._sent(index, actions[:half]) + self._sent(index, actions[half:])

    def rebuild(self) -> "ElasticsearchBuilding":
        """Begin the next index under a name of its own."""
        return ElasticsearchBuilding(self, self._new_index())

    def _new_index(self) -> str:
        found = self._indices(f"{self.alias}-v*")
        number = max((int(name.removeprefix(self._prefix)) for name in found if name.startswith(self._prefix)), default=0) + 1
        name = f"{self._prefix}{number:06d}"
        live: dict[str, Any] = next((facts["settings"]["index"] for facts in found.values() if self.alias in facts["aliases"]), {})
        # How many copies there are is the operator's choice, made on the index that is live.
        self._create(name, is_complete=False, replicas={key: live[key] for key in REPLICAS if key in live})
        return name

    def _indices(self, names: str) -> dict[str, Any]:
        """What the server says of all indices with such names."""
        return dict(self.ask(lambda client: client.indices.get(index=names, allow_no_indices=True), writing=True))

    def _create(
        self, name: str, *, is_complete: bool, aliases: dict[str, Any] | None = None, replicas: dict[str, Any] | None = None
    ) -> None:
        body = mapping.elasticsearch(self._similarity, is_complete=is_complete)
        body["settings"] |= replicas or {}
        self.ask(lambda client: client.indices.create(index=name, aliases=aliases, **body), writing=True)

    def publish(self, index: str) -> None:
        """Swap the alias in one act, and drop what is older than the index before; nothing where no index was live, which needs a look."""
        self.ask(lambda client: client.indices.refresh(index=index), writing=True)
        self.ask(lambda client: client.indices.put_mapping(index=index, meta=mapping.meta(is_complete=True)), writing=True)
        names = sorted(self._indices(f"{self.alias}-v*"))
        known = self.ask(lambda client: client.indices.exists_alias(name=self.alias), writing=True)
        live = sorted(self.ask(lambda client: client.indices.get_alias(name=self.alias), writing=True)) if known else []
        actions: list[dict[str, Any]] = [{"remove": {"index": name, "alias": self.alias}} for name in live]
        actions.append({"add": {"index": index, "alias": self.alias}})
        self.ask(lambda client: client.indices.update_aliases(actions=actions), writing=True)
        self._words.forget()
        old = [name for name in names if name not in (index, *live)]
        if live and old:
            self._clear_away(old)

    def _clear_away(self, old: list[str]) -> None:
        # The index is published whatever becomes of these: a running snapshot, for one, keeps them until the next publish.
        try:
            self.ask(lambda client: client.indices.delete(index=old), writing=True)
        except (SearchUnavailable, ApiError) as error:
            log.warning("old_indices_stay", indices=old, error=str(error.__cause__ or error))

    def drop(self, index: str) -> None:
        """Delete an index that was never published."""
        self.ask(lambda client: client.indices.delete(index=index, ignore_unavailable=True), writing=True)

    def close(self) -> None:
        """Let go of the connections."""
        self._client.close()


class ElasticsearchBuilding:
    """The next index behind the alias."""

    def __init__(self, engine: ElasticsearchEngine, index: str) -> None:
        self._engine, self._index = engine, index

    def put(self, documents: Iterable[Document]) -> Put:
        """Write a batch."""
        return self._engine.put_into(self._index, documents)

    def versions(self, ids: Iterable[UUID]) -> dict[UUID, int]:
        """Versions written so far."""
        return self._engine.versions_in(self._index, ids)

    def all_versions(self) -> Iterator[tuple[UUID, int]]:
        """Everything written so far."""
        self._engine.ask(lambda client: client.indices.refresh(index=self._index), writing=True)
        return self._engine.all_versions_in(self._index)

    def publish(self) -> None:
        """Let the alias name this index."""
        self._engine.publish(self._index)

    def abandon(self) -> None:
        """Delete it."""
        self._engine.drop(self._index)


def _search(client: Elasticsearch, *, index: str, body: dict[str, Any]) -> Any:
    return client.search(index=index, **body)


def _page(offset: int, size: int) -> dict[str, Any]:
    return {"from": offset, "size": size, "_source": False, "docvalue_fields": ["product_id", "vendor_id", "minimum"], "version": True}


def _hit(hit: dict[str, Any], score: float | None) -> FoundVariant:
    fields = hit["fields"]
    product_id, vendor_id, minimum = (fields[name][0] for name in ("product_id", "vendor_id", "minimum"))
    return FoundVariant(UUID(hit["_id"]), UUID(product_id), UUID(vendor_id), score or 0.0, hit["_version"], minimum)
