"""What is written to Elasticsearch, many at once."""

from typing import Any

from elasticsearch import Elasticsearch, helpers

from search.documents import Document

SIZE, BYTES = 500, 5_000_000

Action = dict[str, Any]


def write(index: str, document: Document) -> Action:
    """A document, in its own version."""
    source: dict[str, Any] = {"id": document.id, "version": document.version, "deleted": document.fields is None}
    if document.fields is not None:
        source |= document.fields
        if "attributes" in source:
            source["attributes"] = [f"{key}={value}" for key, value in source["attributes"].items()]
        if "numbers" in source:
            source["numbers"] = [{"key": key, "value": value} for key, value in source["numbers"].items()]
    return {
        "_op_type": "index", "_index": index, "_id": document.id, "_source": source,
        "version": document.version, "version_type": "external",
    }  # fmt: skip


def removal(index: str, hit: dict[str, Any]) -> Action:
    """The end of a tombstone, in its own version: the server remembers it for a minute, and one of the server's could be a relisting's."""
    return {"_op_type": "delete", "_index": index, "_id": hit["_id"], "version": hit["_version"], "version_type": "external_gte"}


def send(client: Elasticsearch, actions: list[Action], *, require_alias: bool) -> list[tuple[bool, dict[str, Any]]]:
    """(whether it was done, what the server says of it) of each.

    What goes to the alias requires it: where it is lost just now, the server would make an index of that name with a mapping of its own.
    """
    # A busy server answers 429: wait a little longer each time, three times.
    return list(
        helpers.streaming_bulk(
            client, actions, chunk_size=SIZE, max_chunk_bytes=BYTES, raise_on_error=False,
            max_retries=3, initial_backoff=0.2, max_backoff=2, require_alias=require_alias,
        )
    )  # fmt: skip
