"""Elasticsearch 9.5 by its official client: one index a mapping version behind an alias, external versions, tombstones."""

from search.engines.elasticsearch.engine import ElasticsearchEngine

__all__ = ["ElasticsearchEngine"]
