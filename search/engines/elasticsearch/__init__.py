"""Elasticsearch 9.5 by its official client: one index a mapping version behind an alias, external versions, tombstones."""

from collections.abc import Callable

from elasticsearch import Elasticsearch

from search.engines.elasticsearch.engine import QUERY_SECONDS, ElasticsearchEngine

__all__ = ["ElasticsearchEngine", "connect"]


def connect(url: str, *, before: Callable[[], None], query_seconds: float | None = None) -> ElasticsearchEngine:
    """The engine on the server at an address, which may be away; `query_seconds`: None as long as a page may wait."""
    return ElasticsearchEngine(Elasticsearch(url), before=before, query_seconds=query_seconds or QUERY_SECONDS)
